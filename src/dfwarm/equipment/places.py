"""Other places for evidence: they take what is new, and never replace what they have."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from dfwarm.equipment.durable import sync_folder
from dfwarm.equipment.parcel import Parcel, digests_below
from dfwarm.equipment.process import run
from dfwarm.equipment.ssh import shell_argv
from dfwarm.errors import CopyFailed, DfwarmError
from dfwarm.facts.reach import SshReach
from dfwarm.terms import HostName

_READABLE = 0o400


class Place(Protocol):
    """Where copies go."""

    @property
    def name(self) -> str:
        """What the place is called."""

    @property
    def can_be_read(self) -> bool:
        """Whether copies can be read back from here."""

    def put(self, parcel: Parcel) -> None:
        """Add what is new of a parcel. Raises CopyFailed."""

    def read(self, parcel: str) -> Mapping[str, str]:
        """The SHA-256 of each file that the place holds of a parcel. Raises CopyFailed."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this host: another disk, a mount, a write-once file system."""

    name: str
    folder: Path

    can_be_read = True

    def put(self, parcel: Parcel) -> None:
        """Copy each file aside, force it to disk, then give it its name. The folder itself is never made by us."""
        if not self.folder.is_dir():
            raise CopyFailed(f"{self.name}: {self.folder} is not there; is its disk mounted?")
        try:
            for name in parcel.digests():
                self._put(parcel.folder / name, self.folder / parcel.name / name)
        except OSError as error:
            raise CopyFailed(f"{self.name}: {error.filename} cannot be written: {error.strerror}") from error

    def read(self, parcel: str) -> Mapping[str, str]:
        """Read every byte of the copy."""
        if not self.folder.is_dir():
            raise CopyFailed(f"{self.name}: {self.folder} is not there; is its disk mounted?")
        return digests_below(self.folder / parcel)

    def _put(self, source: Path, target: Path) -> None:
        content = source.read_bytes()
        if target.exists():
            if hashlib.sha256(target.read_bytes()).digest() != hashlib.sha256(content).digest():
                raise CopyFailed(f"{self.name}: {target} is there already and is another file; it is left as it is")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.part")
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _READABLE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(target)
        sync_folder(target.parent)


@dataclass(frozen=True, slots=True)
class DropBox:
    """An rsync server behind `rrsync -wo -no-del -no-overwrite`; another key may be allowed to read there."""

    name: str
    reach: SshReach
    readers: tuple[Path, ...]
    deadline_seconds: int

    @property
    def can_be_read(self) -> bool:
        """Whether there is a key that may read."""
        return bool(self.readers)

    def put(self, parcel: Parcel) -> None:
        """Send what is new. What is there already is passed over by both ends."""
        self._call(self.reach, ("--ignore-existing", "--relative"), f"{parcel.base}/./{parcel.name}", self._far(""))

    def read(self, parcel: str) -> Mapping[str, str]:
        """Fetch the copy into a folder of its own and read it."""
        if not self.readers:
            raise CopyFailed(f"{self.name}: this host has no key that may read there")
        with tempfile.TemporaryDirectory(prefix="dfwarm-readback-") as folder:
            self._call(replace(self.reach, identity_file=self.readers[0]), (), self._far(f"{parcel}/"), f"{folder}/")
            return digests_below(Path(folder))

    def _far(self, path: str) -> str:
        return f"{self.reach.host}:{path}"

    def _call(self, reach: SshReach, options: tuple[str, ...], source: str, target: str) -> None:
        shell = " ".join(shell_argv(reach))
        argv = ("rsync", "--recursive", "--times", "--exclude=.*.part", *options, "-e", shell, "--", source, target)
        try:
            said = run(argv, host=HostName(reach.host), deadline_seconds=self.deadline_seconds)
        except DfwarmError as error:
            raise CopyFailed(f"{self.name}: {error}") from error
        if said.status:
            words = said.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"]
            raise CopyFailed(f"{self.name}: rsync ended with status {said.status}: {words[0][:200]}")
