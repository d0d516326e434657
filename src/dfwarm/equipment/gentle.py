"""Run a program so that everybody else goes first, on the processor and on the disk."""

import shutil

_WAYS = (("nice", "-n", "19"), ("ionice", "-c", "3"))


def gently(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The argv behind those of `nice` and `ionice` that this host has."""
    return (*(word for way in _WAYS if shutil.which(way[0]) for word in way), *argv)
