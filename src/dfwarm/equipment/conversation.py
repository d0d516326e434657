"""
One gate that stays for a cycle: many questions over one connection, each with its deadline.

A question is one line of words. An answer is a frame: exit code (4 bytes), length of the answer (8), length of the
refusal (8), both big end first, then the two. A connection that breaks, or an answer that comes too late, ends the
conversation; nothing is ever read as an answer that was not framed whole.
"""

import contextlib
import os
import selectors
import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from dfwarm.equipment.process import end_group, start
from dfwarm.errors import AnswerRefused, DeadlinePassed
from dfwarm.facts.fact import Transcript
from dfwarm.terms import HostName

HEAD_BYTES = 20
PATIENCE_SECONDS = 2.0
"""How long the end of a conversation waits for the answer to a question that is being asked."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection ended before an answer was whole: what the transport said of it."""

    status: int
    stderr: bytes


class Conversation:
    """An open conversation with one gate. Questions are put one after the other, from any thread."""

    def __init__(self, argv: tuple[str, ...], host: HostName) -> None:
        self._argv = argv
        self._host = host
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, verb: tuple[str, ...], deadline_seconds: float) -> Transcript | Broken:
        """Put one question and wait for its answer. Raises DeadlinePassed."""
        with self._lock:
            began_at = datetime.now(UTC)
            process = self._process = self._process or start(self._argv, {})
            try:
                answer = self._exchange(process, verb, time.monotonic() + deadline_seconds)
            except BaseException:
                self._drop()
                raise
            if isinstance(answer, Broken):
                self._drop()
                return answer
            status, stdout, stderr = answer
            return Transcript(self._host, (*self._argv, *verb), status, stdout, stderr, began_at, datetime.now(UTC))

    def open(self) -> None:
        """Start the gate, so that it is there when it is asked."""
        with self._lock:
            self._process = self._process or start(self._argv, {})

    def close(self) -> None:
        """
        End the conversation. The gate hears the end of its input and goes.

        One that somebody still waits for an answer in is cut off: nobody wants the answer any more.
        """
        is_quiet = self._lock.acquire(timeout=PATIENCE_SECONDS)
        if not is_quiet:
            process = self._process
            if process is not None:
                end_group(process)
            self._lock.acquire()
        try:
            self._drop()
        finally:
            self._lock.release()

    def _exchange(
        self, process: subprocess.Popen[bytes], verb: tuple[str, ...], deadline: float
    ) -> tuple[int, bytes, bytes] | Broken:
        assert process.stdin and process.stdout  # noqa: S101  (start() asked for both)
        try:
            os.write(process.stdin.fileno(), " ".join(verb).encode() + b"\n")
        except BrokenPipeError:
            return self._explain(process)
        head = self._read(process, HEAD_BYTES, verb, deadline)
        if isinstance(head, Broken):
            return head
        lengths = int.from_bytes(head[4:12], "big"), int.from_bytes(head[12:20], "big")
        body = self._read(process, sum(lengths), verb, deadline)
        if isinstance(body, Broken):
            return body
        return int.from_bytes(head[:4], "big"), body[: lengths[0]], body[lengths[0] :]

    def _read(
        self, process: subprocess.Popen[bytes], wanted: int, verb: tuple[str, ...], deadline: float
    ) -> bytes | Broken:
        assert process.stdout  # noqa: S101
        pieces: list[bytes] = []
        missing = wanted
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while missing:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise DeadlinePassed(f"{self._host} did not answer {' '.join(verb)!r} in time")
                if not selector.select(left):
                    continue
                piece = os.read(process.stdout.fileno(), min(missing, _CHUNK))
                if not piece:
                    return self._explain(process)
                pieces.append(piece)
                missing -= len(piece)
        return b"".join(pieces)

    def _explain(self, process: subprocess.Popen[bytes]) -> Broken:
        """Wait for the end of a connection that broke, and keep its last words."""
        assert process.stderr  # noqa: S101
        try:
            process.wait(10)
        except subprocess.TimeoutExpired as error:
            raise AnswerRefused(f"{self._host} ended its answer in the middle") from error
        return Broken(process.returncode, process.stderr.read())

    def _drop(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            assert process.stdin  # noqa: S101
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            end_group(process)
