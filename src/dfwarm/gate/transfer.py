"""
The rsync end of this host: one direction only, inside the root that the path names.

Reading goes through rrsync. Writing is vetted here, by a list that holds exactly the words that our own transfers
ask for: rrsync does not know times to the nanosecond (`-@-1`), without which a folder that changed twice within one
second keeps a wrong time on the standby for ever.
"""

import os
import re
import shlex
import shutil
import time
from typing import NoReturn

from dfwarm.equipment.call_log import CallLog
from dfwarm.errors import AnswerRefused, ToolMissing
from dfwarm.facts.ruling import Claim, admit
from dfwarm.facts.site import HostSite
from dfwarm.gate.roots import study_roots
from dfwarm.gate.state import staging_folder
from dfwarm.rsync.options import PARTIAL_DIR
from dfwarm.terms import Side

WRITING = re.compile(
    r"rsync --server -[nlHogDtpAXIRr]+e\d*\.[A-Za-z]*"
    r"(?: (?:--log-format=%i|--timeout=\d+|--bwlimit=\d+|--max-delete=\d+"
    r"|--force|--ignore-existing|--no-implied-dirs"
    r"|--stats|--delete-delay|--delete-missing-args|-@-1|--fsync|--partial-dir " + re.escape(PARTIAL_DIR) + r"))* \."
)
"""What may be asked of the receiving rsync. No word of it names a path but the partial folder below each folder."""

READING = re.compile(
    r"rsync --server --sender -[nlHogDtpAXIRrv]+e\d*\.[A-Za-z]*"
    r"(?: (?:--timeout=\d+|--bwlimit=\d+|--files-from=-|--from0|--stats|--fsync|-@-1))* \."
)
"""What may be asked of the sending rsync, before rrsync looks at it in turn. No word of it names a path."""


def serve_rsync(site: HostSite, command: str, log: CallLog, *, epoch: int = 0) -> NoReturn:
    """
    Become the rsync of a study root that the command's last word names. Raises AnswerRefused elsewhere.

    The log has the call before that; one that writes is refused where the log cannot be written, and where it does
    not go by the epoch that holds here.
    """
    try:
        *words, place = shlex.split(command)
    except ValueError as error:
        raise AnswerRefused(f"not an rsync command: {command[:80]!r}") from error
    root = os.fsdecode(_root_of(site, os.fsencode(place)))
    if site.side is Side.PRODUCTION:
        _read_only(words, root, log)
    from dfwarm.gate.identity import refuse_stranger  # who only reads waits for nothing of this
    from dfwarm.gate.ruling import look_up, rulings_of

    pair = refuse_stranger(site, os.fsencode(root))
    if not WRITING.fullmatch(" ".join(words)):
        raise AnswerRefused(f"not a transfer of ours: {command[:200]!r}", hint="The standby is only ever written to.")
    with rulings_of(site).alone(pair) as lock:
        admit(Claim(pair, epoch) if epoch else None, look_up(site, pair))
        os.set_inheritable(lock, True)  # the kernel frees it when this rsync and its children end
        log.announce(os.fsencode(command))
        _become(_program("rsync"), [*words, root + "/"])


def _read_only(words: list[str], root: str, log: CallLog) -> NoReturn:
    """Become rrsync: production is only ever read. What our transfers never say does not even come to it."""
    if not READING.fullmatch(" ".join(words)):
        raise AnswerRefused(f"not a transfer of ours: {' '.join(words)[:200]!r}", hint="Production is only ever read.")
    log.note(os.fsencode(shlex.join([*words, root])), "served", time.monotonic())
    os.environ["SSH_ORIGINAL_COMMAND"] = shlex.join([*words, "."])
    program = _program("rrsync")
    _become(program, [program, "-ro", "-no-lock", root])


def _become(program: str, argv: list[str]) -> NoReturn:
    os.execv(program, argv)  # noqa: S606  (argv of the gate's own making, no shell)


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise ToolMissing(f"program {name} is not installed", hint="Install the package rsync.")
    return program


def _is_staged(site: HostSite, place: bytes) -> bool:
    """Whether a folder is a root of staged copies of this host, as `STAGING/035-00042/STUDY_DIR`."""
    staging = os.fsencode(staging_folder(site))
    parts = place.removeprefix(staging + b"/").split(b"/") if place.startswith(staging + b"/") else []
    return len(parts) == 2 and not {b"", b".", b".."} & set(parts) and os.path.isdir(place)


def _is_snapped(site: HostSite, place: bytes) -> bool:
    """Whether a folder is a root of a study in a snapshot that this host took and has noted."""
    from dfwarm.gate.snapshot import notes

    return any(root.folder == place for note in notes(site) if note.as_of for root in note.roots)


def _root_of(site: HostSite, place: bytes) -> bytes:
    wanted = place.rstrip(b"/")
    for root in study_roots(site):
        if root.rstrip(b"/") == wanted:
            return wanted
    if site.side is Side.PRODUCTION and (_is_staged(site, wanted) or _is_snapped(site, wanted)):
        return wanted
    raise AnswerRefused(f"rsync may not touch {place!r}", hint="Only whole roots of registered studies are served.")
