"""Parts of a statement, each from what the record of the cycle holds."""
