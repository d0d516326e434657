"""The result of one check, and what all checks are made from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.facts.environment import ClockOffset
from dfwarm.facts.examination import Examination
from dfwarm.facts.wanted import Had
from dfwarm.plan.budget import Limits
from dfwarm.plan.transport import NOTHING_CARRIED, USUAL, Carried, TransportTerms
from dfwarm.terms import Side, StudyNumber


class State(StrEnum):
    """How a check went, from good to bad; the places are the exit codes of Nagios."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"

    @property
    def exit_code(self) -> int:
        """0, 1 or 2."""
        return list(State).index(self)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: what was found, and what to do where it is not OK. `details` has every finding, `says` the first."""

    name: str
    state: State
    says: str
    do: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What the configuration says of preflight.

    `exclusions` are anchored paths; `remote` are the sides that are reached over ssh, where rrsync serves the transfer.
    `scope` is the policy's name, `scope_problem` why it is not approved; `studies` are those of the pair, none for all.
    """

    exclusions: tuple[bytes, ...]
    clock_limit_ms: int
    limits: Limits
    remote: tuple[Side, ...]
    scope: str = ""
    scope_problem: str = ""
    studies: tuple[StudyNumber, ...] = ()
    transport: TransportTerms = USUAL
    carried: Carried = NOTHING_CARRIED


@dataclass(frozen=True, slots=True)
class Examined:
    """Both sides as they were examined, what the standby has of what was asked for, and how far the clocks are off."""

    production: Examination
    standby: Examination
    had: tuple[Had, ...]
    clocks: tuple[ClockOffset, ...]
    terms: Terms

    @property
    def sides(self) -> tuple[tuple[Side, Examination], ...]:
        """Both sides with their names."""
        return (Side.PRODUCTION, self.production), (Side.STANDBY, self.standby)


Check = Callable[[Examined], CheckResult]


def weigh(name: str, good: str, fails: Iterable[str] = (), warnings: Iterable[str] = (), *, do: str) -> CheckResult:
    """Make the result of a check from its findings: one that fails outweighs all that warn."""
    bad, doubtful = tuple(fails), tuple(warnings)
    details = (*bad, *doubtful)
    if not details:
        return CheckResult(name, State.OK, good)
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return CheckResult(name, State.FAIL if bad else State.WARN, details[0] + more, do, details)
