"""
The table of hazards in docs/validation/hazards.md, made from the markers of the tests.

`python tests/hazard_table.py` writes it anew. A hazard without a test is open, and its reason stands here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "validation" / "hazards.md"

HAZARDS = (
    "an empty source and a deletion wipe the standby",
    "a disk is not mounted, or another one is",
    "a part of the tree is a disk of its own that is missing",
    "a blank, a slash or a typing error where a folder should be",
    "a limit on deletions that stops only after deleting",
    "an error of reading keeps ghosts alive",
    "source and target are one, or one lies in the other",
    "the wrong host is written to",
    "the program changes while it runs",
    "the configuration changes between two runs",
    "what is left out hides what differs",
    "failures rotate good generations away",
    "a generation dated in the future poisons retention",
    "an expired generation was needed by another",
    "force destroys the target's own history",
    "an edit with the same size and time",
    "an edit within the same second",
    "bits rot, or are tampered with, on the standby",
    "a file is read while it is written",
    "appending to a file whose beginning changed",
    "a file vanishes under the transfer",
    "a file shrinks or grows under the transfer",
    "a time is set without the content being proven",
    "holes of sparse files",
    "hard links diverge",
    "writing in place through a linked generation",
    "names of any bytes",
    "names that a file system folds into one",
    "owners, access lists and attributes are lost",
    "symbolic links lead elsewhere",
    "a file becomes a folder",
    "pipes, sockets and devices in the tree",
    "names of 255 bytes",
    "time zones and locales in reports",
    "normalising hides a real difference",
    "an unreadable file, and the old copy stays",
    "exit codes taken too lightly or too hard",
    "success of nothing",
    "both sides are wrong in the same way",
    "a report reads the wrong tree",
    "a screen tells history as the present",
    "a figure stands still while nothing happens",
    "alarms do not arrive",
    "false alarms until nobody looks",
    "something from the future counts as fresh",
    "a recovery time of nothing",
    "a drill is evidenced by its plan",
    "an option to verify is ignored, or its scope is wrong",
    "a worker is lost and the rest is called whole",
    "a failed verification is retried for ever",
    "no space or inodes on the target",
    "a process is killed in any phase",
    "production is left frozen",
    "power is lost before data is on disk",
    "two cycles at once, or a stale lock",
    "something hangs for ever",
    "clocks disagree",
    "a host key changes",
    "memory of the controller flips a bit",
    "a weak digest",
    "the store of evidence fills up or is damaged",
    "many files, deep paths, few handles",
    "an old production comes back and writes",
    "an unknown outcome makes two productions",
    "the way back loses what the standby wrote",
    "a trial restore reaches the live archive",
    "a drill is left running",
    "no protection after a restore, silently",
    "a hostile other end widens what is touched",
    "a key is a shell on the clinical host",
    "the copy is less protected than the original",
    "both sides are lost with one site",
)
"""H01 to H72 in order."""

_NO_GENERATIONS = "dfwarm keeps no generations of the standby yet"
_NO_FAILOVER = "there is no failover, switchover or failback yet"
_NO_DRILL = "there are no drills yet"
OPEN = {
    12: _NO_GENERATIONS,
    13: _NO_GENERATIONS,
    14: _NO_GENERATIONS,
    40: "no test marked",
    41: "there is no dashboard yet",
    42: "there is no figure for a monitor yet; `dfwarm status` counts age from the proven time point",
    64: _NO_FAILOVER,
    66: _NO_DRILL,
    67: _NO_DRILL,
    68: _NO_FAILOVER,
    72: "distance and power of the two sites are not asked for yet",
}
"""Why a hazard has no test."""

PARTLY = {
    1: "an entropy jump, a large share of changed files and an override by a second person are not judged yet",
    52: "the suite plays a share of the crash matrix; its whole is run by tests/crash_matrix.py",
    54: "unflushed writes are dropped; writes that reached the disk are neither torn nor reordered",
    15: "a standby that wrote its own history is refused and left alone; no generation of it is kept",
    46: "drills that people held are kept with a time that can be; dfwarm measures none itself",
    65: "the standby's own journals are refused; there is no way back yet",
}
"""What a tested hazard still lacks."""


@cache
def marked_tests() -> dict[int, tuple[str, ...]]:
    """The tests that carry each number, as `file::name` below the folder of tests."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for number, name in _marked(ast.parse(path.read_text())):
            found.setdefault(number, []).append(f"{path.relative_to(TESTS)}::{name}")
    return {number: tuple(dict.fromkeys(names)) for number, names in found.items()}


def _marked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    whole = [number for node in tree.body if isinstance(node, ast.Assign) for number in _numbers(node.value)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            own = [number for decorator in node.decorator_list for number in _numbers(decorator)]
            yield from ((number, node.name) for number in (*own, *whole))


def _numbers(node: ast.AST) -> Iterator[int]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "hazard":
            yield from (int(str(word.value)[1:]) for word in call.args if isinstance(word, ast.Constant))


INTRODUCTION = """Ways in which such systems lost data, lied, or let someone in. Made from the markers of the tests by
`python tests/hazard_table.py`. Every test named here belongs to the test command, which fails where one fails. A test that
mounts or changes accounts needs root.
"""


def render() -> str:
    """The page."""
    found = marked_tests()
    tested = len(found.keys() & set(range(1, len(HAZARDS) + 1)))
    return "\n".join((
        "# Hazards\n",
        INTRODUCTION,
        f"A test carries the number of {tested} of {len(HAZARDS)} hazards; the others are open, each with its reason.\n",
        "| hazard | what happened | tests | state |",
        "|---|---|---|---|",
        *(_row(number, title, found.get(number, ())) for number, title in enumerate(HAZARDS, start=1)),
        "",
    ))  # fmt: skip


def _row(number: int, title: str, tests: tuple[str, ...]) -> str:
    state = f"tested; {PARTLY[number]}" if number in PARTLY else "tested"
    if not tests:
        state = f"open: {OPEN[number]}"
    return f"| H{number:02d} | {title} | {'<br>'.join(f'`{test}`' for test in tests)} | {state} |"


if __name__ == "__main__":
    PAGE.write_text(render())
