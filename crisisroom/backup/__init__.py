"""A copy of everything in a folder, the same for every engine, and putting it back where it can be proven whole."""
