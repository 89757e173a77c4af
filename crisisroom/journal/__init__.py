"""What people write into the log themselves: entries and decisions."""
