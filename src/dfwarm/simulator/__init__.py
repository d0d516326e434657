"""A small honest DataFax for tests, demo and drills."""
