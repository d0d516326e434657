"""
Let this host be a witness: it cosigns a log that grew from the one it saw last, and no other.

What it saw is on disk before it signs, so a crash can only make it stricter. The key is made here on first use and
never leaves; ssh-keygen signs with it, since the gate carries no cryptography of its own.
"""

import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.process import run
from dfwarm.errors import AnswerRefused, HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint, origin_of
from dfwarm.evidence.merkle import EMPTY_ROOT, check_consistency
from dfwarm.evidence.note import Note, NoteSignature
from dfwarm.facts.site import HostSite
from dfwarm.facts.witness import NAMESPACE, Cosigned, Growth, Witnessed
from dfwarm.terms import HostName, StudyNumber

_PAIR = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SIGN_SECONDS = 60
_IDENTITY_BYTES = 4
_HERE = HostName("witness")


def look_back(site: HostSite, study: StudyNumber, pair: str) -> Witnessed:
    """The log that was cosigned last."""
    folder = _folder(site, pair)
    with _alone(folder):
        return _seen(folder, study, pair)


def cosign(site: HostSite, study: StudyNumber, pair: str, growth: Growth) -> Cosigned:
    """Sign a checkpoint as its log signed it. Raises HistoryBroken where the log shrank or was forked."""
    folder = _folder(site, pair)
    with _alone(folder):
        seen = _seen(folder, study, pair)
        check_consistency(seen.size, seen.root, growth.size, growth.root, growth.proof)
        write_durably(_memory(folder, study, pair), wire.dump(Witnessed(growth.size, growth.root, seen.key)))
        return Cosigned(_sign(folder, checkpoint_of(study, pair, growth)), seen.key)


def checkpoint_of(study: StudyNumber, pair: str, growth: Growth) -> bytes:
    """The signed checkpoint, as the controller has it in its file."""
    text = Checkpoint(origin_of(pair, study), growth.size, growth.root).text
    identity, signature = growth.signature[:_IDENTITY_BYTES], growth.signature[_IDENTITY_BYTES:]
    return Note(text, (NoteSignature(f"dfwarm/{pair}", identity, signature),)).encode()


def _folder(site: HostSite, pair: str) -> Path:
    if not site.state:
        raise AnswerRefused("this host keeps no state, so it is no witness", hint="Give its gate a `state` in [pair].")
    if not _PAIR.fullmatch(pair):
        raise AnswerRefused(f"not the name of a pair: {pair[:40]!r}")
    folder = Path(site.state, "witness")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _seen(folder: Path, study: StudyNumber, pair: str) -> Witnessed:
    key, memory = _public_key(folder), _memory(folder, study, pair)
    if not memory.exists():
        return Witnessed(0, EMPTY_ROOT, key)
    try:
        seen = wire.load(Witnessed, memory.read_bytes())
    except AnswerRefused as error:
        raise HistoryBroken(f"what this witness saw cannot be read: {memory}") from error
    return Witnessed(seen.size, seen.root, key)


def _memory(folder: Path, study: StudyNumber, pair: str) -> Path:
    return folder / f"{pair}.{study:03d}.json"


def _public_key(folder: Path) -> str:
    key = folder / "key"
    if not key.exists():
        host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())
        argv = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"witness@{host}", "-f", str(key))
        said = run(argv, host=_HERE, deadline_seconds=_SIGN_SECONDS)
        if said.status:
            raise HistoryBroken(f"ssh-keygen made no key for this witness: {said.stderr.decode('utf-8', 'replace')}")
    return key.with_suffix(".pub").read_text().strip()


def _sign(folder: Path, content: bytes) -> str:
    argv = ("ssh-keygen", "-q", "-Y", "sign", "-f", str(folder / "key"), "-n", NAMESPACE)
    said = run(argv, host=_HERE, deadline_seconds=_SIGN_SECONDS, stdin=content)
    if said.status or b"BEGIN SSH SIGNATURE" not in said.stdout:
        raise HistoryBroken(f"ssh-keygen did not sign for this witness: {said.stderr.decode('utf-8', 'replace')}")
    return said.stdout.decode()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
