"""The reference page of rsync, from the tables that the code itself goes by."""

import sys
from collections.abc import Iterator

from dfwarm.rsync.itemize import Attribute, Node, Update
from dfwarm.rsync.options import (
    ABSTAINED,
    ACLS,
    DELETES,
    DELETES_LISTED,
    DESIGNATED,
    LISTED,
    PARTIAL,
    WHOLE,
    XATTRS,
    Option,
)
from dfwarm.rsync.outcome import CAUSES, RULES
from dfwarm.rsync.stderr import HARMLESS, LINE_RULES, Cause
from dfwarm.rsync.version import RECOMMENDED, SINCE

_INTRODUCTION = """\
# rsync: what it is asked, and what its answers mean

<!-- Made by `python -m dfwarm.rsync.reference > docs/reference/rsync.md`; change the code, not this page. -->

A transfer is asked for with the options below and with no others. Every line that rsync prints is read: an itemized
line becomes a line of `transfer.jsonl`, a remark is judged by the table of lines, and a line that none of the tables
knows ends the transfer as not understood. The exit code and each line can only make a verdict worse. That both sides
are equal is never concluded from rsync: two independent manifests say it.
"""


def render_page() -> str:
    """The whole page in Markdown."""
    return "\n".join((_INTRODUCTION, *_options(), *_codes(), *_exits(), *_lines())) + "\n"


def _options() -> Iterator[str]:
    yield from ("## Asked for in every transfer", "", *_table(DESIGNATED))
    yield from ("", "## Asked for where rsync compares both trees", "", *_table((PARTIAL, *WHOLE, DELETES)))
    yield from ("", "## Asked for where the manifests say which paths", "", *_table((*LISTED, DELETES_LISTED)))
    yield from ("", "## Asked for where a side holds any", "", *_table((ACLS, XATTRS)))
    yield from ("", "## Never asked for", "", "| option | why not | |", "|---|---|---|")
    for abstention in ABSTAINED:
        danger = "**dangerous**" if abstention.is_dangerous else ""
        yield f"| {_words(abstention.words)} | {_cell(abstention.reason)} | {danger} |"
    release = ".".join(map(str, RECOMMENDED))
    yield from ("", "## By release", "", f"rsync {release} or newer is recommended on both hosts.", "")
    yield from ("| capability | since |", "|---|---|")
    yield from (f"| {name} | {'.'.join(map(str, since))} |" for name, since in SINCE)


def _table(options: tuple[Option, ...]) -> Iterator[str]:
    yield from ("| option | reason | both ends need |", "|---|---|---|")
    for option in options:
        yield f"| {_words(option.words)} | {_cell(option.reason)} | {option.needs or 'any rsync'} |"


def _codes() -> Iterator[str]:
    yield from ("", "## Itemized codes", "", "| column | letter | meaning |", "|---|---|---|")
    yield from (f"| 1, what was done | `{update.value}` | {_plain(update.name)} |" for update in Update)
    yield from (f"| 2, kind | `{node.value}` | {_plain(node.name)} |" for node in Node if node is not Node.UNSAID)
    yield from (f"| 3 to 11, what differed | `{attribute.value}` | {attribute.says} |" for attribute in Attribute)
    yield "| 3 to 11 | `+` in all | the path is new |"
    yield "| 3 to 11 | blank in all | nothing differed |"


def _exits() -> Iterator[str]:
    yield from ("", "## Exit codes", "", "Any other code is not known and means failure.", "")
    yield from ("| code | meaning | how the run ended | error |", "|---|---|---|---|")
    for rule in RULES:
        error = f"`{rule.error.__name__}` ({rule.error.exit_code})" if rule.status else ""
        yield f"| {rule.status} | {rule.meaning} | {rule.end.value} | {error} |"


def _lines() -> Iterator[str]:
    yield from ("", "## Lines of standard error, and remarks between the changes", "")
    yield from ("The first that fits the whole line holds.", "", "| meaning | cause | weight |", "|---|---|---|")
    yield from (f"| {_cell(rule.meaning)} | {rule.cause.value} | {_weight(rule.cause)} |" for rule in LINE_RULES)
    yield f"| anything else | {Cause.UNKNOWN.value} | {_weight(Cause.UNKNOWN)} |"


def _weight(cause: Cause) -> str:
    if cause in HARMLESS:
        return "none; a code that is not the exit code is a problem" if cause is Cause.SUMMARY else "none"
    if cause is Cause.VANISHED:
        return "with code 24 the path has to be accounted for on both sides; with any other code a problem"
    told = next((f"a problem; {end.value}: `{error.__name__}`" for known, end, error in CAUSES if known is cause), "")
    return told or "a problem"


def _words(words: tuple[str, ...]) -> str:
    return " ".join(f"`{word}`" for word in words)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render_page())
