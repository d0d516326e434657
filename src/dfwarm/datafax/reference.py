"""The reference page of the study directory, from the table that the code itself goes by."""

import sys

from dfwarm.datafax.layout import LAYOUT

_INTRODUCTION = """\
# The study directory

<!-- Made by `python -m dfwarm.datafax.reference > docs/reference/study-directory.md`; change the code. -->

Everything below a study is replicated, but for what the configuration excludes by name. The first pattern that fits
the whole path holds; the last one fits everything, so nothing of a study is left out because nobody knew of it.

| path | area | what it is | by default | content |
|---|---|---|---|---|
"""


def render_page() -> str:
    """The whole page in Markdown."""
    rows = (
        f"| `{_cell(place.pattern.pattern.decode())}` | {place.area} | {place.keeping} | {place.treatment} "
        f"| {place.content} |\n"
        for place in LAYOUT
    )
    return _INTRODUCTION + "".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render_page())
