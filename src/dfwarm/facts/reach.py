"""How to reach another host over ssh."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SshReach:
    """
    Address, port, account, the key that opens the gate there, and the file with the pinned host key.

    `transfer_identity_files` is the key for rsync alone, where it has one of its own.
    """

    host: str
    port: int
    user: str
    identity_file: Path
    known_hosts: Path
    transfer_identity_files: tuple[Path, ...] = ()

    @property
    def for_transfer(self) -> "SshReach":
        """The same way with the key for rsync."""
        return replace(self, identity_file=self.transfer_identity_files[0]) if self.transfer_identity_files else self
