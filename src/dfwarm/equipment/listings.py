"""
The listings that this controller was told last: a gate then says only what has changed since.

They are no evidence and can be lost at any time: the next listing then comes whole. What is put together from one is
proven by the digest that the other host took over all of it.
"""

import contextlib
import os
import re
import threading
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

NAME = ".name"
_NAME = re.compile(r"[0-9a-f]{64}")

Key = tuple[Side, StudyNumber, str]


@dataclass(frozen=True, slots=True)
class Held:
    """The blocks of a listing by folder, and the name by which the gate knows them. Both are empty where none is."""

    name: str = ""
    blocks: Blocks = field(default_factory=lambda: NOTHING_HELD)


@dataclass(slots=True)
class Listings:
    """
    The last listings below one folder, one for each root of each side. Any thread may ask.

    Beside each lies its name, so that a gate can be asked before the listing is read.
    """

    folder: Path
    _told: dict[Key, Manifest] = field(default_factory=dict)
    _held: dict[Key, Held] = field(default_factory=dict)
    _fresh: set[Key] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _saving: threading.Lock = field(default_factory=threading.Lock)

    def held(self, key: Key) -> Held:
        """What is held of a root."""
        with self._lock:
            if key not in self._held:
                manifest = self._told.get(key) or self._read(key)
                self._held[key] = hold_blocks(manifest) if manifest else Held()
            return self._held[key]

    def name_of(self, key: Key) -> str:
        """
        The name of what is held of a root, without reading it; empty where nothing is.

        A name that does not fit the listing beside it makes an answer that cannot be read, and that is asked for again.
        """
        if key in self._held or key in self._told:
            return self.held(key).name
        try:
            name = self._path(key).with_suffix(NAME).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            name = ""
        return name if _NAME.fullmatch(name) else self.held(key).name

    def keep(self, key: Key, manifest: Manifest) -> None:
        """Hold a listing in place of the one before."""
        with self._lock:
            self._told[key] = manifest
            self._held.pop(key, None)
            self._fresh.add(key)

    def save(self) -> None:
        """Write down what came since it was read, for the next cycle. A disk that is full costs time and no more."""
        with self._saving:
            for key in tuple(self._fresh):
                self._fresh.discard(key)
                with contextlib.suppress(OSError):
                    self._write(key, self._told[key])

    def save_beside(self) -> None:
        """Write down what came so far while something else goes on; `save` waits for it."""
        threading.Thread(target=self.save, daemon=True).start()

    def _read(self, key: Key) -> Manifest | None:
        try:
            return decode(self._path(key).read_bytes(), is_own=True)
        except (OSError, AnswerRefused):
            return None

    def _write(self, key: Key, manifest: Manifest) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(key)
        _replace(path, encode(manifest, squeeze=AS_IT_IS))
        _replace(path.with_suffix(NAME), (hold_blocks(manifest).name.encode(),))

    def _path(self, key: Key) -> Path:
        side, study, root = key
        return self.folder / f"{study:03d}.{root}.{side.value}.manifest"


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    aside = path.with_name(f".{path.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(pieces)
    aside.replace(path)


def hold_blocks(manifest: Manifest) -> Held:
    """Hold the blocks of a listing, as far as a gate remembers them."""
    return hold(block for block in manifest.blocks if block.folder != ROOTS_OWN)


def hold(blocks: Iterable[Block]) -> Held:
    """Name blocks and have them at hand by folder."""
    by_folder = {block.folder: block for block in blocks}
    return Held(name_blocks(by_folder.values()), by_folder)
