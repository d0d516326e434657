"""Questions and the readers of their answers."""
