"""Preflight: examine both sides, ask the standby for what production uses, and judge. Nothing is changed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from dfwarm.errors import DfwarmError, IdentityRefused
from dfwarm.facts.environment import ClockOffset, clock_offset_around
from dfwarm.facts.examination import Examination
from dfwarm.facts.fact import Fact
from dfwarm.facts.identity import entanglement
from dfwarm.facts.wanted import Had, batches
from dfwarm.plan import questions
from dfwarm.plan.checks.doors import doors_closed
from dfwarm.plan.checks.result import CheckResult, Examined, State, Terms, weigh
from dfwarm.plan.doors import DoorLine, DoorTerms
from dfwarm.plan.preflight import Preflight, check, not_examined, plan_wanted
from dfwarm.procedures.kit import Host
from dfwarm.terms import Side, StudyNumber


@dataclass(frozen=True, slots=True)
class DoorOrder:
    """A side that is reached over ssh: what is configured of its doors, the lines of that, or why none."""

    side: Side
    terms: DoorTerms
    lines: tuple[DoorLine, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PreflightOrder:
    """
    What to check.

    `known` are the results that the controller has without asking, as of the host keys; `doors` are the keys of the
    sides that are reached over ssh.
    """

    pair: str
    study: StudyNumber
    terms: Terms
    known: tuple[CheckResult, ...]
    doors: tuple[DoorOrder, ...] = ()


def run_preflight(order: PreflightOrder, production: Host, standby: Host, now: Callable[[], datetime]) -> Preflight:
    """Examine both sides at the same time and make every check. A side that cannot be asked is a failed check."""
    question = questions.examine(order.study)
    with ThreadPoolExecutor(2) as pool:
        asked = [(host, pool.submit(host.ask, question)) for host in (production, standby)]
        reached = tuple(_reached(host.side, said) for host, said in asked)
    by_side = {host.side: host for host in (production, standby)}
    doors = tuple(_doors(each, by_side[each.side], now) for each in order.doors)
    results = (*order.known, *reached, _identity(order, production, standby), *doors)
    if any(result.state is State.FAIL for result in reached):
        return Preflight(order.pair, order.study, now(), (*results, not_examined("a side was not reached")))
    facts = tuple(said.result() for _, said in asked)
    return Preflight(order.pair, order.study, now(), (*results, *_judge(order, standby, facts)))


def _identity(order: PreflightOrder, production: Host, standby: Host) -> CheckResult:
    """Whether both sides are what was adopted. A side that was not reached has said so already."""
    name = "roots as adopted"
    question = questions.identify(order.study, order.pair)
    try:
        found = [(host.side, host.ask(question).value) for host in (production, standby)]
    except DfwarmError as error:
        return CheckResult(name, State.FAIL, str(error), error.hint, (str(error),))
    problems = [f"{side}: {problem}" for side, each in found for problem in each.problems]
    problems += entanglement(found[0][1], found[1][1])
    return weigh(name, "both sides are what was adopted", problems, do=IdentityRefused.hint)


def _doors(order: DoorOrder, host: Host, now: Callable[[], datetime]) -> CheckResult:
    """Whether the keys open what they should on a side and nothing more."""
    try:
        found = host.ask(questions.doors()).value
    except DfwarmError as error:
        return CheckResult(f"doors of {order.side}", State.FAIL, str(error), error.hint, (str(error),))
    problem = found.problem or order.problem
    return doors_closed(order.side, order.terms, order.lines, replace(found, problem=problem), now())


def _reached(side: Side, said: Future[Fact[Examination]]) -> CheckResult:
    try:
        fact = said.result()
    except DfwarmError as error:
        return CheckResult(f"{side} answers", State.FAIL, str(error), error.hint, (str(error),))
    return CheckResult(f"{side} answers", State.OK, f"{fact.value.environment.host}, {fact.value.environment.kernel}")


def _judge(order: PreflightOrder, standby: Host, facts: tuple[Fact[Examination], ...]) -> tuple[CheckResult, ...]:
    production_fact, standby_fact = facts
    try:
        had = _ask_for(standby, production_fact.value)
    except DfwarmError as error:
        failed = CheckResult("standby answers", State.FAIL, str(error), error.hint, (str(error),))
        return (failed, not_examined("the standby did not say what it has"))
    clocks = tuple(_clock(fact) for fact in facts)
    return check(Examined(production_fact.value, standby_fact.value, had, clocks, order.terms))


def _ask_for(standby: Host, production: Examination) -> tuple[Had, ...]:
    wanted = batches(plan_wanted(production))
    return tuple(each for batch in wanted for each in standby.ask(questions.have(batch)).value.had)


def _clock(fact: Fact[Examination]) -> ClockOffset:
    transcript, found = fact.transcript, fact.value
    return clock_offset_around(transcript.began_at, found.began_at, found.ended_at, transcript.ended_at)
