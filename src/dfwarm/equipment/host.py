"""The hosts of a pair: put a question to a gate, here or over ssh, and read its answer."""

import json
import sys
from pathlib import Path
from typing import TypeVar

from dfwarm.equipment.conversation import Broken, Conversation
from dfwarm.equipment.ssh import command_argv, shell_argv, ssh_refusal
from dfwarm.errors import AnswerRefused, DfwarmError, error_class
from dfwarm.facts.fact import Fact, Question, Transcript
from dfwarm.facts.reach import SshReach
from dfwarm.facts.ruling import CLAIMED
from dfwarm.terms import HostName, Side

T = TypeVar("T")

_SSH_FAILED = 255


SESSION = "session"

NO_CLAIM = ""
"""What a host is told of the epoch by whoever only asks."""


class LocalHost:
    """The host that we stand on, asked through a gate of its own in a process of its own."""

    def __init__(self, name: HostName, side: Side, config: Path) -> None:
        self.name = name
        self.side = side
        self.claim = NO_CLAIM
        argv = (sys.executable, "-m", "dfwarm.gate", "--config", str(config), "--side", side.value, SESSION)
        self._gate = Conversation(argv, name)

    @property
    def remote_shell(self) -> tuple[str, ...]:
        """Rsync needs no remote shell to this host."""
        return ()

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put the question to the gate and read its answer. Silence is not an answer."""
        said = self._gate.ask(_claiming(question.verb, self.claim), question.deadline_seconds)
        if isinstance(said, Broken):
            raise AnswerRefused(f"{self.name}: the gate ended with status {said.status}: {_last_word(said.stderr)}")
        return _read(question, said)

    def place(self, folder: str) -> str:
        """How rsync names a folder of this host."""
        return folder

    def open(self) -> None:
        """Let the gate start, so that the first question finds it there."""
        self._gate.open()

    def close(self) -> None:
        """Let the gate go."""
        self._gate.close()


class SshHost:
    """The other host, asked through the forced command of its key."""

    def __init__(self, name: HostName, side: Side, reach: SshReach) -> None:
        self.name = name
        self.side = side
        self.claim = NO_CLAIM
        self._reach = reach
        self._gate = Conversation(command_argv(reach, (SESSION,)), name)

    @property
    def remote_shell(self) -> tuple[str, ...]:
        """The ssh command line for rsync."""
        return shell_argv(self._reach.for_transfer)

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put the question to the gate and read its answer. Silence is not an answer."""
        said = self._gate.ask(_claiming(question.verb, self.claim), question.deadline_seconds)
        if isinstance(said, Broken):
            if said.status == _SSH_FAILED:
                raise ssh_refusal(self._reach.host, said.stderr)
            raise AnswerRefused(f"{self.name}: the gate ended with status {said.status}: {_last_word(said.stderr)}")
        return _read(question, said)

    def place(self, folder: str) -> str:
        """How rsync names a folder of this host."""
        return f"{self._reach.host}:{folder}"

    def open(self) -> None:
        """Let the gate start, so that the first question finds it there."""
        self._gate.open()

    def close(self) -> None:
        """Let the gate go."""
        self._gate.close()


def _claiming(verb: tuple[str, ...], claim: str) -> tuple[str, ...]:
    """A verb that keeps people out says by which epoch."""
    return (*verb, claim) if claim and verb[0] in CLAIMED else verb


def _read(question: Question[T], said: Transcript) -> Fact[T]:
    if said.status:
        raise _refusal(question, said)
    return Fact(question.read(said.stdout), said)


def _refusal(question: Question[T], said: Transcript) -> DfwarmError:
    """Turn the gate's refusal back into the error that it raised on its host."""
    where = f"{said.host}: "
    try:
        refusal = json.loads(said.stderr.strip().splitlines()[-1])
        kind = error_class(said.status) or AnswerRefused
        error = kind.__new__(kind)
        DfwarmError.__init__(error, where + str(refusal["message"]), hint=str(refusal["hint"]))
    except (ValueError, IndexError, KeyError, TypeError):
        verb = " ".join(question.verb)
        return AnswerRefused(f"{where}the gate ended {verb!r} with status {said.status}: {_last_word(said.stderr)}")
    return error


def _last_word(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip()[-300:] or "no word"
