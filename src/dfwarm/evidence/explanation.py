"""One difference in plain words: what differs, since when, what is known to cause it, and which side is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dfwarm.evidence.causes import Paths, causes_of
from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.manifest.entry import Entry, Kind
from dfwarm.plan.repair import plan_repair
from dfwarm.plan.wrong_side import SideJudgement
from dfwarm.spelling import spell
from dfwarm.terms import Side

_SECOND = 1_000_000_000


def explain(difference: Difference, paths: Paths, judgement: SideJudgement) -> tuple[str, ...]:
    """Explain one difference, a sentence a line. `paths` are those of all differences of the cycle."""
    return (
        f"{difference.kind.symbol} {spell(difference.path)} is {difference.kind}.",
        *(f"  {_capital(detail)}." for detail in difference.details),
        *_sides(difference),
        *(f"Known cause, {cause.name}: {cause.says}." for cause in causes_of(difference, paths)),
        f"Which side is wrong: {judgement.side} ({judgement.ground}).",
        f"What can be done: {plan_repair(difference, judgement).remedy}.",
    )


def _sides(difference: Difference) -> Iterator[str]:
    for side, entry in ((Side.PRODUCTION, difference.production), (Side.STANDBY, difference.standby)):
        yield _describe(side, entry) if entry else f"On {_name(side)} there is nothing at this path."
    sizes = {entry.size for entry in (difference.production, difference.standby) if entry}
    if difference.kind is DifferenceKind.CONTENT and len(sizes) > 1:
        yield f"They differ from byte {min(sizes) + 1:,} of {max(sizes):,} on at the latest."


def _describe(side: Side, entry: Entry) -> str:
    said = f"On {_name(side)} it is a {entry.kind} of {entry.owner}:{entry.group}, mode {entry.mode:04o}"
    if entry.kind is Kind.SYMLINK:
        return f"{said}, pointing to {spell(entry.target)}."
    written = f"last written {_moment(entry.mtime_ns // _SECOND)}"
    if entry.kind is not Kind.FILE:
        return f"{said}, {written}."
    read = f"its bytes were last read {_moment(entry.read_at)}" if entry.read_at else "its bytes were not read"
    return f"{said}, {entry.size:,} bytes, {written}; {read}."


def _name(side: Side) -> str:
    return "the standby" if side is Side.STANDBY else "production"


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
