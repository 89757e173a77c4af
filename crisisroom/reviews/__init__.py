"""Looking back: the incident as it was at any moment."""
