"""
The one door: a fixed grammar of verbs, nothing else, no shell.

As the forced command of a key the verb comes in SSH_ORIGINAL_COMMAND; on this host itself it comes as arguments.
`--function` says what the key may do: the verbs (control), be read (pull) or be written to (push) by rsync.
The answer goes to standard output; a refusal is one JSON line on standard error and the exit code of its class.
`session` answers many questions over one connection, a line each, in frames (see `equipment/conversation`).
"""

import io
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dfwarm.equipment.call_log import CallLog
from dfwarm.errors import AnswerRefused, DfwarmError
from dfwarm.facts.doors import KeyFunction
from dfwarm.facts.ruling import CLAIMED, read_claim
from dfwarm.facts.site import HostSite
from dfwarm.gate.doors import call_log_of
from dfwarm.gate.site import read_site
from dfwarm.terms import Side

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:,+-]{0,199}")
_RSYNC = re.compile(r"(?:epoch=(?P<epoch>[1-9][0-9]{0,8}) )?(?P<command>rsync --server .*)", re.DOTALL)
_WORDS_AT_MOST = 20
LINE_BYTES = 4096
SESSION = "session"
COMMAND_BYTES = 8192
CALL_SECONDS = 24 * 3600
"""How long one call may take, however patient its asker is."""

ANNOUNCED = frozenset({"hold", "stop", "watch", "freeze", "snapshot", "capture", "adopt", "cosign", "rule"})
"""What changes something, and is refused where it cannot be logged. What opens again is never refused for that."""

OPENING = frozenset({"release", "start", "thaw", "tidy"})
"""What lets people in again, or takes away what was left over: never refused for the log's sake."""

HERE = "here"
_KEPT_VARIABLES = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SSH_ORIGINAL_COMMAND"})
_USAGE = "usage: dfwarm gate --config FILE --side production|standby [--function control|pull|push|all] [VERB ...]"


@dataclass(frozen=True, slots=True)
class _Call:
    """What the gate was started with: whose configuration, which side, what its key may do, words of this host."""

    config: Path
    side: Side
    function: KeyFunction
    words: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Answer one question. Returns the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.umask(0o077)
    try:
        call = _read_arguments(arguments)
        site = read_site(call.config, call.side)
        if call.words:
            return _serve(site, list(call.words), call_log_of(site, HERE))
        return _serve_key(site, call.function)
    except DfwarmError as error:
        sys.stderr.write(_refusal(error))
        return error.exit_code


def _serve_key(site: HostSite, function: KeyFunction) -> int:
    """Serve what came with a key: rsync or verbs, whichever it is for. Nothing of its environment is kept."""
    for name in set(os.environ) - _KEPT_VARIABLES:
        del os.environ[name]
    forced, log = os.environ.get("SSH_ORIGINAL_COMMAND", ""), call_log_of(site, function)
    with _logged(log, os.fsencode(forced)):
        wanted = _RSYNC.fullmatch(forced)
        _refuse_other_function(site.side, function, is_rsync=bool(wanted))
        if len(forced) > COMMAND_BYTES:
            raise AnswerRefused("the command is too long")
        signal.alarm(CALL_SECONDS)
        if wanted:
            from dfwarm.gate.transfer import serve_rsync

            serve_rsync(site, wanted["command"], log, epoch=int(wanted["epoch"] or 0))
        words = _read_command(forced)
    return _serve(site, words, log)


def _refuse_other_function(side: Side, function: KeyFunction, *, is_rsync: bool) -> None:
    wanted = KeyFunction.of_transfer(side) if is_rsync else KeyFunction.CONTROL
    if function not in (wanted, KeyFunction.ALL):
        raise AnswerRefused(
            f"this key is for {function} and may not {'be used for rsync' if is_rsync else 'ask verbs'} on the {side}",
            hint="Each function has a key of its own; `dfwarm keys ssh` prints the lines.",
        )


