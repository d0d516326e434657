"""A disk of its own for a test: a file, a loop device, a file system that the kernel has, and a mount."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MAKERS = {"btrfs": (("mkfs.btrfs", "-q"), "300M"), "xfs": (("mkfs.xfs", "-q"), "400M")}


def refuse_without(kind: str) -> None:
    """Skip the test, and say why, where such a disk cannot be made here."""
    words, _ = _MAKERS[kind]
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    if kind not in Path("/proc/filesystems").read_text().split():
        pytest.skip(f"this kernel has no {kind}")
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")


@contextmanager
def loop_disk(folder: Path, kind: str) -> Iterator[Path]:
    """Mount a new disk of a kind for the length of a block."""
    refuse_without(kind)
    words, size = _MAKERS[kind]
    image, point = folder / f"{kind}.img", folder / kind
    subprocess.run(["truncate", "-s", size, image], check=True)
    subprocess.run([*words, image], check=True, capture_output=True)
    point.mkdir()
    done = subprocess.run(["mount", "-o", "loop", image, point], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"this host mounts no loop device: {done.stderr.decode().strip()}")
    try:
        yield point
    finally:
        subprocess.run(["umount", "--lazy", point], check=True)
        image.unlink()
