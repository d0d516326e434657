"""How to verify a bundle without dfwarm: a shell script and its explanation, which every bundle carries."""

from importlib.resources import files

NAMES = ("VERIFY.sh", "VERIFY.txt")


def instructions() -> dict[str, bytes]:
    """The files by name."""
    return {name: (files(__name__) / name).read_bytes() for name in NAMES}
