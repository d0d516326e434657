"""The way to the mail server: one letter over SMTP, with a deadline, and what the server said of each recipient."""

import base64
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

from dfwarm.errors import DfwarmError
from dfwarm.evidence.passage import printable

DEADLINE_SECONDS = 60.0

_LONGEST_ANSWER = 300


class Protection(StrEnum):
    """How the way to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the mail server. The password is read when it is needed and kept nowhere."""

    user: str
    read_password: Callable[[], str]


@dataclass(frozen=True, slots=True)
class NoLogin:
    """The mail server takes letters from this host without a password."""


@dataclass(frozen=True, slots=True)
class Route:
    """
    The way that letters take. `authorities` are the files of those who may vouch for the server.

    No `authorities` means those that this host trusts. The deadline holds for one letter as a whole.
    """

    host: str
    port: int
    protection: Protection
    sender: str
    recipients: tuple[str, ...]
    login: Login | NoLogin = NoLogin()
    authorities: tuple[Path, ...] = ()
    deadline_seconds: float = DEADLINE_SECONDS


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the server said of one recipient. One that is not final may be taken later (4yz of RFC 5321)."""

    address: str
    says: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of one try.

    `reason` says why the letter could not be handed over to anybody; it is empty where the server spoke of each
    recipient. A dead end concerns every letter, not this one alone.
    """

    accepted: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    reason: str = ""
    is_dead_end: bool = False


def carry(message: EmailMessage, route: Route, recipients: tuple[str, ...]) -> Answer:
    """Hand a message to the mail server for some recipients. Whatever goes wrong is in the answer, never the secret."""
    conversation = _Conversation(route)
    try:
        refused = conversation.hold(message, recipients)
    except smtplib.SMTPRecipientsRefused as refusal:
        return Answer(refused=tuple(_refusals(refusal.recipients, conversation.secrets)))
    except (OSError, ValueError, DfwarmError) as error:
        reason = _hide(_explain(error, route, conversation), conversation.secrets)
        return Answer(reason=reason, is_dead_end=not isinstance(error, smtplib.SMTPDataError))
    accepted = tuple(address for address in recipients if address not in refused)
    return Answer(accepted, tuple(_refusals(refused, conversation.secrets)))


@dataclass(slots=True)
class _Conversation:
    """One conversation with the server, and what must never be told of it."""

    route: Route
    secrets: list[str] = field(default_factory=list)
    has_run_out: bool = False

    def hold(self, message: EmailMessage, recipients: tuple[str, ...]) -> Mapping[str, tuple[int, bytes]]:
        """Greet, protect, log in, hand over. Returns what was said of the recipients that were refused."""
        server = _make_server(self.route)
        try:
            with self._ended_in_time(server):
                _greet(server, self.route)
                _protect(server, self.route)
                _log_in(server, self.route, self.secrets)
                refused = server.send_message(message, self.route.sender, recipients)
                # The letter is taken. A server that stumbles over the farewell does not make it untaken.
                with contextlib.suppress(OSError, ValueError):
                    server.quit()
                return refused
        finally:
            server.close()

    @contextlib.contextmanager
    def _ended_in_time(self, server: smtplib.SMTP) -> Iterator[None]:
        """A socket's own timeout holds for one answer; a server that answers byte by byte would hold us for ever."""
        timer = threading.Timer(self.route.deadline_seconds, self._cut_off, (server,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut_off(self, server: smtplib.SMTP) -> None:
        self.has_run_out = True
        if server.sock is not None:
            with contextlib.suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)


def _make_server(route: Route) -> smtplib.SMTP:
    if route.protection is not Protection.TLS:
        return _NamedSMTP(route.host, timeout=route.deadline_seconds)
    return _NamedSMTPS(route.host, timeout=route.deadline_seconds, context=_context(route))


class _NamedSMTP(smtplib.SMTP):
    """Knows its host before it connects, so that the deadline can be set first and still holds for the greeting."""

    def __init__(self, host: str, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._host = host


class _NamedSMTPS(smtplib.SMTP_SSL):
    """The same for a line that is protected from its first byte."""

    def __init__(self, host: str, *, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(timeout=timeout, context=context)
        self._host = host


def _context(route: Route) -> ssl.SSLContext:
    if not route.authorities:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for file in route.authorities:
        try:
            context.load_verify_locations(cafile=file)
        except OSError as error:
            raise ValueError(f"the authorities in {file} cannot be read: {error.strerror or error}") from error
    return context


def _greet(server: smtplib.SMTP, route: Route) -> None:
    code, text = server.connect(route.host, route.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, text)


def _protect(server: smtplib.SMTP, route: Route) -> None:
    if route.protection is Protection.STARTTLS:
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("starttls"):
            raise ValueError("the mail server offers no STARTTLS, and nothing is sent in clear text")
        server.starttls(context=_context(route))


def _log_in(server: smtplib.SMTP, route: Route, secrets: list[str]) -> None:
    if isinstance(route.login, NoLogin):
        return
    if route.protection is Protection.NONE:
        raise ValueError("the password is not sent over a line without protection")
    password = route.login.read_password()
    pair = f"\0{route.login.user}\0{password}"
    secrets += [password, *(base64.b64encode(text.encode()).decode() for text in (password, pair))]
    if not f"{route.login.user}{password}".isascii():
        # smtplib can only send ASCII, and its complaint would carry the password along.
        raise ValueError("the user or the password is not ASCII, which this login cannot carry")
    server.login(route.login.user, password)


def _refusals(answers: Mapping[str, tuple[int, bytes]], secrets: list[str]) -> Iterator[Refusal]:
    for address, (code, text) in answers.items():
        yield Refusal(address, _hide(_quote(code, text), secrets), is_final=code // 100 == 5)


def _explain(error: Exception, route: Route, conversation: _Conversation) -> str:
    """Say in words what went wrong on the way."""
    place = f"{route.host}:{route.port}"
    # smtplib tells a time-out while it reads as a disconnection of its own, with the time-out as its context.
    if conversation.has_run_out or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"{place} did not take the letter within {route.deadline_seconds:g} s"
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"{place} refuses the login: {_quote(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPSenderRefused():
            return f"{place} refuses the sender {error.sender}: {_quote(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPResponseException():
            return f"{place} refuses the letter: {_quote(error.smtp_code, error.smtp_error)}"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {place} is not trusted: {error.verify_message}"
        case ConnectionRefusedError():
            return f"nothing answers at {place}"
        case socket.gaierror():
            return f"the mail server {route.host} is not known: {error.strerror}"
        case _:
            return f"{place}: {error}"


def _quote(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    return f"{code} {said[:_LONGEST_ANSWER]}"


def _hide(text: str, secrets: list[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "(hidden)")
    return printable(text)
