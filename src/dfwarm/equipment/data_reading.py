"""Read one data file of a study into its partial: once through, hashed on the way, in memory that does not grow."""

import hashlib
import os
from dataclasses import dataclass

from dfwarm.datafax.reports.kernel import LINE_AT_MOST, Kernel
from dfwarm.datafax.reports.partial import Partial, Reading

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that did not stay as it was while it was read."""

    why: str


def read_data_file(descriptor: int, file: bytes, reading: Reading) -> Partial | Moved:
    """
    Read an open regular file from its beginning to the size that it has now, and no further.

    A file that grows for ever ends, one that shrinks or changes meanwhile is told. Raises OSError.
    """
    before = os.fstat(descriptor)
    stream = _Stream(descriptor, before.st_size)
    kernel = Kernel(file, reading)
    stream.feed(kernel)
    now = os.fstat(descriptor)
    if stream.left or (now.st_size, now.st_mtime_ns, now.st_ctime_ns) != (
        before.st_size, before.st_mtime_ns, before.st_ctime_ns,
    ):  # fmt: skip
        return Moved("it changed while it was read")
    return kernel.close(stream.digest, before.st_size)


class _Stream:
    """The bytes of a file in blocks of whole lines."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._buffer = bytearray(BLOCK)
        self._hash = hashlib.sha256()
        self._offset = 0
        self._filled = 0
        self._is_in_cut_line = False
        self.left = size

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was read."""
        return self._hash.digest()

    def feed(self, kernel: Kernel) -> None:
        """Give everything to a kernel."""
        while self.left and self._read():
            self._pass_on(kernel)
        if self._filled:
            tail = bytes(self._buffer[: min(self._filled, LINE_AT_MOST)])
            kernel.take_odd(tail, self._offset, is_cut=self._filled > LINE_AT_MOST)

    def _read(self) -> int:
        """Fill the buffer. Returns how many bytes came."""
        view = memoryview(self._buffer)
        count = os.readv(self._descriptor, (view[self._filled : self._filled + self.left],))
        self._hash.update(view[self._filled : self._filled + count])
        self._filled += count
        self.left -= count
        return count

    def _pass_on(self, kernel: Kernel) -> None:
        """Give the whole lines in the buffer to the kernel; of a line that fills it keep nothing but the place."""
        if self._is_in_cut_line:
            self._skip()
        end = self._buffer.rfind(b"\n", 0, self._filled) + 1
        if end:
            kernel.take(memoryview(self._buffer)[:end], self._offset)
            self._drop(end)
        elif self._filled == BLOCK:
            kernel.take_odd(bytes(self._buffer[:LINE_AT_MOST]), self._offset, is_cut=True)
            self._is_in_cut_line = True
            self._skip()

    def _skip(self) -> None:
        """Pass by the rest of a cut line."""
        end = self._buffer.find(b"\n", 0, self._filled) + 1
        self._is_in_cut_line = not end
        self._drop(end or self._filled)

    def _drop(self, count: int) -> None:
        self._buffer[: self._filled - count] = self._buffer[count : self._filled]
        self._filled -= count
        self._offset += count
