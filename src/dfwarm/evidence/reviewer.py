"""Who reviewed a cycle, as every rendering names the signature."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """One review of a cycle, as its signed record says it. `how` says what kind of key made it."""

    name: str
    role: str
    meaning: str
    signed_at: datetime
    zone: str
    how: str
    fingerprint: str
    exceptions: tuple[str, ...] = ()
