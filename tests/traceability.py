"""
Which test proves which user requirement: a table made from the markers of the tests.

`python tests/traceability.py > traceability.csv` writes it, with a line for each requirement of each test.
"""

import ast
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
COLUMNS = ("requirement", "test", "says")


def trace() -> list[tuple[str, str, str]]:
    """The lines of the table in their order."""
    return sorted({line for path in TESTS.rglob("test_*.py") for line in _traced(path)})


def render(lines: list[tuple[str, str, str]]) -> str:
    """The table as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows((COLUMNS, *lines))
    return text.getvalue()


def _traced(path: Path) -> Iterator[tuple[str, str, str]]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    of_all = {
        name
        for node in module.body
        if isinstance(node, ast.Assign) and [ast.unparse(each) for each in node.targets] == ["pytestmark"]
        for name in _requirements(node.value)
    }
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found = of_all.union(*map(_requirements, node.decorator_list))
            place = f"{path.relative_to(TESTS.parent)}::{node.name}"
            yield from ((name, place, node.name.removeprefix("test_").replace("_", " ")) for name in found)


def _requirements(node: ast.expr) -> set[str]:
    return {
        argument.value
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.requirement")
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


if __name__ == "__main__":
    sys.stdout.write(render(trace()))
