"""Post to a webhook, or ping a dead-man's switch, over HTTP. An address is a secret: nothing here ever repeats it."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import IO

from dfwarm.errors import AlertUndelivered, ConfigInvalid

_SAID_AT_MOST = 1


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message somewhere else."""

    def redirect_request(  # noqa: PLR0917 - the library's own
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: Message,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Address:
    """Where to go; it is read when it is needed, and how long that may take at each step."""

    read: Callable[[], str]
    seconds: float

    def post(self, content: dict[str, str]) -> None:
        """Post a JSON object. Raises AlertUndelivered."""
        self._open(json.dumps(content).encode())

    def ping(self) -> None:
        """Ask for the address. Raises AlertUndelivered."""
        self._open(None)

    def _open(self, body: bytes | None) -> None:
        try:
            address = self.read()
        except ConfigInvalid as error:
            raise AlertUndelivered(str(error)) from error
        if not address.startswith(("http://", "https://")):
            raise AlertUndelivered("the address is none that begins with http:// or https://")
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            request = urllib.request.Request(address, body, headers)  # noqa: S310  (looked at above)
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self.seconds) as answer:
                answer.read(_SAID_AT_MOST)
        except urllib.error.HTTPError as error:
            with error:
                raise AlertUndelivered(f"it answered with status {error.code}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            word = type(reason).__name__ if isinstance(reason, BaseException) else "URLError"
            raise AlertUndelivered(f"it did not answer: {word}") from None
