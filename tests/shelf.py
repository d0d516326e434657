"""A memory of a tree that a test can look into and alter: what a notebook remembers, kept in hand."""

from dataclasses import dataclass, field, replace

from dfwarm.equipment.remembered import Memory
from dfwarm.manifest.block import DIGEST_BYTES, integers


@dataclass(slots=True)
class Shelf:
    """Remembers what it is taught; `taught` counts the folders of the last lesson."""

    memories: dict[bytes, Memory] = field(default_factory=dict)
    taught: int = 0

    def recall(self) -> dict[bytes, Memory]:
        return dict(self.memories)

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        self.taught = len(changed)
        self.memories = {path: memory for path, memory in self.memories.items() if path not in gone} | changed

    def grow_old(self, seconds: int) -> None:
        """Let every reading be so much older, and every file old enough for the grain of its clock."""
        for path, memory in self.memories.items():
            readings = integers(memory.block.readings)
            for row, read_at in enumerate(readings):
                readings[row] = read_at - seconds if read_at else 0
            block = replace(memory.block, readings=readings.tobytes())
            self.memories[path] = replace(memory, block=block, open=b"")

    def settle(self) -> None:
        """Let every file be old enough for the grain of its clock, and its reading be of just now."""
        self.grow_old(0)

    def alter(self, folder: bytes, name: bytes) -> None:
        """Remember other bytes of a file than it holds: as if they had changed since, and no number with them."""
        memory = self.memories[folder]
        row = memory.block.list_names().index(name)
        digests = bytearray(memory.block.digests)
        digests[row * DIGEST_BYTES] ^= 1
        self.memories[folder] = replace(memory, block=replace(memory.block, digests=bytes(digests)))
