"""The stories that an SOP tells."""
