"""The reference page of the native reports, from the table of their rules."""

import sys
from collections.abc import Iterator

from dfwarm.datafax.reports.basis import BASES
from dfwarm.datafax.reports.figure import SUMS
from dfwarm.datafax.reports.labelled import MOST_DIGITS
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

## A number of the vendor's beside ours

Nobody outside the vendor knows the layout of its reports, so no number is looked for in them by itself. A site that
knows what a line of its release prints says so in the configuration, once a label:

```toml
[[reports.beside]]
report = "DFstatus"
label = "New records:"
figure = "new records"
```

On each side the cycle then looks in the normalised text of that report for the one line that begins with the label,
letter by letter, and holds the whole number behind it (up to {{digits}} digits; commas between thousands are allowed,
words without digits may follow) against the native figure. Another number is a difference of its own: clause
`beside`, DISCREPANT. No such line, several, a line without exactly one whole number, a report that was not run: a
gap, INCONCLUSIVE, never a pass. The vendor's number decides nothing else: every native figure comes from the files.
Where vendor's reports run and no label is configured, each cycle remarks it. Certificate, letter, statement (`beside`)
and record name both numbers of both sides.

The figures, each a sum over the study; those of a rule count its findings:

| figure | native report | adds up |
|---|---|---|
{{figures}}
A figure counts by the rules of this page. Where a study holds faulty lines, or the setup allows several queries on one
field, the vendor's program may count otherwise for a reason that both sides share: then leave that label out, and say
in the validation why.

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
    filled = {"{texts:,}": f"{TEXTS_AT_MOST:,}", "{digits}": str(MOST_DIGITS), "{figures}\n": "".join(_figures())}
    introduction = _INTRODUCTION
    for name, text in filled.items():
        introduction = introduction.replace(name, text)
    return introduction + "".join(rows) + _GRADES


def _figures() -> Iterator[str]:
    for figure, wanted in SUMS.items():
        parts = (*(f"`{each}`" for each in wanted.counted), *(f"{rule}" for rule in wanted.found))
        yield f"| `{figure}` | `{wanted.report}` | {', '.join(parts)} |\n"
    yield "\n"


_GRADES = """
`stated`: a vendor's manual or the deck says so. `read`: programs that work on real files read it so. `inferred`: it
follows from those. [Where our reports may differ from the vendor's](../explanation/where-our-reports-may-differ.md)
says what that means for a reader.
"""


if __name__ == "__main__":
    sys.stdout.write(render_page())
