"""Step 1: look at both sides, and wait, skip or go on as the policy says."""

from dfwarm import wire
from dfwarm.errors import PreflightFailed, StudyActive
from dfwarm.evidence.record import ClockRecord
from dfwarm.facts.activity import Next, decide, describe_quiet
from dfwarm.facts.environment import ClockOffset, clock_offset
from dfwarm.facts.fact import Fact
from dfwarm.facts.look import Look
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, WhenActive
from dfwarm.procedures.earlier import ENVIRONMENT
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.identity import refuse_strangers
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.rsync.argv import left_out
from dfwarm.rsync.version import parse_version
from dfwarm.terms import Access, HostName

WAIT_SECONDS = 15
SECOND_LOOK_SECONDS = 1


def look_at_both(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """Look until the policy lets the cycle go on. Raises StudyActive where it does not."""
    refuse_strangers(kit, story, order.cycle.study, order.pair, order.ruled)
    question = questions.look(order.cycle.study)
    production, standby = kit.ask_both(question, question)
    story.keep(production, standby)
    findings.clocks, findings.clock_problems = _read_clocks((production, standby), order.clock_limit_ms)
    findings.standby.look = standby.value
    findings.files[ENVIRONMENT] = _describe_environment(production.value, standby.value)
    findings.remarks.extend(_say_left_out(production.value, standby.value))
    _refuse_one_host_twice(production.value, standby.value)
    production = _wait_for_quiet(order, kit, story, findings, production)
    findings.production.look = production.value


def _describe_environment(production: Look, standby: Look) -> bytes:
    """Both hosts with their kernels, tools and clocks, and what each rsync says of itself."""
    sides = {"production": production, "standby": standby}
    told = {side: {"environment": look.environment, "rsync": look.rsync} for side, look in sides.items()}
    return wire.dump_indented(told).encode() + b"\n"


def _say_left_out(production: Look, standby: Look) -> list[str]:
    """The designated options that an rsync is too old for, so that nobody thinks that they held."""
    versions = (parse_version(production.rsync), parse_version(standby.rsync))
    return [f"rsync went without {' '.join(option.words)}: {option.reason}" for option in left_out(versions)]


def _wait_for_quiet(order: CycleOrder, kit: Kit, story: Story, findings: Findings, seen: Fact[Look]) -> Fact[Look]:
    """Growth shows only between two looks, so no study counts as quiet after one, unless nobody can enter it."""
    waited, earlier = 0, None
    while True:
        activity = seen.value.activity
        decision = decide(activity, earlier, order.when_active, waited, order.wait_at_most_seconds)
        findings.activity = decision.signs or describe_quiet(activity)
        is_looked_at_twice = earlier is not None or order.when_active is WhenActive.GO_ON
        if decision.next is Next.GO_ON and (is_looked_at_twice or activity.access is Access.DISABLED):
            return seen
        if decision.next is Next.SKIP:
            findings.production.look = seen.value
            raise StudyActive(f"study {order.cycle.study:03d} is in use: {'; '.join(decision.signs)}")
        pause = SECOND_LOOK_SECONDS if decision.next is Next.GO_ON else WAIT_SECONDS
        kit.wait(pause)
        waited += pause
        earlier = activity
        seen = kit.production.ask(questions.look(order.cycle.study))
        story.keep(seen)


def _refuse_one_host_twice(production: Look, standby: Look) -> None:
    """Refuse a pair whose sides are one and the same folder on one machine."""
    same_machine = production.environment.machine == standby.environment.machine
    shared = {root.folder for root in production.roots} & {root.folder for root in standby.roots}
    if shared and same_machine and production.environment.host == standby.environment.host:
        raise PreflightFailed(
            f"production and standby are the same folder of one host: {min(shared)!r}",
            hint="Correct the pair's configuration; nothing was written.",
        )


def _read_clocks(looks: tuple[Fact[Look], ...], limit_ms: int) -> tuple[tuple[ClockRecord, ...], tuple[str, ...]]:
    records: list[ClockRecord] = []
    problems: list[str] = []
    for look in looks:
        host, said = look.transcript.host, look.value.environment.now
        offset = clock_offset(look.transcript.began_at, look.transcript.ended_at, said)
        records.append(ClockRecord(host, offset.offset_ms, offset.uncertainty_ms))
        if offset.exceeds(limit_ms):
            problems.append(_say_clock(host, offset, limit_ms))
    return tuple(records), tuple(problems)


def _say_clock(host: HostName, offset: ClockOffset, limit_ms: int) -> str:
    return f"the clock of {host} is off by {offset.offset_ms} ms (limit {limit_ms} ms)"
