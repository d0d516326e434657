"""
The listings that this controller was told last: a gate then says only what has changed since.

They are no evidence and can be lost at any time: the next listing then comes whole. What is put together from one is
proven by the digest that the other host took over all of it.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dfwarm.errors import AnswerRefused
from dfwarm.manifest.block import Block
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import AS_IT_IS, NOTHING_HELD, Blocks, decode, encode, name_blocks
from dfwarm.terms import Side, StudyNumber

ROOTS_OWN = b""
"""The folder name of the root's own entry, which no gate remembers."""

Key = tuple[Side, StudyNumber, str]


@dataclass(frozen=True, slots=True)
class Held:
    """The blocks of a listing by folder, and the name by which the gate knows them. Both are empty where none is."""

    name: str = ""
    blocks: Blocks = field(default_factory=lambda: NOTHING_HELD)


@dataclass(slots=True)
class Listings:
    """The last listings below one folder, one for each root of each side. Any thread may ask."""

    folder: Path
    _told: dict[Key, Manifest] = field(default_factory=dict)
    _fresh: set[Key] = field(default_factory=set)

    def held(self, key: Key) -> Held:
        """What is held of a root."""
        manifest = self._told.get(key) or self._read(key)
        if manifest is None:
            return Held()
        self._told[key] = manifest
        return hold(block for block in manifest.blocks if block.folder != ROOTS_OWN)

    def keep(self, key: Key, manifest: Manifest) -> None:
        """Hold a listing in place of the one before."""
        self._told[key] = manifest
        self._fresh.add(key)

    def save(self) -> None:
        """Write down what came since it was read, for the next cycle. A disk that is full costs time and no more."""
        for key in tuple(self._fresh):
            with contextlib.suppress(OSError):
                self._write(key, self._told[key])
            self._fresh.discard(key)

    def _read(self, key: Key) -> Manifest | None:
        try:
            return decode(self._path(key).read_bytes(), is_own=True)
        except (OSError, AnswerRefused):
            return None

    def _write(self, key: Key, manifest: Manifest) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(key)
        aside = path.with_name(f".{path.name}.part")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(encode(manifest, squeeze=AS_IT_IS))
        aside.replace(path)

    def _path(self, key: Key) -> Path:
        side, study, root = key
        return self.folder / f"{study:03d}.{root}.{side.value}.manifest"


def hold(blocks: Iterable[Block]) -> Held:
    """Name blocks and have them at hand by folder."""
    by_folder = {block.folder: block for block in blocks}
    return Held(name_blocks(by_folder.values()), by_folder)
