"""
The truth oracle: what a study was at an instant, rebuilt from the log of its writers, against what a tree is now.

It shares no code with what it judges: no manifest, no digest, no rule but the one path that each host has of its own.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dfwarm.simulator.writes import Kind, Logged, Tree, Write, apply, read_write

OWN_OF_EACH_HOST = frozenset({b"lib/DFserver.cf"})
NOT_CLAIMED = (b"work", b"drf", b"df")
"""Folders that a certificate sets aside by its built-in scope, and so claims nothing of."""

SLACK_NANOSECONDS = 1_000
"""A record tells its instants to the microsecond, so what was on its way in that one may be in or out."""


def look(root: Path) -> Tree:
    """Every path below a root with its bytes. What is neither file nor folder is an error: the simulator makes none."""
    found: Tree = {}
    for folder, folders, files in os.walk(os.fsencode(root), onerror=_refuse):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                raise OSError(f"{path!r} is neither a file nor a folder")
            found[os.path.relpath(path, os.fsencode(root))] = None if stat.S_ISDIR(mode) else _read(path)
    return found


def _read(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _refuse(error: OSError) -> None:
    raise error


@dataclass(slots=True)
class Oracle:
    """One study as its writers know it. `began_as` is the study before the first write."""

    folder: Path
    began_as: Tree
    _offset: int = 0
    _open: dict[int, tuple[Write, int]] = field(default_factory=dict)
    _later: list[Logged] = field(default_factory=list)
    _stops: set[str] = field(default_factory=set)

    def differences(self, as_of: datetime, root: Path) -> tuple[str, ...]:
        """What a tree has otherwise than the study had at an instant. Ask for later and later instants."""
        there = look(root)
        found: list[tuple[str, ...]] = []
        for tree in self._states(int(as_of.timestamp() * 1_000_000) * 1000):
            differences = compare(tree, there)
            if not differences:
                return ()
            found.append(differences)
        return min(found, key=len)

    def _states(self, instant: int) -> list[Tree]:
        """The study at the instant: more than one where a write was on its way."""
        self._take()
        self._later.sort(key=lambda logged: logged.began)
        while self._later and 0 < self._later[0].ended < instant:
            apply(self.began_as, self._later.pop(0).write)
        states = [dict(self.began_as)]
        for logged in self._later:
            if logged.began > instant + SLACK_NANOSECONDS:
                break
            after = dict(states[-1])
            apply(after, logged.write)
            states.append(after)
        return states

    def _take(self) -> None:
        """Read on in the log, and what the study's server did when it ended."""
        self._later = [logged for logged in self._later if logged.ended]
        with (self.folder / "writes.jsonl").open("rb") as file:
            file.seek(self._offset)
            lines = file.read()
        lines = lines[: lines.rfind(b"\n") + 1]
        self._offset += len(lines)
        for line in lines.splitlines():
            words = json.loads(line)
            if "began" in words:
                self._open[words["number"]] = (read_write(words), words["began"])
            else:
                write, began = self._open.pop(words["number"])
                self._later.append(Logged(write, began, words["ended"]))
        self._later += [Logged(write, began, 0) for write, began in self._open.values()]
        for path in self.folder.glob("stop.*.*"):
            if path.name not in self._stops:
                self._stops.add(path.name)
                began, ended = map(int, path.name.split(".")[1:])
                self._later.append(Logged(Write(Kind.PUT, b"data/DFqc.dat", path.read_bytes()), began, ended))


def compare(expected: Tree, there: Tree) -> tuple[str, ...]:
    """Each path that is missing, that should not be, or that has other bytes, of all that a certificate speaks of."""
    expected, there = (
        {path: tree[path] for path in tree if path not in OWN_OF_EACH_HOST and path.split(b"/")[0] not in NOT_CLAIMED}
        for tree in (expected, there)
    )
    missing = [f"missing: {path!r}" for path in sorted(expected.keys() - there.keys())]
    surplus = [f"should not be: {path!r}" for path in sorted(there.keys() - expected.keys())]
    common = sorted(expected.keys() & there.keys())
    return (*missing, *surplus, *(f"other bytes: {path!r}" for path in common if expected[path] != there[path]))
