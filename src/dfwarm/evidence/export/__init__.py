"""An export for an inspector: what it holds, what it says of itself, and what is refused when one is read."""
