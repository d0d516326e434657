"""The reference page of the native reports, from the table of their rules."""

import sys

from dfwarm.datafax.reports.basis import BASES
from dfwarm.datafax.reports.rule import NO_RECORD, RULES_VERSION, ReportName

_INTRODUCTION = f"""\
# Native reports

<!-- Made by `python -m dfwarm.datafax.reports.reference > docs/reference/reports.md`; change the code. -->

`dfwarm report NAME STUDY` makes a report from the study's files on either side (`--side production|standby`),
without a licence and without a server, and changes nothing. NAME is `dfstatus`, `ic_images`, `ic_queries`,
`ic_records` or `all`. It prints text in 80 columns, where long lists end with how many more there are; `--json` and
`--csv` are complete. Exit code 3 says that something could not be examined. These are rules version
{RULES_VERSION}.

A cycle makes all four on both sides, from exactly the bytes that its listings proved, and holds them against each
other: every count, and every finding by rule and key, wherever in a file it stands. The vendor's own reports run
beside them where they are configured; their text is compared as text. A line of the vendor's in which only a number
differs is a difference of its own (clause `numbers`).

## Two modes

`quiesced`: the study server does not run, so every line stands for itself. `live`: the server may have appended
newer versions, so of the primaries of a key, and of the secondaries of a key and image, the last line of the file
wins; the others are counted as superseded. A cycle is strict where nobody could write at the time point.

## What is counted

`dfstatus` counts data records by plate, level and status (missed; final, incomplete, pending; the same three
secondary), records in the new queue, queries by status, problem code and usage, reasons by status, lines that are
no record, and records that are no UTF-8. `ic_records`, `ic_images` and `ic_queries` count what they examined, by
plate or week.

Each finding names its rule, the file, the line from 1 and the byte that the line begins with, plate, visit and
subject where they can be read, and quotes or explains the first {{texts:,}} of a file. A million faults of one file
are located, and 16 million records of one file are held against each other; what is beyond is counted, and is a
gap.

## The rules

A line that breaks a rule marked `no record` is counted as a faulty line and as nothing else.

| report | finding | demands | source | grade | |
|---|---|---|---|---|---|
"""


def render_page() -> str:
    """The whole page in Markdown."""
    from dfwarm.datafax.reports.finding import TEXTS_AT_MOST

    rows = (
        f"| `{basis.report}` | {rule} | {basis.demands} | {basis.source} | {basis.grade} "
        f"| {'no record' if rule in NO_RECORD else ''} |\n"
        for name in ReportName
        for rule, basis in BASES.items()
        if basis.report is name
    )
    return _INTRODUCTION.replace("{texts:,}", f"{TEXTS_AT_MOST:,}") + "".join(rows) + _GRADES


_GRADES = """
`stated`: a vendor's manual or the deck says so. `read`: programs that work on real files read it so. `inferred`: it
follows from those. [Where our reports may differ from the vendor's](../explanation/where-our-reports-may-differ.md)
says what that means for a reader.
"""


if __name__ == "__main__":
    sys.stdout.write(render_page())
