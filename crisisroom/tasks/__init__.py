"""Tasks: assigned work, in lanes. One file a capability."""
