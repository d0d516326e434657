"""How the stories are played: a stage of its own for each, the real command line, and a look at both trees of our own."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage, set_stage

ONE_STUDY = Setting(arrangement=LOCAL, plans=(SMALL,))
STUDY = SMALL.number


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


@contextmanager
def play(folder: Path, setting: Setting = ONE_STUDY) -> Iterator[Stage]:
    with set_stage(folder / "stage", setting) as stage:
        yield stage


def dfwarm(stage: Stage, *words: str, environment: dict[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Said:
    argv = [*prefix, sys.executable, "-m", "dfwarm", "--config", str(stage.config), *words]
    done = subprocess.run(
        argv, capture_output=True, check=False, timeout=110, env={**os.environ, **(environment or {})}
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def adopt(stage: Stage, study: int = STUDY) -> None:
    """Say that the folders as they are now are the study: a test has moved them."""
    words = ("--by", "qa-1", "--reason", "moved by a test", "--standby-host", socket.gethostname())
    said = dfwarm(stage, "adopt", f"{study:03d}", *words)
    assert said.code == 0, said.err


def record(stage: Stage, sequence: int, study: int = STUDY) -> dict[str, object]:
    path = record_folder(stage, sequence, study) / "cycle.json"
    found: dict[str, object] = json.loads(path.read_text())
    return found


def record_folder(stage: Stage, sequence: int, study: int = STUDY) -> Path:
    return stage.state / "records" / f"{study:03d}" / f"{study:03d}-{sequence:05d}"


def outcome(stage: Stage, sequence: int, study: int = STUDY) -> str:
    return str(record(stage, sequence, study)["verdict"]["outcome"])  # type: ignore[index]


def picture(root: Path) -> dict[str, tuple[object, ...]]:
    """Every entry below a root with all that must be equal, seen with none of the product's code."""
    found: dict[str, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files, "."):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            content: object = None
            if stat.S_ISREG(status.st_mode):
                content = Path(path).read_bytes()
            elif stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            key = os.path.relpath(path, root)
            found[key] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content)
    found.pop("lib/DFserver.cf", None)
    return found


def is_up(stage: Stage, study: int = STUDY) -> bool:
    return all(
        b"enabled" in installation.call("DFaccess.rpc", "-s", str(study), "-q")
        for installation in (stage.production, stage.standby)
    )


def trees_are_equal(stage: Stage, study: int = STUDY) -> bool:
    return picture(stage.production.study_dir(study)) == picture(stage.standby.study_dir(study))
