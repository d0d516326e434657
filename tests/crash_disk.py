"""
A disk of a simulated host, that can lose power, break, fill up or turn read-only: a file, a loop device, an ext4.

Power loss is the kernel's own: the ioctl by which file system developers test their journals. From that instant no write
reaches the disk and what was not flushed is gone; mounted again, the journal is replayed as after a real one.
"""

import fcntl
import os
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_SHUTDOWN = 0x8004587D
_WITHOUT_FLUSH = 2
_BALLAST = ".ballast"


@dataclass(frozen=True, slots=True)
class CrashDisk:
    image: Path
    point: Path

    def make(self) -> None:
        self.point.mkdir(parents=True)
        subprocess.run(("truncate", "-s", "96M", self.image), check=True)
        subprocess.run(("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "8192", self.image), check=True)
        self.mount()
        (self.point / "lost+found").rmdir()

    def mount(self) -> None:
        """Data that nobody flushed stays in memory for a minute, so that a loss of power really loses it."""
        options = "loop,commit=60,errors=remount-ro"
        subprocess.run(("mount", "-o", options, self.image, self.point), check=True, capture_output=True)

    def unmount(self) -> None:
        for _ in range(100):
            if not subprocess.run(("umount", self.point), capture_output=True, check=False).returncode:
                return
            time.sleep(0.1)
        raise OSError(f"{self.point} is busy")

    def remount(self) -> None:
        self.unmount()
        subprocess.run(("fsck.ext4", "-p", self.image), check=False, capture_output=True)
        self.mount()

    def sync(self) -> None:
        subprocess.run(("sync", "-f", self.point), check=True)

    def lose_power(self) -> None:
        place = os.open(self.point, os.O_RDONLY)
        try:
            fcntl.ioctl(place, _SHUTDOWN, struct.pack("I", _WITHOUT_FLUSH))
        finally:
            os.close(place)

    def turn_read_only(self) -> None:
        device = subprocess.run(
            ("findmnt", "-no", "SOURCE", self.point), check=True, capture_output=True, text=True
        ).stdout.strip()
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("crash matrix")

    def fill(self) -> None:
        with (self.point / _BALLAST).open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 18))
            except OSError:
                pass
            try:
                while True:
                    file.write(bytes(512))
            except OSError:
                return

    def use_up_inodes(self) -> None:
        folder = self.point / f"{_BALLAST}s"
        folder.mkdir()
        try:
            for number in range(1 << 14):
                (folder / str(number)).touch()
        except OSError:
            return

    def make_room(self) -> None:
        (self.point / _BALLAST).unlink(missing_ok=True)
        subprocess.run(("rm", "-rf", self.point / f"{_BALLAST}s"), check=True)
