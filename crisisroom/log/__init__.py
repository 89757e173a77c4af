"""The hash-chained log: events, their canonical form, the rooms' chains, verification. Knows no incident."""
