"""The checks of preflight: each is a function of what both sides said."""
