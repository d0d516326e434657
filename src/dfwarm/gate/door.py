"""
The one door: a fixed grammar of verbs, nothing else, no shell.

As the forced command of a key the verb comes in SSH_ORIGINAL_COMMAND; on this host itself it comes as arguments.
The answer goes to standard output; a refusal is one JSON line on standard error and the exit code of its class.
`session` answers many questions over one connection, a line each, in frames (see `equipment/conversation`).
"""

import io
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from dfwarm.errors import AnswerRefused, DfwarmError
from dfwarm.facts.site import HostSite
from dfwarm.gate.pulse import at_work
from dfwarm.gate.site import read_site
from dfwarm.gate.transfer import serve_rsync
from dfwarm.terms import Side

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:,+-]{0,199}")
_WORDS_AT_MOST = 20
LINE_BYTES = 4096
SESSION = "session"
_USAGE = "usage: dfwarm gate --config FILE --side production|standby [VERB ...]"


def main(arguments: list[str]) -> int:
    """Answer one question. Returns the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.umask(0o077)
    try:
        config, side, words = _read_arguments(arguments)
        site = read_site(config, side)
        forced = os.environ.get("SSH_ORIGINAL_COMMAND", "") if not words else ""
        if forced.startswith("rsync --server "):
            serve_rsync(site, forced)
        verb, *details = words or _read_command(forced)
        if verb == SESSION and not details:
            return _converse(site)
        _answer(site, verb, details, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except DfwarmError as error:
        sys.stderr.write(_refusal(error))
        return error.exit_code
    return 0


def _converse(site: HostSite) -> int:
    """Answer one line after the other until the asker is gone. Each answer is framed whole or not at all."""
    asked, said = sys.stdin.buffer, sys.stdout.buffer
    while line := asked.readline(LINE_BYTES):
        answer, status, refusal = io.BytesIO(), 0, b""
        try:
            verb, *details = _read_command(line.removesuffix(b"\n").decode("ascii", "backslashreplace"))
            with at_work():
                _answer(site, verb, details, answer)
        except DfwarmError as error:
            answer, status, refusal = io.BytesIO(), error.exit_code, _refusal(error).encode()
        body = answer.getbuffer()
        said.write(status.to_bytes(4, "big") + len(body).to_bytes(8, "big") + len(refusal).to_bytes(8, "big"))
        said.write(body)
        said.write(refusal)
        said.flush()
    return 0


def _refusal(error: DfwarmError) -> str:
    return json.dumps({"error": type(error).__name__, "message": str(error), "hint": error.hint}) + "\n"


def _answer(site: HostSite, verb: str, details: list[str], said: BinaryIO) -> None:
    from dfwarm.gate import verbs  # not where rsync is served, which waits for nothing of it

    answer = verbs.VERBS.get(verb)
    if answer is None:
        raise AnswerRefused(f"the gate has no verb {verb[:40]!r}", hint=f"It knows {', '.join(sorted(verbs.VERBS))}.")
    answer(site, tuple(details), said)


def _read_arguments(arguments: list[str]) -> tuple[Path, Side, list[str]]:
    match arguments:
        case ["--config", config, "--side", side, *words] if side in tuple(Side):
            return Path(config), Side(side), words
        case _:
            raise AnswerRefused(f"the gate's own arguments are not right: {arguments!r}", hint=_USAGE)


def _read_command(command: str) -> list[str]:
    words = command.split(" ")
    if len(words) > _WORDS_AT_MOST or not all(map(_WORD.fullmatch, words)):
        raise AnswerRefused(f"not a command of the gate: {command[:80]!r}")
    return words
