"""
Work shared among processes: threads would fight over the interpreter.

The processes are forked, so each sees everything that was known when they began; only numbers of tasks go in and only
results come out. They take the next task when they are done with one. A process that is lost is an error, never a
smaller result.
"""

import contextlib
import gc
import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from dfwarm.errors import PathUnreadable

T = TypeVar("T")

AHEAD = 3
"""Tasks that lie before each process."""

_FORK = multiprocessing.get_context("fork")


def share_out(tasks: int, work: Callable[[int], T], workers: int) -> Iterator[tuple[int, T]]:
    """
    Give the number of each task and its result, as they are done.

    Raises PathUnreadable where a process did not finish. With one worker the work is done here, in order.
    """
    if min(workers, tasks) <= 1:
        yield from ((task, work(task)) for task in range(tasks))
        return
    yield from _among_processes(tasks, work, min(workers, tasks))


def _among_processes(tasks: int, work: Callable[[int], T], workers: int) -> Iterator[tuple[int, T]]:
    gc.freeze()  # what is known now is not looked through again by any of the processes, so its pages stay shared
    connections: list[Connection[Any, Any]] = []
    processes = []
    try:
        for _ in range(workers):
            ours, theirs = _FORK.Pipe()
            connections.append(ours)
            process = _FORK.Process(target=_serve, args=(work, theirs, tuple(connections)), daemon=True)
            process.start()
            processes.append(process)
            theirs.close()  # before the next fork: only its own process holds it, so its end is heard at once
        yield from _hand_out(tasks, connections)
    finally:
        gc.unfreeze()
        for process in processes:
            process.terminate()
            process.join()
        for ours in connections:
            ours.close()


def _hand_out(tasks: int, connections: list["Connection[Any, Any]"]) -> Iterator[tuple[int, Any]]:
    """Keep a few tasks before every process, so that none waits for the next one."""
    left, done = iter(range(tasks)), 0
    for connection in connections * AHEAD:
        _send_next(connection, left)
    while done < tasks:
        for ready in wait(connections):
            connection = connections[connections.index(ready)]  # type: ignore[arg-type]
            try:
                result = connection.recv()
            except (EOFError, ConnectionError) as error:
                raise PathUnreadable(f"a process was lost, with {tasks - done} of {tasks} tasks to go") from error
            _send_next(connection, left)
            done += 1
            yield result


def _send_next(connection: "Connection[Any, Any]", left: Iterator[int]) -> None:
    for task in itertools.islice(left, 1):
        with contextlib.suppress(ConnectionError):  # a lost process is found when its result is missing
            connection.send(task)


def _serve(work: Callable[[int], object], connection: "Connection[Any, Any]", others: tuple[Any, ...]) -> None:
    """Work until the other end is gone."""
    for other in others:
        other.close()
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            task = connection.recv()
            connection.send((task, work(task)))
