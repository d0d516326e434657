"""
Who may sign what and when: the `allowed_signers` of ssh-keygen(1), read strictly.

A date without `Z` would be local time and is refused; so is an option or a pattern that is not understood here, since
passing over it could let a key sign what it may not.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from dfwarm.errors import BundleRefused, LineUnreadable
from dfwarm.evidence.sshsig import fingerprint, unpack

SOURCE = "allowed_signers"

_LINE = re.compile(
    r"(?P<principals>[A-Za-z0-9@._,+-]+)(?: (?P<options>(?:[a-z-]+=\"[^\"]*\",?)+))? "
    r"(?P<type>[a-z0-9@.-]+) (?P<key>[A-Za-z0-9+/=]+)(?: (?P<comment>.*))?"
)
_OPTION = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
_TIME = re.compile(r"\d{8}(?:\d{4}(?:\d\d)?)?Z")
_TIME_FORM = "%Y%m%d%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Signer:
    """One line: a principal, its key, the namespaces it may sign in, and its window. No bound is `None`."""

    principal: str
    key: bytes
    namespaces: tuple[str, ...]
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key."""
        return fingerprint(self.key)

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether the key may sign at a moment, both bounds included, as OpenSSH takes them."""
        return (self.valid_after is None or self.valid_after <= moment) and (
            self.valid_before is None or moment <= self.valid_before
        )


def render_signers(signers: Iterable[Signer]) -> bytes:
    """Write the file."""
    return "".join(f"{_line(signer)}\n" for signer in signers).encode()


def parse_signers(content: bytes) -> tuple[Signer, ...]:
    """Read the file. Raises LineUnreadable with the number of the line."""
    found: list[Signer] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip() and not line.startswith(b"#"):
            found.extend(_parse_line(line, number))
    return tuple(found)


def names_of_person(register: Iterable[Signer], name: str) -> frozenset[str]:
    """
    Every name of the person that a name means in a register: the user, and the printed name behind the key.

    Two lines with one key are one person. A name that the register does not know has no other one.
    """
    people, names, keys = tuple(register), {_fold(name)}, set[bytes]()
    for _ in people:  # each turn follows one more line, and there are no more turns to take than lines
        here = [each for each in people if each.key in keys or names & {_fold(each.principal), _fold(each.comment)}]
        keys |= {each.key for each in here}
        names |= {_fold(word) for each in here for word in (each.principal, each.comment) if word}
    return frozenset(names)


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def permit(signers: Iterable[Signer], key: bytes, namespace: str, moment: datetime) -> Signer:
    """The line that lets a key sign in a namespace at a moment. Raises BundleRefused where none does."""
    known = [signer for signer in signers if signer.key == key]
    if not known:
        raise BundleRefused(f"key {fingerprint(key)} is not among the allowed signers")
    named = [signer for signer in known if namespace in signer.namespaces]
    if not named:
        raise BundleRefused(f"key {fingerprint(key)} may not sign for {namespace}")
    for signer in named:
        if signer.is_valid_at(moment):
            return signer
    raise BundleRefused(f"key {fingerprint(key)} was not valid at {spell_window_time(moment)}: {_say_window(named[0])}")


def spell_window_time(moment: datetime) -> str:
    """A moment as `allowed_signers` and `-Overify-time` take it, with its `Z`."""
    return moment.astimezone(UTC).strftime(_TIME_FORM)


def _say_window(signer: Signer) -> str:
    after = f"after {spell_window_time(signer.valid_after)}" if signer.valid_after else ""
    before = f"before {spell_window_time(signer.valid_before)}" if signer.valid_before else ""
    return f"it is valid {' and '.join(filter(None, (after, before)))}"


def _line(signer: Signer) -> str:
    options = [f'namespaces="{",".join(signer.namespaces)}"']
    if signer.valid_after:
        options.append(f'valid-after="{spell_window_time(signer.valid_after)}"')
    if signer.valid_before:
        options.append(f'valid-before="{spell_window_time(signer.valid_before)}"')
    key_type, _ = unpack(signer.key)
    words = (signer.principal, ",".join(options), key_type.decode(), base64.b64encode(signer.key).decode())
    return " ".join((*words, signer.comment) if signer.comment else words)


def _parse_line(line: bytes, number: int) -> list[Signer]:
    match = _LINE.fullmatch(line.decode("utf-8", "replace"))
    if not match:
        raise LineUnreadable(SOURCE, line, number=number)
    try:
        key = _parse_key(match["type"], match["key"])
        options = dict(_OPTION.findall(match["options"] or ""))
        namespaces = _parse_namespaces(options.pop("namespaces"))
        after, before = (_parse_time(options.pop(name, "")) for name in ("valid-after", "valid-before"))
        _refuse(options, "an option that is not known")
    except (ValueError, KeyError, binascii.Error) as error:
        raise LineUnreadable(SOURCE, line, number=number) from error
    comment = match["comment"] or ""
    return [Signer(name, key, namespaces, after, before, comment) for name in match["principals"].split(",")]


def _parse_key(key_type: str, text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    _refuse(unpack(key)[0] != key_type.encode(), "a key of another type")
    return key


def _parse_namespaces(text: str) -> tuple[str, ...]:
    _refuse(any(character in text for character in "*?!"), "a pattern for a namespace")
    return tuple(text.split(","))


def _parse_time(text: str) -> datetime | None:
    if not text:
        return None
    _refuse(not _TIME.fullmatch(text), "a date without Z")
    return datetime.strptime(text.removesuffix("Z").ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _refuse(fault: object, says: str) -> None:
    if fault:
        raise ValueError(says)
