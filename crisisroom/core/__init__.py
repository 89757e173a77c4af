"""Pure foundations: clock, ids, errors, markings, times. Knows nothing of the rest."""
