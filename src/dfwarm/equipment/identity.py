"""The identity of study roots on this host: read from the kernel, and kept as it was adopted."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.errors import IdentityRefused
from dfwarm.facts.identity import Identity, RootIdentity
from dfwarm.terms import Side, StudyNumber

_BY_UUID = "/dev/disk/by-uuid"


def look_at_roots(roots: Iterable[tuple[str, bytes]]) -> tuple[RootIdentity, ...]:
    """The roots as they are now. Raises IdentityRefused for one that is no folder."""
    return tuple(_look(key, folder) for key, folder in roots)


def _look(key: str, folder: bytes) -> RootIdentity:
    try:
        real = os.path.realpath(folder, strict=True)
        status = os.stat(real)
        with os.scandir(real) as entries:
            count = sum(1 for _ in entries)
    except OSError as error:
        raise IdentityRefused(f"root {os.fsdecode(folder)} cannot be looked at: {error.strerror}") from error
    return RootIdentity(key, folder, real, _file_system(real, status.st_dev), status.st_ino, count)


def _file_system(folder: bytes, device: int) -> str:
    for name, known in _named_disks():
        if known == device:
            return f"uuid:{name}"
    return f"fsid:{os.statvfs(folder).f_fsid:016x}"


def _named_disks() -> Iterator[tuple[str, int]]:
    """The disks that this host knows by a UUID, with their device numbers."""
    try:
        with os.scandir(_BY_UUID) as links:
            names = sorted(link.name for link in links)
    except OSError:
        return
    for name in names:
        try:
            yield name, os.stat(f"{_BY_UUID}/{name}").st_rdev
        except OSError:
            continue


@dataclass(frozen=True, slots=True)
class Identities:
    """What was adopted on this host, a file a side and study."""

    folder: Path

    def find(self, side: Side, study: StudyNumber) -> Identity | None:
        """What was adopted, if anything was. Raises IdentityRefused where the record cannot be read."""
        path = self._path(side, study)
        try:
            return wire.load(Identity, path.read_bytes())
        except FileNotFoundError:
            return None
        except Exception as error:
            raise IdentityRefused(f"record of identity {path} cannot be read: {error}") from error

    def adopt(
        self, pair: str, side: Side, study: StudyNumber, roots: tuple[RootIdentity, ...], now: datetime
    ) -> Identity:
        """Keep what is there now as the study of this side. What was adopted before is replaced."""
        adopted = Identity(pair, side, study, roots, now)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path(side, study), wire.dump_indented(adopted).encode() + b"\n")
        return adopted

    def _path(self, side: Side, study: StudyNumber) -> Path:
        return self.folder / f"{side}.{study:03d}.json"
