"""Two folders and the real rsync between them: on this host, or through the real rrsync as the gate hands it over."""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.process import run
from dfwarm.facts.fact import Transcript
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.log import Log, miscounts, parse_log
from dfwarm.rsync.outcome import RunOutcome, judge_run
from dfwarm.rsync.version import RsyncVersion, parse_version
from dfwarm.terms import HostName

HERE = HostName("here")
NOBODY = 65534
ROUTES = ("local", "pull", "push")

PLAIN = TransferOptions(io_timeout_seconds=20)

# rrsync knows the long form of `-@-1` and refuses the short one, which rsync sends.
FORCED_COMMAND = """\
import os, shlex, sys
words = ["--modify-window=-1" if word == "-@-1" else word for word in sys.argv[2:-1]]
os.environ["SSH_ORIGINAL_COMMAND"] = shlex.join([*words, "."])
os.execvp("rrsync", ["rrsync", *{arguments!r}])
"""


@dataclass(frozen=True)
class Ran:
    """What one transfer left behind."""

    said: Transcript
    outcome: RunOutcome
    log: Log


@dataclass(frozen=True)
class Stage:
    """A production folder and a standby folder. `account` is who runs rsync, where root may choose."""

    folder: Path
    account: int = 0

    @property
    def production(self) -> bytes:
        return os.fsencode(self.folder / "production")

    @property
    def standby(self) -> bytes:
        return os.fsencode(self.folder / "standby")

    def transfer(
        self,
        options: TransferOptions = PLAIN,
        *,
        route: str = "local",
        listed: tuple[bytes, ...] = (),
        listen: Callable[[bytes], None] | None = None,
    ) -> Ran:
        argv = plan_transfer(self.ends(route), options, (our_rsync(), our_rsync()))
        return self.run(argv, b"".join(path + b"\0" for path in listed), listen)

    def run(self, argv: tuple[str, ...], stdin: bytes = b"", listen: Callable[[bytes], None] | None = None) -> Ran:
        identity = ("setpriv", f"--reuid={self.account}", f"--regid={self.account}", "--clear-groups")
        as_account = (*identity, *argv) if self.account and os.geteuid() == 0 else argv
        said = run(as_account, host=HERE, deadline_seconds=60, stdin=stdin, listen=listen)
        log = parse_log(said.stdout)
        assert said.status or not miscounts(log)
        return Ran(said, judge_run(said.status, said.stderr, log.messages), log)

    def ends(self, route: str) -> Ends:
        source, target = os.fsdecode(self.production), os.fsdecode(self.standby)
        if route == "pull":
            return Ends(f"production:{source}", target, self.gate("-ro", source))
        if route == "push":
            return Ends(source, f"standby:{target}", self.gate("-wo", "-no-lock", target))
        return Ends(source, target, ())

    def gate(self, *arguments: str) -> tuple[str, ...]:
        script = self.folder / f"gate{arguments[0]}.py"
        script.write_text(FORCED_COMMAND.format(arguments=list(arguments)))
        return (sys.executable, str(script))


def our_rsync() -> RsyncVersion:
    return parse_version(run(("rsync", "-VV"), host=HERE, deadline_seconds=20).stdout.decode())


def write(root: bytes, files: dict[bytes, bytes]) -> None:
    for path, content in files.items():
        place = os.path.join(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)


def tree(root: bytes) -> dict[bytes, tuple[object, ...]]:
    """Every path below a root with what must be equal: kind, mode, size, time, content, target, number of names."""
    found: dict[bytes, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            place = os.path.join(folder, name)
            found[os.path.relpath(place, root)] = _look(place)
    return found


def _look(place: bytes) -> tuple[object, ...]:
    status = os.lstat(place)
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFLNK:
        return (kind, os.readlink(place))
    content = Path(os.fsdecode(place)).read_bytes() if kind == stat.S_IFREG else b""
    links = status.st_nlink if kind == stat.S_IFREG else 0
    return (kind, stat.S_IMODE(status.st_mode), status.st_mtime_ns, links, content)


def open_stage(account: int = 0) -> Iterator[Stage]:
    """A stage in a folder that another account can reach too."""
    folder = Path(tempfile.mkdtemp(prefix="dfwarm-stage-"))
    folder.chmod(0o755)
    stage = Stage(folder, account)
    for root in (stage.production, stage.standby):
        os.mkdir(root)
        if account and os.geteuid() == 0:
            os.chown(root, account, account)
    try:
        yield stage
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)
