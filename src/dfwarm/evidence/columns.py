"""Text set in at most 80 columns. East Asian characters take two; names that are too long are cut across lines."""

import unicodedata

from dfwarm.evidence.passage import Content, Line, Manner, Passage, printable

WIDTH = 80

_INDENT = "  "
_LABEL_COLUMNS = 16


def render_text(content: Content) -> str:
    """Set a letter as plain text."""
    blocks = ["\n".join(fill(f"{content.word} - {content.sentence}"))]
    blocks += [_set_passage(passage) for passage in content.passages if passage.lines]
    return "\n\n".join(blocks) + "\n"


def fill(text: str, first: str = "", further: str = "") -> tuple[str, ...]:
    """Break a text into lines of at most 80 columns. Blanks inside a line stay as they are."""
    lines: list[str] = []
    line, is_empty = first, True
    for word in printable(text).split(" "):
        candidate = f"{line}{word}" if is_empty else f"{line} {word}"
        if columns(candidate) <= WIDTH:
            line, is_empty = candidate, False
            continue
        if not is_empty:
            lines.append(line)
        *cut, line = _cut(word, first if is_empty else further, further)
        lines += cut
        is_empty = False
    return (*lines, line)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _cut(word: str, first: str, further: str) -> list[str]:
    lines, line = [], first
    for character in word:
        if columns(line + character) > WIDTH:
            lines.append(line)
            line = further
        line += character
    return [*lines, line]


def _set_passage(passage: Passage) -> str:
    lines = [line for said in passage.lines for line in _set_line(said)]
    return "\n".join((*fill(passage.title.upper()), *lines))


def _set_line(line: Line) -> tuple[str, ...]:
    if line.label:
        label = f"{_INDENT}{printable(line.label)}".ljust(_LABEL_COLUMNS - 1) + " "
        return fill(line.says, label, " " * _LABEL_COLUMNS)
    if line.manner is Manner.COMMAND:
        return fill(line.says, f"{_INDENT}  $ ", f"{_INDENT}    ")
    if line.manner is Manner.ITEM:
        return fill(line.says, _INDENT, f"{_INDENT}    ")
    return fill(line.says, _INDENT, _INDENT)
