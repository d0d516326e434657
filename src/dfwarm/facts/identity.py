"""
Which folders on which disk a side's study is: what was adopted once, and what is there now.

A disk that is not mounted leaves an empty folder of the same name, a second disk mounted there holds other files, a
configuration with swapped sides points the transfer the wrong way. Each host therefore keeps, in its gate's own state,
what an administrator adopted. Nothing is written into the study itself: production is only read.
"""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.spelling import spell
from dfwarm.terms import Side, StudyNumber


@dataclass(frozen=True, slots=True)
class RootIdentity:
    """
    One root as the kernel knows it.

    `real` is the folder with every symbolic link resolved, `file_system` the identity of the disk (`uuid:` where the
    host names one, else `fsid:`), `inode` the folder's own number on it. `entries` counts what lies directly in it.
    """

    key: str
    folder: bytes
    real: bytes
    file_system: str
    inode: int
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """What an administrator adopted as the study of a pair on one side."""

    pair: str
    side: Side
    study: StudyNumber
    roots: tuple[RootIdentity, ...]
    adopted_at: datetime


@dataclass(frozen=True, slots=True)
class Identified:
    """A side's answer: its machine, what is there now, and everything that is not as it was adopted."""

    machine: str
    host: str
    roots: tuple[RootIdentity, ...]
    is_adopted: bool
    problems: tuple[str, ...]
    epoch: int = 0
    rules: str = ""


def strangeness(adopted: Identity, pair: str, side: Side, seen: tuple[RootIdentity, ...]) -> tuple[str, ...]:
    """Everything in which a side is not what was adopted, one sentence each."""
    found = []
    if adopted.pair != pair:
        found.append(f"it was adopted for pair {adopted.pair}, not {pair}")
    if adopted.side is not side:
        found.append(f"it was adopted as {adopted.side}, and is now asked as {side}: the sides are swapped")
    there, wanted = {root.key: root for root in seen}, {root.key: root for root in adopted.roots}
    found += (f"root {key} is no root of the study any more" for key in wanted if key not in there)
    found += (f"root {key} was never adopted" for key in there if key not in wanted)
    for key in sorted(there.keys() & wanted.keys()):
        found += _differences(wanted[key], there[key])
    return tuple(found)


def _differences(wanted: RootIdentity, seen: RootIdentity) -> list[str]:
    where = spell(seen.folder)
    if wanted.real != seen.real:
        return [f"{where} leads to {spell(seen.real)}, and led to {spell(wanted.real)} when it was adopted"]
    if wanted.file_system != seen.file_system:
        return [f"{where} lies on disk {seen.file_system}, and lay on {wanted.file_system} when it was adopted"]
    if wanted.inode != seen.inode:
        return [f"{where} is another folder than the one that was adopted, on the same disk"]
    return []


def entanglement(production: Identified, standby: Identified) -> tuple[str, ...]:
    """Every way in which the two sides are one: the same folder, or one inside the other, on one machine."""
    if (production.machine, production.host) != (standby.machine, standby.host):
        return ()
    return tuple(
        said for ours in production.roots for theirs in standby.roots for said in (_entangle(ours, theirs),) if said
    )


def _entangle(ours: RootIdentity, theirs: RootIdentity) -> str:
    pair = f"production's {spell(ours.folder)} and the standby's {spell(theirs.folder)}"
    if (ours.file_system, ours.inode) == (theirs.file_system, theirs.inode):
        return f"{pair} are one and the same folder"
    if _holds(ours.real, theirs.real) or _holds(theirs.real, ours.real):
        return f"{pair} lie inside each other"
    return ""


def _holds(outer: bytes, inner: bytes) -> bool:
    return inner == outer or inner.startswith(outer.rstrip(b"/") + b"/")
