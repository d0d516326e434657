"""Whether the keys of this pair open on a host exactly what `dfwarm keys ssh` prints, and nothing more."""

from collections.abc import Iterator
from datetime import datetime

from dfwarm.facts.doors import Doors, KeyFunction, KeyLine, line_digest
from dfwarm.plan.checks.result import CheckResult, weigh
from dfwarm.plan.doors import DoorLine, DoorTerms, days_left
from dfwarm.terms import Side

RESTRICTIONS = ("restrict", "command", "from", "expiry-time")
SOON_DAYS = 30
_DO = "Put the lines that `dfwarm keys ssh` prints into authorized_keys of that host, and take the others out."


def doors_closed(
    side: Side, terms: DoorTerms, wanted: tuple[DoorLine, ...], found: Doors, now: datetime
) -> CheckResult:
    """Hold the host's own lines against those that this pair's configuration makes."""
    fails = list(_log(side, found))
    warnings: list[str] = []
    if found.problem:
        fails.append(f"{side}: {found.problem}")
    elif terms.missing:
        warnings.append(f"{side}: its keys are not compared: the configuration does not say {', '.join(terms.missing)}")
        fails += [f"{side}: {problem}" for line in found.lines if (problem := _looseness(line))]
    else:
        fails += [f"{side}: {problem}" for line in wanted for problem in _differences(line, found.lines)]
        ours = {line.fingerprint for line in wanted}
        others = [line for line in found.lines if line.fingerprint not in ours]
        fails += [f"{side}: {problem}" for line in others if (problem := _looseness(line))]
        warnings += [f"{side}: line {line.number} lets in a key that is not of this pair" for line in others]
        warnings += _age(side, terms, now)
        if KeyFunction.ALL in {line.function for line in wanted}:
            warnings.append(f"{side}: one key is for verbs and rsync alike; name a transfer_identity_file")
    good = f"{len(wanted)} keys, each restricted to its function, let in until {terms.expires}"
    return weigh(f"doors of {side}", good, fails, warnings, do=_DO)


def _log(side: Side, found: Doors) -> Iterator[str]:
    if found.log_problem:
        yield f"{side}: the log of calls cannot be written: {found.log_problem}"


def _differences(wanted: DoorLine, lines: tuple[KeyLine, ...]) -> Iterator[str]:
    """Sshd takes the first line of a key, but a second one is a door that nobody counts on."""
    same = [line for line in lines if line.fingerprint == wanted.fingerprint]
    if not same:
        yield f"no line that names dfwarm lets the {wanted.function} key in ({wanted.fingerprint})"
    for line in same:
        if line.sha256 != line_digest(wanted.text.encode()):
            yield _looseness(line) or f"line {line.number} of the {wanted.function} key is not the one that is printed"
    if len(same) > 1:
        yield f"the {wanted.function} key has {len(same)} lines"


def _looseness(line: KeyLine) -> str:
    lacking = [each for each in RESTRICTIONS if each not in line.options]
    return f"line {line.number} lacks {', '.join(lacking)}" if lacking else ""


def _age(side: Side, terms: DoorTerms, now: datetime) -> Iterator[str]:
    left = days_left(terms.expires, now.date())
    if left < SOON_DAYS:
        yield f"{side}: its keys are let in for {max(left, 0)} more days"
