"""A file of a bundle as it was sealed, also where it is kept as its difference from the bundle before."""

from pathlib import Path

from dfwarm.evidence.recipe import PIECES, REBUILD, parse_recipe


def read_whole(path: Path) -> bytes:
    """The bytes of a bundle's file, put together where it is kept as its difference. Raises CopyFailed or OSError."""
    if path.exists():
        return path.read_bytes()
    script = path.with_name(path.name + REBUILD)
    if not script.exists():
        return path.read_bytes()
    recipe = parse_recipe(script.read_bytes())
    base = read_whole(path.parent.parent / recipe.cycle / recipe.name)
    pieces = path.with_name(path.name + PIECES)
    return recipe.rebuild(base, pieces.read_bytes())
