"""
One piece of work that a process of its own does while this one goes on.

The process is forked, so it sees what was known when it began, and only its result comes back. One that is lost is an
error, never a missing result.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from dfwarm.errors import PathUnreadable

T = TypeVar("T")

_FORK = multiprocessing.get_context("fork")


@contextmanager
def begin_aside(work: Callable[[], T], *, is_worth_it: bool) -> Iterator[Callable[[], T]]:
    """
    Begin a piece of work for the length of a block, in which the function that is given waits for its result.

    Where it is not worth a process the function does the work. Raises PathUnreadable where the process did not finish.
    """
    if not is_worth_it:
        yield work
        return
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_tell, args=(work, theirs, ours))
    process.start()
    theirs.close()  # only the process holds it now, so its end is heard at once
    try:
        yield lambda: _hear(ours)
    finally:
        process.terminate()
        process.join()
        ours.close()


def _tell(work: Callable[[], object], theirs: "Connection[Any, Any]", ours: "Connection[Any, Any]") -> None:
    ours.close()
    theirs.send(work())


def _hear(ours: "Connection[Any, Any]") -> Any:
    try:
        return ours.recv()
    except (EOFError, ConnectionError) as error:
        raise PathUnreadable("the process that looked at the images was lost") from error
