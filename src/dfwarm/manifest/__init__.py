"""Every entry of a tree and its digest: format, root, difference."""
