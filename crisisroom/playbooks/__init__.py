"""Playbooks: plans written beforehand, in YAML, that an incident starts and works through."""
