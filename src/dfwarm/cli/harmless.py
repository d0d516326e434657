"""Standard output as every command writes to it: text in which nothing acts on the terminal that shows it."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from dfwarm.spelling import printable_lines


class HarmlessOutput:
    """A stream of text that says what could act as an escape. What is written as bytes passes as it is."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        self._stream.write(printable_lines(text))
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        """Write texts one after the other."""
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def harmless_output() -> Iterator[None]:
    """Let standard output be harmless for the length of a block."""
    with contextlib.redirect_stdout(HarmlessOutput(sys.stdout)):
        yield
