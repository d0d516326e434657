"""Sample files of every layout, made by ourselves after what the public sources say of the formats."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "spoken" / "datafax"


def spoken(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
