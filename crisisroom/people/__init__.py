"""People, agencies and the states they serve."""
