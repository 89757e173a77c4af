"""`python -m crisisroom`."""

from crisisroom.cli import main

main()
