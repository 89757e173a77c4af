"""The one path of a change: a command is parsed, authorised, decided, appended and applied in one commit."""
