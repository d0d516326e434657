"""One step a room, in the order of their numbers."""
