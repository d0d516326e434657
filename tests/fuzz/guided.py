"""
Fuzz the parsers guided by what their code does with the bytes, or by chance where atheris is not installed.

    pip install atheris                      # beside the test environment; it is no part of it
    PYTHONPATH=tests python -m fuzz.guided [--runs 1000000] [--seconds 120] [--parser NAME ...] [--seed 20261124]

Each parser runs in a process of its own until it had the runs or the seconds. The table says for each how many inputs
it had, how many of them it read, and how it ended; one that crashed leaves its input in `crash-NAME`.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is imported before the instruments are in place is not seen by them
    from fuzz.parser import Parser

SEED = 20261124
_GRACE_SECONDS = 240


def main() -> int:
    """Run the parsers one after the other and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--parser", action="append", default=[])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--alone", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        return _alone(asked)
    with tempfile.TemporaryDirectory() as folder:
        names = asked.parser or sorted(_parsers(Path(folder)))
    print("| parser | inputs | read | seconds | end |\n|---|---|---|---|---|")
    ends = [_in_a_process(name, asked) for name in names]
    return 0 if all(ends) else 1


def _in_a_process(name: str, asked: argparse.Namespace) -> bool:
    argv = [sys.executable, "-m", "fuzz.guided", "--alone", name, "--runs", f"{asked.runs}"]
    began = time.monotonic()
    try:
        done = subprocess.run(
            [*argv, "--seconds", f"{asked.seconds}", "--seed", f"{asked.seed}"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=asked.seconds * 4 + _GRACE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess(argv, 1, f"inputs 0 read 0 DID NOT END within {asked.seconds * 4} s\n", "")
    told = re.search(r"^inputs (\d+) read (\d+) (.*)$", done.stdout, re.MULTILINE)
    inputs, read, end = (int(told[1]), int(told[2]), told[3]) if told else (0, 0, "ENDED WITHOUT A WORD")
    is_sound = done.returncode == 0 and bool(told)
    if not is_sound:
        Path(f"crash-{re.sub(r'[^A-Za-z0-9]+', '-', name)}").write_text(done.stdout + done.stderr)
    spent = time.monotonic() - began
    print(f"| {name} | {inputs:,} | {read:,} | {spent:.0f} | {end} |", flush=True)
    return is_sound


def _parsers(folder: Path) -> "dict[str, Parser]":
    from fuzz.catalogue import all_parsers

    return all_parsers(folder)


def _alone(asked: argparse.Namespace) -> int:
    with contextlib.suppress(ImportError):
        import atheris

        with atheris.instrument_imports(include=["dfwarm"]):
            return _run(asked, lambda take, parser, folder: _guided(atheris, take, parser, folder, asked))
    return _run(asked, lambda take, parser, _: _by_chance(take, parser, asked))


def _run(asked: argparse.Namespace, drive: "Callable[[Callable[[bytes], None], Parser, Path], None]") -> int:
    """Drive one parser until it had enough. The process ends here: a driver need not come back."""
    with tempfile.TemporaryDirectory() as folder:
        parser = _parsers(Path(folder, "seeds"))[asked.alone]
        tally = _Tally(parser, asked.runs, asked.seconds)
        drive(tally.take, parser, Path(folder, "corpus"))
        tally.end("by chance")
    return 0


class _Tally:
    """Counts the inputs of one parser, and ends the process when they are enough or one is a crash."""

    def __init__(self, parser: "Parser", runs: int, seconds: int) -> None:
        self._parser = parser
        self._runs = runs
        self._until = time.monotonic() + seconds
        self._inputs = self._read = 0

    def take(self, content: bytes) -> None:
        """Give one input to the parser."""
        try:
            self._read += self._parser.take(content)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a crash)
            print(f"crash: {error!r} from {content!r}")
            self.end(f"CRASH {type(error).__name__}", code=1)
        self._inputs += 1
        if self._inputs >= self._runs:
            self.end("guided" if "atheris" in sys.modules else "by chance")
        if self._inputs % 256 == 0 and time.monotonic() > self._until:
            self.end(("guided" if "atheris" in sys.modules else "by chance") + ", until its time was up")

    def end(self, how: str, code: int = 0) -> None:
        """Say the figures and end the process."""
        print(f"inputs {self._inputs} read {self._read} {how}", flush=True)
        os._exit(code)


def _guided(
    atheris: object, take: "Callable[[bytes], None]", parser: "Parser", folder: Path, asked: argparse.Namespace
) -> None:
    folder.mkdir()
    for number, seed in enumerate(parser.seeds):
        (folder / f"{number}").write_bytes(seed)
    words = ["fuzz", os.fspath(folder), f"-seed={asked.seed}", "-max_len=16384", "-timeout=20", "-rss_limit_mb=1500"]
    atheris.Setup(words, take)  # type: ignore[attr-defined]
    atheris.Fuzz()  # type: ignore[attr-defined]


def _by_chance(take: "Callable[[bytes], None]", parser: "Parser", asked: argparse.Namespace) -> None:
    from fuzz.mutants import mutants

    for content in mutants(parser.seeds, asked.runs, asked.seed):
        take(content)


if __name__ == "__main__":
    sys.exit(main())
