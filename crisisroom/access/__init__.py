"""Who may do what: the permission table, what a person holds in an incident, and the rooms they are in."""
