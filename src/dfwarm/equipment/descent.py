"""Open folders below a root step by step, so that no link on the way is followed and no path is too long."""

import os
from types import TracebackType
from typing import Self

KEPT_OPEN = 64
"""Folders on the way to the last one that stay open; a deeper way is walked again from the last of them."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Descent:
    """The way down from a root to the folder that was opened last: its neighbours are then one step away."""

    def __init__(self, root: bytes) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._names: list[bytes] = []
        self._descriptors: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._go_up(0)
        os.close(self._root)

    def open(self, folder: bytes) -> int:
        """Open a folder by its path relative to the root; the caller closes it. Raises OSError."""
        if folder in (b"", b"."):
            return _open_folder(b".", self._root)
        *way, last = folder.split(b"/")
        at = self._go(way[:KEPT_OPEN])
        passed = -1
        try:
            for name in way[KEPT_OPEN:]:
                below = _open_folder(name, at)
                if passed >= 0:
                    os.close(passed)
                at = passed = below
            return _open_folder(last, at)
        finally:
            if passed >= 0:
                os.close(passed)

    def _go(self, way: list[bytes]) -> int:
        same = 0
        while same < min(len(way), len(self._names)) and way[same] == self._names[same]:
            same += 1
        self._go_up(same)
        for name in way[same:]:
            self._descriptors.append(_open_folder(name, self._descriptors[-1] if self._descriptors else self._root))
            self._names.append(name)
        return self._descriptors[-1] if self._descriptors else self._root

    def _go_up(self, depth: int) -> None:
        while len(self._names) > depth:
            self._names.pop()
            os.close(self._descriptors.pop())


def _open_folder(name: bytes, at: int) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOATIME, dir_fd=at)
    except PermissionError:
        return os.open(name, _FOLDER, dir_fd=at)  # only its owner may leave a folder's time of access alone
