"""A link that can be cut, can stall or can be slow: a relay between two loopback ports."""

import contextlib
import selectors
import socket
import threading
from dataclasses import dataclass, field
from typing import Self

_PIECE = 1 << 16


@dataclass(slots=True)
class Relay:
    """Carries every connection to a port, until somebody cuts the link."""

    target: int
    port: int = 0
    _listener: socket.socket = field(init=False)
    _pairs: dict[socket.socket, socket.socket] = field(default_factory=dict)
    _is_stalled: bool = False
    _bytes_a_second: int = 0
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(5)
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        """Close every connection at once. New ones are carried again."""
        with self._lock:
            for ours in list(self._pairs):
                self._drop(ours)

    def stall(self, *, is_stalled: bool) -> None:
        """Carry nothing, and say nothing of it, until it is ended."""
        self._is_stalled = is_stalled

    def slow(self, bytes_a_second: int) -> None:
        """Carry no more than so much in a second; 0 is as fast as it goes."""
        self._bytes_a_second = bytes_a_second

    def _carry(self) -> None:
        while not self._end.is_set():
            with selectors.DefaultSelector() as selector:
                selector.register(self._listener, selectors.EVENT_READ)
                with self._lock:
                    for ours in self._pairs:
                        selector.register(ours, selectors.EVENT_READ)
                if self._is_stalled:
                    self._end.wait(0.05)
                    continue
                ready = selector.select(0.05)
            with self._lock:
                for key, _ in ready:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._pairs:
                        self._pass_on(key.fileobj)

    def _accept(self) -> None:
        ours, _ = self._listener.accept()
        try:
            theirs = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:
            ours.close()
            return
        for end in (ours, theirs):
            end.settimeout(10)
        self._pairs[ours], self._pairs[theirs] = theirs, ours

    def _pass_on(self, ours: socket.socket) -> None:
        try:
            limit = self._bytes_a_second
            piece = ours.recv(min(_PIECE, limit // 10) if limit else _PIECE)
            if piece:
                self._pairs[ours].sendall(piece)
                if limit:
                    self._end.wait(len(piece) / limit)
        except OSError:
            piece = b""
        if not piece:
            self._drop(ours)

    def _drop(self, ours: socket.socket) -> None:
        theirs = self._pairs.pop(ours, None)
        if theirs is not None:
            self._pairs.pop(theirs, None)
            for end in (ours, theirs):
                with contextlib.suppress(OSError):
                    end.close()
