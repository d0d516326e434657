"""A real HTTP server on the loopback that takes alerts, refuses them, or says nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "T0KEN-canary-7f3a"


@dataclass
class Alerted:
    """What came, and with which status it is answered; 0 is not answered at all until `released`."""

    url: str = ""
    status: int = 200
    posts: list[dict[str, str]] = field(default_factory=list)
    pings: int = 0
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def alert_server() -> Iterator[Alerted]:
    alerted = Alerted()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(lambda: alerted.posts.append(json.loads(body)))

        def do_GET(self) -> None:
            def count() -> None:
                alerted.pings += 1

            self._answer(count)

        def _answer(self, take: Any) -> None:
            if not alerted.status:
                alerted.released.wait(30)
                return
            if alerted.status < 300:
                take()
            self.send_response(alerted.status)
            self.send_header("Location", alerted.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    alerted.url = f"http://127.0.0.1:{server.server_address[1]}/{TOKEN}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield alerted
    finally:
        alerted.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
