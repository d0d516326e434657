"""Is anybody working in the study? What was found, and what the policy makes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from dfwarm.spelling import spell
from dfwarm.terms import Access

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of what is not there."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who is logged in. `is_known` is false where the question was not asked or failed: never the same as nobody."""

    is_known: bool
    names: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StatusFile:
    """One `.serverstatus##` file: only its presence and its last change mean something."""

    path: bytes
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Growth:
    """
    The size of the journals and of the data files, and the newest change among them.

    `pages_at` is the newest change of the newest week's pages, `setup_at` that of the study's setup. `problem` says
    what could not be looked at: a folder that cannot be read is not a folder that does not grow.
    """

    journal_bytes: int
    data_bytes: int
    newest_at: datetime
    page_week: bytes = b""
    pages_at: datetime = NEVER
    setup_at: datetime = NEVER
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """What was found on one side at one moment. `access_problem` is why the access state is not known."""

    access: Access
    is_enabled: bool
    processes: tuple[int, ...]
    users: Users
    status_files: tuple[StatusFile, ...]
    growth: Growth
    seen_at: datetime
    access_problem: str = ""
    status_problem: str = ""


class Next(StrEnum):
    """What to do."""

    GO_ON = "go on"
    WAIT = "wait"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and what was seen that led to it."""

    next: Next
    signs: tuple[str, ...]


def signs_of_work(activity: Activity, earlier: Activity | None) -> tuple[str, ...]:
    """
    Say every sign that somebody works in the study.

    A study that nobody may enter shows none but growth. A server that runs is no sign by itself: it runs on demand
    and stays. A question that failed is a sign: silence is not an answer.
    """
    return (
        *_access_signs(activity),
        *_user_signs(activity),
        *_failed_looks(activity),
        *_growth_signs(activity.growth, earlier),
        *_status_signs(activity, earlier),
    )


def describe_quiet(activity: Activity) -> tuple[str, ...]:
    """Say what an activity without signs rests on, so that a question that was not asked does not read as nobody."""
    if activity.access is Access.DISABLED:
        return ("nobody can work in the study: it is disabled",)
    if activity.users.is_known:
        return ("nobody is logged in",)
    return ("no sign of work; who is logged in was not asked, since the configuration names no command for it",)


def decide(activity: Activity, earlier: Activity | None, when_active: str, waited_seconds: int, most: int) -> Decision:
    """Decide by the policy `wait`, `skip` or `go-on`."""
    signs = signs_of_work(activity, earlier)
    if not signs or when_active == "go-on":
        return Decision(Next.GO_ON, signs)
    if when_active == "wait" and waited_seconds < most:
        return Decision(Next.WAIT, signs)
    return Decision(Next.SKIP, signs)


def _access_signs(activity: Activity) -> tuple[str, ...]:
    if activity.access is Access.UNKNOWN:
        why = f": {activity.access_problem}" if activity.access_problem else ""
        return (f"the access state is not known{why}",)
    if activity.access is Access.DISABLED and activity.processes:
        return (f"the study is disabled, but {len(activity.processes)} processes serve it",)
    return ()


def _user_signs(activity: Activity) -> tuple[str, ...]:
    if activity.access is Access.DISABLED:
        return ()
    if activity.users.problem:
        return (f"who is logged in is not known: {activity.users.problem}",)
    if activity.users.names:
        return (f"{len(activity.users.names)} logged in: {', '.join(activity.users.names[:5])}",)
    return ()


def _failed_looks(activity: Activity) -> tuple[str, ...]:
    problems = (activity.growth.problem, activity.status_problem)
    return tuple(f"whether the study changes is not known: {problem}" for problem in problems if problem)


def _growth_signs(growth: Growth, earlier: Activity | None) -> tuple[str, ...]:
    if earlier is None:
        return ()
    before = earlier.growth
    grown = growth.journal_bytes - before.journal_bytes
    signs = (
        (grown != 0, f"the journals changed by {grown:+,} bytes"),
        (
            growth.data_bytes != before.data_bytes,
            f"the data changed by {growth.data_bytes - before.data_bytes:+,} bytes",
        ),
        (not grown and growth.newest_at != before.newest_at, "a data file was written"),
        (
            (growth.page_week, growth.pages_at) != (before.page_week, before.pages_at),
            f"pages changed in week {spell(growth.page_week)}",
        ),
        (growth.setup_at != before.setup_at, "the study's setup was changed"),
    )
    return tuple(says for is_seen, says in signs if is_seen)


def _status_signs(activity: Activity, earlier: Activity | None) -> tuple[str, ...]:
    if earlier is None:
        return ()
    changed = {file.path for file in set(activity.status_files) ^ set(earlier.status_files)}
    return tuple(f"server status file {spell(path)} changed" for path in sorted(changed))
