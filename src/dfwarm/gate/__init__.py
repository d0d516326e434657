"""The one door of the other host."""
