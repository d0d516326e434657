"""
Alerts on their way: each is on disk before the first try, and leaves only when it was taken.

Telling costs a cycle one small file; what waits is sent when its work is done, within a deadline, and tried again
whenever somebody sends.
"""

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.webhook import Address
from dfwarm.errors import AlertUndelivered, AnswerRefused
from dfwarm.plan.alerts import Calendar

PING_GOOD_FOR = timedelta(hours=1)
"""A sign of life that is older says nothing of now, so it is not sent any more."""

PING, POST = "ping", "webhook"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert that waits. `way` is webhook or ping; `reason` is that of the last try."""

    way: str
    subject: str
    text: str
    written_at: datetime
    tries: int = 0
    reason: str = ""

    @property
    def identity(self) -> str:
        """Its digest, which names its file."""
        key = f"{self.way}\n{self.subject}\n{self.text}\n{self.written_at.isoformat()}"
        return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Alarms:
    """The alerts of one pair below one folder, and the ways out. A way that is not there takes nothing."""

    folder: Path
    pair: str
    webhook: Address | None
    switch: Address | None
    is_chat: bool
    seconds: float
    now: Callable[[], datetime]

    def tell(self, subject: str, text: str) -> None:
        """Keep an alert for the webhook, if there is one. Raises OSError."""
        if self.webhook:
            self._keep(Alert(POST, subject, text, self.now()))

    def prove(self, subject: str) -> None:
        """Keep a sign of life for the dead-man's switch: only for a proven cycle. Raises OSError."""
        if self.switch:
            self._keep(Alert(PING, subject, "", self.now()))

    def waiting(self) -> tuple[Alert, ...]:
        """What waits, oldest first. A file that cannot be read is left alone."""
        found: list[Alert] = []
        for path in sorted(self.folder.glob("waiting/*.json")):
            try:
                found.append(wire.load(Alert, path.read_bytes()))
            except (OSError, AnswerRefused):
                continue
        return tuple(sorted(found, key=lambda each: each.written_at))

    def send_within_deadline(self) -> None:
        """Send what waits, and go on without it once the time is over: what is on its way is then sent again later."""
        sender = threading.Thread(target=self._send_quietly, daemon=True)
        sender.start()
        sender.join(self.seconds)

    def send(self) -> tuple[Alert, ...]:
        """Send what waits, oldest first; where a way is closed, its others wait. Returns what still waits."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._send_all()
        except BlockingIOError:
            pass  # another one sends
        finally:
            os.close(descriptor)
        return self.waiting()

    def _send_quietly(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: what waits is still there, and is sent later
            self.send()

    def calendar(self) -> Calendar:
        """When digest and test were sent last."""
        path = self.folder / "calendar.json"
        return wire.load(Calendar, path.read_bytes()) if path.exists() else Calendar()

    def note(self, calendar: Calendar) -> None:
        """Write down when they were sent."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self.folder / "calendar.json", wire.dump_indented(calendar).encode() + b"\n")

    def _send_all(self) -> None:
        closed: set[str] = set()
        for alert in self.waiting():
            if alert.way == PING and self.now() - alert.written_at > PING_GOOD_FOR:
                self._settle(alert, "too old to be a sign of life")
            elif alert.way not in closed:
                try:
                    self._carry(alert)
                except AlertUndelivered as error:
                    closed.add(alert.way)
                    self._keep(replace(alert, tries=alert.tries + 1, reason=str(error)))
                else:
                    self._settle(alert, "taken")

    def _carry(self, alert: Alert) -> None:
        address = self.switch if alert.way == PING else self.webhook
        if address is None:
            raise AlertUndelivered("the configuration names no address for it any more")
        if alert.way == PING:
            address.ping()
        elif self.is_chat:
            address.post({"text": quote_for_chat(f"{alert.subject}\n{alert.text}")})
        else:
            told = {"pair": self.pair, "subject": alert.subject, "text": alert.text}
            address.post({**told, "at": alert.written_at.isoformat(), "id": alert.identity})

    def _keep(self, alert: Alert) -> None:
        path = self._path(alert)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, wire.dump_indented(alert).encode() + b"\n")

    def _settle(self, alert: Alert, how: str) -> None:
        """Say in the log what became of it, then take it out."""
        line = wire.dump_line(
            {"at": self.now(), "id": alert.identity, "way": alert.way, "subject": alert.subject, "how": how}
        )
        with (self.folder / "sent.jsonl").open("ab") as log:
            log.write(line)
        self._path(alert).unlink(missing_ok=True)

    def _path(self, alert: Alert) -> Path:
        return self.folder / "waiting" / f"{alert.identity}.json"


def quote_for_chat(text: str) -> str:
    """A text that a chat shows and does not read: neither its markup nor a name that would call people."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
    return f"```\n{escaped}\n```"
