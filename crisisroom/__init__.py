"""Crisis Room: agencies on one live board, real playbooks, one provable log."""

__version__ = "0.1.0"
