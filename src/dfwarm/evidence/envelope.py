"""A letter as an Internet message: text first, then its HTML twin, nothing attached. Same letter, same bytes."""

import hashlib
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from dfwarm.evidence.letter import Letter


def letter_id(letter: Letter) -> str:
    """The identity of a letter: 32 hex digits of the SHA-256 of all that it says."""
    said = f"{letter.subject}\0{letter.text}\0{letter.html}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def write_message(letter: Letter, sender: str, recipients: tuple[str, ...], written_at: datetime) -> EmailMessage:
    """
    Put a letter into its envelope.

    The Message-ID comes from the letter alone, so a letter that is sent again after a crash can be told as the same
    one by whoever gets it twice.
    """
    identity = letter_id(letter)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(sender)
    message["To"] = tuple(map(_address, recipients))
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{identity}.dfwarm@{sender.rpartition('@')[2]}>"
    # RFC 3834: no vacation notice may answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message.set_boundary(f"=_dfwarm_{identity}")
    return message


def _address(text: str) -> Address:
    name, _, domain = text.rpartition("@")
    return Address(username=name, domain=domain)
