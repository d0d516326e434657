"""The key that signs the checkpoints of a pair's logs: made when it is first needed, kept in a file of its owner."""

import os
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import HistoryBroken
from dfwarm.evidence.note import NoteKey

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class LogKey:
    """An Ed25519 key in `file`; its public half, and those of every key before it, are lines of `public`."""

    name: str
    file: Path
    public: Path

    @property
    def is_made(self) -> bool:
        """Whether there is one."""
        return self.file.exists()

    @property
    def key(self) -> NoteKey:
        """The public half."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(self._seed())
        return NoteKey(self.name, private.public_key().public_bytes_raw())

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """Every public half that ever signed, the newest last. Raises HistoryBroken."""
        return read_keys(self.public) if self.public.exists() else ()

    def make(self) -> NoteKey:
        """Make the key. Its public half is on disk before it signs anything."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.public.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self.file, os.urandom(_SEED_BYTES))
        made = self.key
        lines = (*map(str, self.keys), str(made))
        write_durably(self.public, "".join(f"{line}\n" for line in lines).encode(), mode=0o644)
        return made

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed()).sign(text)

    def _seed(self) -> bytes:
        try:
            seed = self.file.read_bytes()
        except OSError as error:
            raise HistoryBroken(f"the log's key {self.file} cannot be read: {error.strerror}") from error
        if len(seed) != _SEED_BYTES:
            raise HistoryBroken(f"{self.file} is not a key of a log: it has {len(seed)} bytes")
        return seed


def read_keys(file: Path) -> tuple[NoteKey, ...]:
    """The public keys in a file, one a line. Raises HistoryBroken."""
    return tuple(map(NoteKey.parse, file.read_text().splitlines()))
