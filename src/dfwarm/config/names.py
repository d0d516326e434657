"""Names and commands as the configuration writes them."""

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

from dfwarm.config.mistake import Refused
from dfwarm.facts.site import PLACEHOLDERS, unknown_placeholders
from dfwarm.plan.snapshots import PLACEHOLDERS as SNAPSHOT_PLACEHOLDERS
from dfwarm.terms import StudyNumber

_STUDY = re.compile(r"\d{3}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}")
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}\$?")
_PAIR = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_REPORT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_VOLUME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*(?:/[A-Za-z0-9][A-Za-z0-9_.:-]*)*")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_ADDRESS = re.compile(r"[^@\s<>,;\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_DATABASE = re.compile(r"postgresql\+psycopg://(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9./:?=&%_-]*")
_ENDPOINT = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_ACCESS_KEY = re.compile(r"[A-Za-z0-9]{3,128}")
_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.:-]{0,252}(?:/[A-Za-z0-9._~/-]*)?")
_LONGEST_LABEL = 60
_VARIABLE = re.compile(r"\$[A-Za-z_{(]|`")


def study_number(text: str) -> StudyNumber:
    """Read `035`. Raises Refused."""
    if not _STUDY.fullmatch(text) or text == "000":
        raise Refused("is not a study number", 'Write three digits in quotes, "001" to "999".')
    return StudyNumber(int(text))


def host_name(text: str) -> str:
    """Read a host's name or address. A leading hyphen would be an option of ssh. Raises Refused."""
    return _match(_HOST, text, "is not a host name or address", "Write the name alone, without user, port or scheme.")


def account(text: str) -> str:
    """Read the name of an account. Raises Refused."""
    return _match(_ACCOUNT, text, "is not the name of an account", "")


def pair_name(text: str) -> str:
    """Read the name of a pair, which also names files and units. Raises Refused."""
    return _match(_PAIR, text, "is not the name of a pair", "Use small letters, digits and hyphens.")


def report_name(text: str) -> str:
    """Read the name of a report, which also names files. Raises Refused."""
    return _match(_REPORT, text, "is not the name of a report", "Use letters, digits and underscores.")


def report_label(text: str) -> str:
    """Read what a line of a vendor's report begins with, up to its number. Raises Refused."""
    if not text.strip() or not text.isprintable() or text != text.rstrip() or len(text) > _LONGEST_LABEL:
        raise Refused("is no label", "Write what the line begins with, up to the number, without blanks at its end.")
    if text[-1].isdigit():
        raise Refused("ends with a digit, which could be part of the number")
    return text


def database_url(text: str) -> str:
    """Read the address of a database. Raises Refused, also where it holds a password."""
    hint = "Let the account come in without a password, or keep it in that account's .pgpass file."
    return _match(_DATABASE, text, "is not the address of a PostgreSQL database without a password", hint)


def credential_name(text: str) -> str:
    """Read the name of a systemd credential. Raises Refused."""
    return _match(_CREDENTIAL, text, "is not the name of a credential", "Write the name of LoadCredential= alone.")


def directory_key(text: str) -> str:
    """Read a directory key of DFserver.cf, as PAGE_DIR. Raises Refused."""
    return _match(_KEY, text, "is no directory key of DFserver.cf", "Write for example PAGE_DIR.")


def mail_address(text: str) -> str:
    """Read a mail address without a display name. Raises Refused."""
    return _match(_ADDRESS, text, "is not a mail address", "Write name@host alone.")


def command(words: Sequence[str]) -> tuple[str, ...]:
    """Read an argv list. There is no shell, so what only a shell understands is refused. Raises Refused."""
    if not words or not words[0].strip():
        raise Refused("names no program")
    if any(not word.isprintable() for word in words):
        raise Refused("holds a control character")
    if any(_VARIABLE.search(word) for word in words):
        raise Refused("holds a variable that nobody expands", "No shell reads this file; write a script for it.")
    if unknown := unknown_placeholders(tuple(words)):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Refused(f"holds the unknown placeholder {{{unknown[0]}}}", f"Known are {known}.")
    return tuple(words)


def snapshot_command(words: Sequence[str]) -> tuple[str, ...]:
    """Read the site's own command for snapshots: an argv list with placeholders of its own. Raises Refused."""
    unknown = {name for word in words for name in _PLACEHOLDER.findall(word)} - set(SNAPSHOT_PLACEHOLDERS)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in SNAPSHOT_PLACEHOLDERS)
        raise Refused(f"holds the unknown placeholder {{{min(unknown)}}}", f"Known are {known}.")
    plain = tuple(_PLACEHOLDER.sub("x", word) for word in words)
    command(plain)
    return tuple(words)


def volume_name(text: str) -> str:
    """Read a dataset of ZFS, or a volume of LVM behind its group. Raises Refused."""
    return _match(_VOLUME, text, "is not the name of a volume", "Write tank/studies, or group/volume.")


def day(text: str) -> date:
    """Read `2027-01-31`. Raises Refused."""
    try:
        if len(text) == len("2027-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refused("is not a day", "Write it as 2027-01-31.")


def authority_url(text: str) -> str:
    """Read the address of a time-stamp authority. Raises Refused."""
    return _match(_URL, text, "is not the address of an authority", "Write http:// or https://, a host and a path.")


def endpoint(text: str) -> str:
    """Read the address of an S3 service. Raises Refused."""
    hint = "Write https:// and a host; http:// only for this host itself."
    return _match(_ENDPOINT, text, "is not the address of an S3 service", hint)


def bucket(text: str) -> str:
    """Read the name of a bucket. Raises Refused."""
    return _match(_BUCKET, text, "is not the name of a bucket", "Lower case letters, digits, dots and dashes.")


def key_prefix(text: str) -> str:
    """Read what the names of objects begin with. Raises Refused."""
    return _match(_PREFIX, text, "is not a beginning for names of objects", "Write it as dfwarm/toronto.")


def access_key(text: str) -> str:
    """Read the public half of an S3 credential. Raises Refused."""
    return _match(_ACCESS_KEY, text, "is not an access key id", "The secret half stands in a file of its own.")


def one_of(choices: type[StrEnum]) -> Callable[[str], str]:
    """A reader that takes the values of an enum alone."""
    values = [choice.value for choice in choices]

    def read(text: str) -> str:
        if text not in values:
            nearest = difflib.get_close_matches(text, values, n=1)
            raise Refused(f"is not {spell_choices(values)}", f'Did you mean "{nearest[0]}"?' if nearest else "")
        return text

    return read


def spell_choices(values: Sequence[str]) -> str:
    """Write choices as a person would: `"ssh" or "local"`."""
    *head, last = [f'"{value}"' for value in values]
    return f"{', '.join(head)} or {last}" if head else last


def _match(pattern: re.Pattern[str], text: str, message: str, hint: str) -> str:
    if not pattern.fullmatch(text):
        raise Refused(message, hint)
    return text
