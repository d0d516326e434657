"""The rebuildable index of the records."""
