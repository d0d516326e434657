"""What a fuzzed parser is: its name, how it is called, what it may refuse with, and right inputs to begin from."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Parser:
    """
    One reader of bytes that others can write.

    It may return, or raise an error of `refuses`, for any bytes whatever. Everything else that it raises, and an input
    that takes longer than a test's time, is a crash. Each seed has to be read without a refusal.
    """

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = ()

    def take(self, content: bytes) -> bool:
        """Whether the parser read the bytes; False where it refused them with an error of its own."""
        try:
            self.read(content)
        except self.refuses:
            return False
        return True


@dataclass(frozen=True, slots=True)
class FileReader:
    """A reader that takes a file: each input is written to one first, which lies in memory only."""

    read: Callable[[Path], object]
    _file: int = field(default_factory=lambda: os.memfd_create("input"))

    def __call__(self, content: bytes) -> object:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, content, 0)
        return self.read(Path(f"/proc/self/fd/{self._file}"))
