"""A real mail server for tests: aiosmtpd on a loopback port, with trustme's certificates."""

import asyncio
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER = "dfwarm"
PASSWORD = "correct horse"


@dataclass
class Mailbox:
    """What the server took, and what it answers to whom: `answers` go by recipient, `data_answers` are used up."""

    taken: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answers: list[str] = field(default_factory=list)
    was_protected: list[bool] = field(default_factory=list)
    connections: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.answers.get(address, ""):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answers:
            return self.data_answers.pop(0)
        message = message_from_bytes(bytes(envelope.content or b""), policy=policy.SMTP)
        assert isinstance(message, EmailMessage)
        self.taken.append((tuple(envelope.rcpt_tos), message))
        assert server.transport is not None
        self.was_protected.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    if data.login == USER.encode() and data.password == PASSWORD.encode():
        return AuthResult(success=True)
    # With handled=True aiosmtpd would say nothing and the client would hang. A bad server repeats the password.
    return AuthResult(success=False, handled=False, message=f"535 5.7.8 no {data.password.decode()}")


@dataclass(frozen=True)
class MailServer:
    """Where the server is and who vouches for it."""

    port: int
    mailbox: Mailbox
    authority: Path


@contextmanager
def mail_server(folder: Path, *, tls: str = "starttls", needs_login: bool = False) -> Iterator[MailServer]:
    """Serve until the block ends. `tls` is starttls, tls or none."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    mailbox, loop = Mailbox(), asyncio.new_event_loop()

    def make() -> SMTP:
        mailbox.connections += 1
        with warnings.catch_warnings():
            # It warns of a login without STARTTLS, since it does not see a line that is protected from the beginning.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                mailbox,
                hostname="mail.example.org",
                tls_context=context if tls == "starttls" else None,
                require_starttls=tls == "starttls",
                authenticator=_authenticate,
                auth_required=needs_login,
                auth_require_tls=False,
                loop=loop,
            )

    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=context if tls == "tls" else None))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield MailServer(server.sockets[0].getsockname()[1], mailbox, folder / "authority.pem")
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
