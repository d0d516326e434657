"""How to reach another host over ssh."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SshReach:
    """Address, port, account, the key that opens the gate there, and the file with the pinned host key."""

    host: str
    port: int
    user: str
    identity_file: Path
    known_hosts: Path
