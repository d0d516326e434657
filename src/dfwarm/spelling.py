r"""
Bytes as text that can be read, printed and turned back without loss.

Names of study files are bytes. In text they appear as UTF-8 where they are UTF-8 and printable; every other byte
appears as `\xNN`, a backslash as `\\`. The spelling holds no control character and no lone surrogate, so it is
safe on a terminal, in JSON, in CSV and in mail.
"""

import re

_ESCAPE = re.compile(rb"\\(?:\\|x[0-9a-f]{2})|\\")
_BIDI_AND_SEPARATORS = frozenset("\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


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


def _spell_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable() and character not in _BIDI_AND_SEPARATORS:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _read_escape(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    if escape == b"\\":
        raise ValueError("a lone backslash is not a spelling")
    return b"\\" if escape == b"\\\\" else bytes([int(escape[2:].decode(), base=16)])
