"""Incidents: what an emergency is, how it is opened and closed, and the alerts it can start from."""
