"""The database's history, in the package so that an installed program can upgrade."""
