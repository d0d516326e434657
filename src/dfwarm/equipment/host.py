"""The hosts of a pair: put a question to a gate, here or over ssh, and read its answer."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dfwarm.equipment.process import run
from dfwarm.equipment.ssh import command_argv, shell_argv, ssh_refusal
from dfwarm.errors import AnswerRefused, DfwarmError, error_class
from dfwarm.facts.fact import Fact, Question, Transcript
from dfwarm.facts.reach import SshReach
from dfwarm.terms import HostName, Side

T = TypeVar("T")

_SSH_FAILED = 255


@dataclass(frozen=True, slots=True)
class LocalHost:
    """The host that we stand on, asked through a gate of its own in a process of its own."""

    name: HostName
    side: Side
    config: Path

    @property
    def remote_shell(self) -> tuple[str, ...]:
        """Rsync needs no remote shell to this host."""
        return ()

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put the question to the gate and read its answer. Silence is not an answer."""
        gate = (sys.executable, "-m", "dfwarm.gate", "--config", str(self.config), "--side", self.side.value)
        said = run((*gate, *question.verb), host=self.name, deadline_seconds=question.deadline_seconds)
        return _read(question, said)

    def place(self, folder: str) -> str:
        """How rsync names a folder of this host."""
        return folder


@dataclass(frozen=True, slots=True)
class SshHost:
    """The other host, asked through the forced command of its key."""

    name: HostName
    side: Side
    reach: SshReach

    @property
    def remote_shell(self) -> tuple[str, ...]:
        """The ssh command line for rsync."""
        return shell_argv(self.reach)

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put the question to the gate and read its answer. Silence is not an answer."""
        argv = command_argv(self.reach, question.verb)
        said = run(argv, host=self.name, deadline_seconds=question.deadline_seconds)
        if said.status == _SSH_FAILED:
            raise ssh_refusal(self.reach.host, said.stderr)
        return _read(question, said)

    def place(self, folder: str) -> str:
        """How rsync names a folder of this host."""
        return f"{self.reach.host}:{folder}"


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
        last = said.stderr.decode("utf-8", "replace").strip()[-300:]
        verb = " ".join(question.verb)
        return AnswerRefused(f"{where}the gate ended {verb!r} with status {said.status}: {last or 'no word'}")
    return error
