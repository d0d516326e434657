"""
The one door: a fixed grammar of verbs, nothing else, no shell.

As the forced command of a key the verb comes in SSH_ORIGINAL_COMMAND; on this host itself it comes as arguments.
The answer goes to standard output; a refusal is one JSON line on standard error and the exit code of its class.
"""

import json
import os
import re
import signal
import sys
from pathlib import Path

from dfwarm.errors import AnswerRefused, DfwarmError
from dfwarm.facts.site import HostSite
from dfwarm.gate import verbs
from dfwarm.gate.site import read_site
from dfwarm.gate.transfer import serve_rsync
from dfwarm.terms import Side

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:,+-]{0,199}")
_WORDS_AT_MOST = 12
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
        _answer(site, verb, details)
    except DfwarmError as error:
        refusal = {"error": type(error).__name__, "message": str(error), "hint": error.hint}
        sys.stderr.write(json.dumps(refusal) + "\n")
        return error.exit_code
    return 0


def _answer(site: HostSite, verb: str, details: list[str]) -> None:
    answer = verbs.VERBS.get(verb)
    if answer is None:
        raise AnswerRefused(f"the gate has no verb {verb[:40]!r}", hint=f"It knows {', '.join(sorted(verbs.VERBS))}.")
    answer(site, tuple(details), sys.stdout.buffer)
    sys.stdout.buffer.flush()


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
