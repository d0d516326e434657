"""Is anybody working in the study? What was found, and what the policy makes of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm.terms import Access


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
    """The size of the journals and of the data files, and the newest change among them."""

    journal_bytes: int
    data_bytes: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """What was found on one side at one moment."""

    access: Access
    is_enabled: bool
    processes: tuple[int, ...]
    users: Users
    status_files: tuple[StatusFile, ...]
    growth: Growth
    seen_at: datetime


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
    and stays. A question about users that failed is a sign: silence is not an answer.
    """
    return (*_access_signs(activity), *_user_signs(activity), *_growth_signs(activity, earlier))


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
        return ("the access state is not known",)
    return ()


def _user_signs(activity: Activity) -> tuple[str, ...]:
    if activity.access is Access.DISABLED:
        return ()
    if activity.users.problem:
        return (f"who is logged in is not known: {activity.users.problem}",)
    if activity.users.names:
        return (f"{len(activity.users.names)} logged in: {', '.join(activity.users.names[:5])}",)
    return ()


def _growth_signs(activity: Activity, earlier: Activity | None) -> tuple[str, ...]:
    if earlier is None:
        return ()
    signs: list[str] = []
    if activity.growth.journal_bytes != earlier.growth.journal_bytes:
        signs.append(f"the journals grew by {activity.growth.journal_bytes - earlier.growth.journal_bytes} bytes")
    elif activity.growth.newest_at > earlier.growth.newest_at:
        signs.append("a data file was written")
    changed = set(activity.status_files) - set(earlier.status_files)
    signs.extend(
        f"server status file {file.path.decode('ascii', 'replace')} changed"
        for file in sorted(changed, key=lambda file: file.path)
    )
    return tuple(signs)
