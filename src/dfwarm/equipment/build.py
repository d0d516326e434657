"""The digest of the program itself: a record names it, so that a later reader knows which code made it."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def build_digest() -> str:
    """SHA-256 over the sorted lines `digest  path` of every file of the package, as `sha256sum` writes them."""
    package = Path(str(files("dfwarm")))
    paths = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(package)}\n" for path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
