"""The readiness report as plain text of at most 80 columns."""

from collections.abc import Iterator

from dfwarm.evidence.certificate.content import Fact
from dfwarm.evidence.columns import WIDTH, columns, fill
from dfwarm.evidence.passage import printable
from dfwarm.evidence.readiness.calendar import DAYS, LEGEND, Day
from dfwarm.evidence.readiness.content import END, TITLE, Content, StudyPart

_RULE = "=" * WIDTH
_INDENT = "   "
_LABEL_COLUMNS = 16
_CELL = 9


def render_text(content: Content) -> str:
    """Set a report as text. It ends with a line that says so, so that a cut one is seen."""
    word = f"[{content.symbol}] {content.word}"
    head = f"{TITLE.upper()}  {printable(content.number)}"
    blank = " " * max(2, WIDTH - columns(head) - columns(word))
    whole = f"{head}{blank}{word}"
    blocks = (
        (_RULE, *((whole,) if columns(whole) <= WIDTH else (*fill(head), word))),
        (*fill(content.sentence), _RULE),
        (f" 1 WHAT BLOCKS ({len(content.blocks)})", *_items(content.blocks)),
        (f" 2 REMARKS ({len(content.remarks)})", *_items(content.remarks)),
        (" 3 WHAT WAS LOOKED AT", *_facts(content.parties)),
        *(tuple(_study(number, part)) for number, part in enumerate(content.studies, start=4)),
        (f"{len(content.studies) + 4:>2} EVIDENCE", *_facts(content.evidence)),
        (f"{len(content.studies) + 5:>2} THIS REPORT", *_facts(content.seal)),
        (f" {END} {printable(content.number)} ".center(WIDTH, "=").rstrip(),),
    )
    return "\n".join("\n".join(block) for block in blocks) + "\n"


def _study(number: int, part: StudyPart) -> Iterator[str]:
    yield from fill(f"{number:>2} {part.title.upper()}")
    yield from _facts(part.facts)
    yield _INDENT + "calendar (days are UTC)"
    yield (_INDENT + "".join(day.ljust(_CELL) for day in DAYS)).rstrip()
    yield from ((_INDENT + "".join(_cell(day).ljust(_CELL) for day in week)).rstrip() for week in part.weeks)
    yield from fill(LEGEND, _INDENT, _INDENT)
    for title, lines in (("gaps", part.gaps), ("drills", part.drills), ("open deviations", part.deviations)):
        yield f"{_INDENT}{title}"
        yield from _items(lines)
    yield _INDENT + "cycles"
    for cycle, began, verdict, achieved, held, seal, review, statement in part.cycles.rows:
        yield from fill(f"{cycle}  {began}  {verdict}", _INDENT * 2, _INDENT * 3)
        yield from fill(f"RPO {achieved}, frozen {held}, {seal}, {review}", _INDENT * 3, _INDENT * 3)
        yield from fill(statement, _INDENT * 3, _INDENT * 3)


def _cell(day: Day | None) -> str:
    """The day with its marks; more of them than fit are counted."""
    if day is None:
        return ""
    marks = day.marks if len(day.marks) <= 4 else f"{day.marks[:2]}+{len(day.marks) - 2}"
    return f"{day.number:>2} {marks}"


def _items(sentences: tuple[str, ...]) -> Iterator[str]:
    for sentence in sentences or ("none",):
        yield from fill(sentence, f"{_INDENT}- " if sentences else _INDENT, f"{_INDENT}  ")


def _facts(facts: tuple[Fact, ...]) -> Iterator[str]:
    for fact in facts:
        label = f"{_INDENT}{printable(fact.label)}".ljust(_LABEL_COLUMNS - 1) + " "
        yield from fill(fact.says, label, " " * _LABEL_COLUMNS)
