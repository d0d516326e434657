r"""
Bytes as text that can be read, printed and turned back without loss.

Names of study files are bytes. In text they appear as UTF-8 where they are UTF-8 and printable; every other byte
appears as `\xNN`, a backslash as `\\`. The spelling holds no control character and no lone surrogate, so it is
safe on a terminal, in JSON, in CSV and in mail.
"""

import re

_ESCAPE = re.compile(rb"\\(?:\\|x[0-9a-f]{2})|\\")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable and that nobody sees."""

_FORMULA = tuple("=+-@\t\r")


def spell(name: bytes) -> str:
    """Spell bytes as printable text."""
    if name.isascii() and b"\\" not in name and (text := name.decode("ascii")).isprintable():
        return text
    return "".join(map(_spell_character, name.decode("utf-8", "surrogateescape")))


def unspell(text: str) -> bytes:
    """Turn a spelling back into its bytes. A spelling that `spell` never writes raises ValueError."""
    name = _ESCAPE.sub(_read_escape, text.encode("utf-8"))
    if spell(name) != text:
        raise ValueError(f"not a spelling: {text!r}")
    return name


def is_seen(character: str) -> bool:
    """Whether a character shows as itself and does nothing else: no control, no mark of direction, no empty place."""
    return character.isprintable() and not _UNSEEN.match(character)


def printable(text: str) -> str:
    r"""
    Text without a character that could act: controls, marks of direction, unseen ones, surrogates become `\uNNNN`.

    Names of study files are spelled already; this holds for words that come from elsewhere, as a server's answer. In
    JSON the escape means the very character that it replaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if is_seen(character) else _escape(character) for character in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines, whose ends stay."""
    return "\n".join(map(printable, text.split("\n")))


def cell(value: object) -> object:
    """A value for a table that a spreadsheet may open: a text is printable and never a formula."""
    if not isinstance(value, str):
        return value
    return f"'{printable(value)}" if value.startswith(_FORMULA) else printable(value)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))


def _spell_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if is_seen(character):
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _read_escape(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    if escape == b"\\":
        raise ValueError("a lone backslash is not a spelling")
    return b"\\" if escape == b"\\\\" else bytes([int(escape[2:].decode(), base=16)])
