"""
Files that are only ever added to, a JSON object a line, each line holding the SHA-256 of the one before.

A line that is changed, dropped or moved breaks the chain. A line that a crash cut short stays, and counts for nothing
where the next line acknowledges it by its digest.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

GENESIS = "0" * 64
"""What the first line names as the line before it."""


class ChainBroken(Exception):
    """A line does not follow the one before it; the message says which."""


class Linked(Protocol):
    """A line of a chain."""

    @property
    def previous(self) -> str:
        """The digest of the line before."""

    @property
    def acknowledged(self) -> str:
        """The digest of the torn line that this one acknowledges, or nothing."""


class Reader(Protocol):
    """Whoever reads one whole line, or raises ChainBroken."""

    def __call__(self, encoded: bytes, /) -> Linked:
        """Read the line."""


@dataclass(frozen=True, slots=True)
class Link:
    """A line that holds, and its digest."""

    line: Linked
    digest: str


def digest_of(encoded: bytes) -> str:
    """The SHA-256 by which the next line names this one."""
    return hashlib.sha256(encoded).hexdigest()


def read_chain(content: bytes, read: Reader) -> Iterator[Link]:
    """Read every line and hold the chain. Raises ChainBroken at the first line that does not fit."""
    previous, torn = GENESIS, ""
    for number, encoded in enumerate(content.splitlines(keepends=True), start=1):
        if is_torn(encoded):
            if torn:
                raise ChainBroken(f"line {number} is cut short after another torn line")
            torn = digest_of(encoded)
            continue
        line = read(encoded)
        if line.acknowledged != torn:
            raise ChainBroken(f"line {number} does not acknowledge the unreadable line before it")
        if line.previous != previous:
            raise ChainBroken(f"line {number} does not follow the line before it")
        previous, torn = digest_of(encoded), ""
        yield Link(line, previous)
    if torn:
        raise ChainBroken("the last line is cut short and not acknowledged")


def is_torn(encoded: bytes) -> bool:
    """Tell whether a line is no JSON, as one that a crash cut short."""
    try:
        json.loads(encoded)
    except ValueError:
        return True
    return not encoded.endswith(b"\n")