def _serve(site: HostSite, words: list[str], log: CallLog) -> int:
    verb, *details = words
    if verb == SESSION and not details:
        return _converse(site, log)
    _answer(site, words, sys.stdout.buffer, log)
    sys.stdout.buffer.flush()
    return 0


def _converse(site: HostSite, log: CallLog) -> int:
    """Answer one line after the other until the asker is gone. Each answer is framed whole or not at all."""
    from dfwarm.gate import manifest, verbs  # noqa: F401  (loaded while the first question is on its way)
    from dfwarm.gate.pulse import at_work

    signal.alarm(0)
    asked, said = sys.stdin.buffer, sys.stdout.buffer
    while line := asked.readline(LINE_BYTES):
        answer, status, refusal = io.BytesIO(), 0, b""
        try:
            words = _read_line(line.removesuffix(b"\n"), log)
            with at_work():
                _answer(site, words, answer, log)
        except DfwarmError as error:
            answer, status, refusal = io.BytesIO(), error.exit_code, _refusal(error).encode()
        body = answer.getbuffer()
        said.write(status.to_bytes(4, "big") + len(body).to_bytes(8, "big") + len(refusal).to_bytes(8, "big"))
        said.write(body)
        said.write(refusal)
        said.flush()
    return 0


def _read_line(line: bytes, log: CallLog) -> list[str]:
    with _logged(log, line):
        return _read_command(line.decode("ascii", "backslashreplace"))


@contextmanager
def _logged(log: CallLog, command: bytes, *, is_served: bool = False) -> Iterator[None]:
    """Log how a call ended: always where it was refused, and where it was answered if that is said here."""
    began = time.monotonic()
    try:
        yield
    except DfwarmError as error:
        log.note(command, type(error).__name__, began)
        raise
    except BaseException as error:
        log.note(command, f"ended by {type(error).__name__}", began)
        raise
    if is_served:
        log.note(command, "done", began)


def _refusal(error: DfwarmError) -> str:
    return json.dumps({"error": type(error).__name__, "message": str(error), "hint": error.hint}) + "\n"


def _answer(site: HostSite, words: list[str], said: BinaryIO, log: CallLog) -> None:
    from dfwarm.gate import verbs  # not where rsync is served, which waits for nothing of it

    command = os.fsencode(" ".join(words))
    with _logged(log, command, is_served=True):
        verb, *details = words
        answer = verbs.VERBS.get(verb)
        if answer is None:
            known = ", ".join(sorted(verbs.VERBS))
            raise AnswerRefused(f"the gate has no verb {verb[:40]!r}", hint=f"It knows {known}.")
        details = _heed(site, verb, details)
        if verb in ANNOUNCED:
            log.announce(command)
        answer(site, tuple(details), said)


def _heed(site: HostSite, verb: str, details: list[str]) -> list[str]:
    """Refuse a verb that keeps people out to whoever was set aside. Returns the words without the asker's epoch."""
    if verb not in CLAIMED:
        return details
    from dfwarm.gate.ruling import heed

    claim = read_claim(details[-1]) if details else None
    heed(site, verb, claim)
    return details[:-1] if claim else details


def _read_arguments(arguments: list[str]) -> _Call:
    match arguments:
        case ["--config", config, "--side", side, "--function", function, *words] if side in tuple(
            Side
        ) and function in tuple(KeyFunction):
            return _Call(Path(config), Side(side), KeyFunction(function), tuple(words))
        case ["--config", config, "--side", side, *words] if side in tuple(Side):
            return _Call(Path(config), Side(side), KeyFunction.ALL, tuple(words))
        case _:
            raise AnswerRefused(f"the gate's own arguments are not right: {arguments!r}", hint=_USAGE)


def _read_command(command: str) -> list[str]:
    words = command.split(" ")
    if len(words) > _WORDS_AT_MOST or not all(map(_WORD.fullmatch, words)):
        raise AnswerRefused(f"not a command of the gate: {command[:80]!r}")
    return words
