"""Preflight: what to ask, which checks to make, and how their results add up and are shown."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.facts.examination import Examination
from dfwarm.facts.wanted import Wanted, WantedKind
from dfwarm.plan.checks import host, people, programs, scope, study, tree
from dfwarm.plan.checks.result import Check, CheckResult, Examined, State
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

CHECKS: tuple[Check, ...] = (
    study.study_registered,
    study.configuration_equal,
    study.release_same,
    people.users_present,
    programs.programs_present,
    programs.edit_checks_clear,
    programs.production_unnamed,
    study.reports_available,
    scope.scope_approved,
    scope.studies_kept,
    tree.roots_sound,
    tree.roots_apart,
    tree.mounts_present,
    tree.production_complete,
    tree.files_readable,
    people.owners_known,
    tree.room_enough,
    tree.standby_writable,
    host.clocks_agree,
    host.zones_agree,
    host.rsync_fit,
    host.tools_present,
    host.software_same,
    host.processes_seen,
)
"""The checks in the order in which they are shown; the deck's administrative requirements come first."""

NOTHING_CHECKED = 3
"""Nagios: unknown."""

_WORDS = {State.OK: "OK", State.WARN: "WARNING", State.FAIL: "CRITICAL"}


@dataclass(frozen=True, slots=True)
class Preflight:
    """What preflight found about one study of a pair."""

    pair: str
    study: StudyNumber
    checked_at: datetime
    results: tuple[CheckResult, ...]

    @property
    def state(self) -> State:
        """The worst state of all checks. Checking nothing is not agreement."""
        return max((result.state for result in self.results), key=lambda state: state.exit_code, default=State.FAIL)

    @property
    def exit_code(self) -> int:
        """0, 1, 2 as Nagios counts, and 3 where nothing was checked."""
        return self.state.exit_code if self.results else NOTHING_CHECKED


def plan_wanted(production: Examination) -> tuple[Wanted, ...]:
    """What the standby must have: owners and groups of the files, and the programs that do not travel with them."""
    wanted: list[Wanted] = []
    for root in production.roots:
        wanted.extend(Wanted(WantedKind.OWNER, name.encode()) for name in root.tree.owners if not name.startswith("#"))
        wanted.extend(Wanted(WantedKind.GROUP, name.encode()) for name in root.tree.groups if not name.startswith("#"))
    for program in production.edit_checks.programs:
        wanted.extend(programs.want_program(program))
    return tuple(dict.fromkeys(wanted))


def check(examined: Examined) -> tuple[CheckResult, ...]:
    """Make every check."""
    return tuple(make(examined) for make in CHECKS)


def not_examined(reason: str) -> CheckResult:
    """One result that stands for every check that could not be made. Silence is not an answer."""
    return CheckResult(
        "everything else", State.FAIL, f"{len(CHECKS)} checks were not made: {reason}", "Mend the line above first."
    )


def render_table(preflight: Preflight) -> str:
    """One line a check, with what to do where it is not OK."""
    width = max((len(result.name) for result in preflight.results), default=0)
    lines = [f"preflight of study {preflight.study:03d}, pair {spell(preflight.pair.encode())}"]
    for result in preflight.results:
        do = f" -> {result.do}" if result.state is not State.OK and result.do else ""
        lines.append(f"{result.state:<4}  {result.name:<{width}}  {_one_line(result.says)}{do}")
    return "\n".join((*lines, _summary(preflight))) + "\n"


def render_nagios(preflight: Preflight) -> str:
    """One line for Nagios: the worst state, then the findings."""
    head = f"DFWARM PREFLIGHT {preflight.study:03d} {_WORDS[preflight.state] if preflight.results else 'UNKNOWN'}"
    found = [f"{result.name}: {result.says}" for result in preflight.results if result.state is preflight.state]
    says = "; ".join(found) if preflight.state is not State.OK else ""
    return f"{head} - {_summary(preflight)}{': ' if says else ''}{_one_line(says).replace('|', '/')}\n"


def _summary(preflight: Preflight) -> str:
    counts = {state: sum(result.state is state for result in preflight.results) for state in State}
    return (
        ", ".join(f"{count} {state}" for state, count in counts.items()) if preflight.results else "nothing was checked"
    )


def _one_line(text: str) -> str:
    return spell(" ".join(text.split()).encode("utf-8", "surrogateescape")).replace("\\\\", "\\")
