"""
The mutation score of a package: of a seeded sample of small faults, how many do the pure tests notice?

    python benchmarks/mutants.py plan|evidence|datafax/reports [--sample 300] [--seed 1] [--seconds 0]

A fault is one comparison, condition, sum or number turned into another one; texts are left alone. Each is
tried in a process of its own, with the tests of `tests/pure` and `tests/forged` that name the room or one that
imports it, the nearest first, 20 examples a property. What no test notices is printed as a survivor: it may be one that
changes nothing. The score comes with its 95 % interval (Wilson). `--seconds` ends the run early; what was tried counts.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import math
import os
import random
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "dfwarm"
DEADLINE_SECONDS = 90
TESTS_AT_MOST = 8

_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_SUMS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: the file, the place of the node among those of its file, and what it says before and after."""

    path: Path
    number: int
    line: int
    before: str
    after: str


def _is_text(node: ast.expr) -> bool:
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return constant or isinstance(node, ast.JoinedStr)


class Mutator(ast.NodeTransformer):
    """Turn the node of that number into another one; with none only count."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.count = 0
        self.found: list[tuple[int, str, str]] = []

    def _offer(self, node: ast.expr, changed: ast.expr) -> ast.expr:
        number, self.count = self.count, self.count + 1
        self.found.append(
            (node.lineno, ast.unparse(node), ast.unparse(ast.fix_missing_locations(ast.copy_location(changed, node))))
        )
        return ast.copy_location(changed, node) if number == self.wanted else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        other = _COMPARISONS.get(type(node.ops[0]))
        return self._offer(node, ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)) if other else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return self._offer(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return self._offer(node, node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        other = _SUMS.get(type(node.op))
        is_text = _is_text(node.left) or _is_text(node.right)
        return self._offer(node, ast.BinOp(node.left, other(), node.right)) if other and not is_text else node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, bool):
            return self._offer(node, ast.Constant(not node.value))
        return self._offer(node, ast.Constant(node.value + 1)) if isinstance(node.value, int) else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return self._offer(node, ast.IfExp(node.test, node.orelse, node.body))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(each) for each in node.body]
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        return node if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def mutants(package: str) -> Iterator[Mutant]:
    for path in sorted((SOURCE / package).rglob("*.py")):
        finder = Mutator()
        finder.visit(ast.parse(path.read_text()))
        yield from (Mutant(path, number, *found) for number, found in enumerate(finder.found))


def room_of(path: Path) -> str:
    return ".".join(("dfwarm", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def _names(text: str, room: str) -> bool:
    folder, _, name = room.rpartition(".")
    return room in text or bool(re.search(rf"from {re.escape(folder)} import [^\n]*\b{name}\b", text))


def tests_of(room: str, tests: dict[str, str], sources: dict[str, str]) -> list[str]:
    """The tests that name the room, then those that name a room that imports it."""
    direct = [path for path, text in tests.items() if _names(text, room)]
    users = [user for user, text in sources.items() if _names(text, room)]
    further = [path for path, text in tests.items() if any(_names(text, user) for user in users)]
    return list(dict.fromkeys((*direct, *further)))[:TESTS_AT_MOST]


class _Loader(importlib.abc.MetaPathFinder):
    """Load one room with its fault in it."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant, self.room = mutant, room_of(mutant.path)

    def find_spec(self, name: str, *_: object) -> object:
        if name != self.room:
            return None
        spec = importlib.util.spec_from_file_location(name, self.mutant.path)
        spec.loader.get_code = lambda _: compile(changed(self.mutant), str(self.mutant.path), "exec")
        return spec


def changed(mutant: Mutant) -> ast.Module:
    tree = Mutator(mutant.number).visit(ast.parse(mutant.path.read_text()))
    return ast.fix_missing_locations(tree)


def is_noticed(mutant: Mutant | None, tests: list[str]) -> bool:
    """Run the tests in a process of its own. True where one fails or none ends in time."""
    child = os.fork()
    if not child:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(DEADLINE_SECONDS)
        if mutant:
            sys.meta_path.insert(0, _Loader(mutant))
        import pytest
        from hypothesis import settings

        settings.register_profile("mutants", max_examples=20, deadline=None, derandomize=True, database=None)
        settings.load_profile("mutants")
        os._exit(
            int(pytest.main(["-x", "-q", "-p", "no:xdist", "-p", "no:cov", "--timeout=0", "-W", "ignore", *tests]))
        )
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _are_sound(tests: tuple[str, ...], known: dict[tuple[str, ...], bool]) -> bool:
    """Whether the tests pass without any fault. Those that do not cannot notice one."""
    if tests not in known:
        known[tests] = not is_noticed(None, list(tests))
    return known[tests]


def interval(noticed: int, tried: int) -> tuple[float, float]:
    """The 95 % interval of Wilson."""
    z, share = 1.96, noticed / tried
    middle, spread = (
        share + z * z / (2 * tried),
        z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)),
    )
    return (middle - spread) / (1 + z * z / tried), (middle + spread) / (1 + z * z / tried)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    asked.add_argument("package")
    asked.add_argument("--sample", type=int, default=300)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=0)
    wanted = asked.parse_args()
    os.chdir(ROOT)
    for library in (
        "pytest",
        "hypothesis",
        "numpy",
        "cryptography.x509",
        "rfc3161_client",
        "pydantic",
        "xdist",
        "pytest_timeout",
    ):
        __import__(library)
    tests = {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in ("pure", "forged")
        for path in sorted((ROOT / "tests" / folder).glob("test_*.py"))
    }
    sources = {room_of(path): path.read_text() for path in SOURCE.rglob("*.py")}
    found = list(mutants(wanted.package))
    chosen = random.Random(wanted.seed).sample(found, min(wanted.sample, len(found)))
    began, noticed, tried, untested = time.perf_counter(), 0, 0, 0
    skipped, sound = 0, {}
    for mutant in chosen:
        if wanted.seconds and time.perf_counter() - began > wanted.seconds:
            break
        names = tests_of(room_of(mutant.path), tests, sources)
        if names and not _are_sound(tuple(names), sound):
            skipped += 1
            continue
        tried += 1
        if names and is_noticed(mutant, names):
            noticed += 1
            continue
        untested += not names
        where = f"{mutant.path.relative_to(SOURCE)}:{mutant.line}"
        print(
            f"survived  {where:<40} {mutant.before[:70]}  ->  {mutant.after[:70]}{'' if names else '  (no test)'}",
            flush=True,
        )
    low, high = interval(noticed, tried)
    print(
        f"{wanted.package}: {noticed} of {tried} sampled faults noticed of {len(found):,}, "
        f"{100 * noticed / tried:.1f} % (95 %: {100 * low:.0f} to {100 * high:.0f}), {untested} without any test, "
        f"{skipped} not tried because their tests fail or take longer than {DEADLINE_SECONDS} s without any fault; "
        f"seed {wanted.seed}, {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
