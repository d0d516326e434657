r"""
How rsync spells a name in what it prints: a control character, and the backslash of what would read as an escape.

A byte below 32 other than the tab comes as `\#ooo`, its three octal digits; so does the backslash of a name's own
`\#` with three decimal digits behind it, as `\#134`. Everything else is printed as it is (--8-bit-output), or a byte
above 126 is escaped too (without it); one reading fits both. Source: rsync(1) --8-bit-output; held against rsync
3.5.0 in tests/equipment/test_rsync_real.py.
"""

import re

from dfwarm.errors import LineUnreadable

_ESCAPED = re.compile(rb"\\#([0-9]{3})")
_TO_ESCAPE = re.compile(rb"[\x00-\x08\x0a-\x1f]|\\(?=#[0-9]{3})")
_LARGEST_BYTE = 0o377


def escape(name: bytes) -> bytes:
    """Spell a name as rsync prints it with --8-bit-output."""
    return _TO_ESCAPE.sub(lambda found: b"\\#%03o" % ord(found.group()), name)


def unescape(spelled: bytes) -> bytes:
    """Turn rsync's spelling back into the name. Raises LineUnreadable where rsync cannot have written it."""
    return _ESCAPED.sub(_read_escape, spelled)


def _read_escape(found: re.Match[bytes]) -> bytes:
    digits = found[1]
    if set(digits) & set(b"89") or int(digits, 8) > _LARGEST_BYTE:
        raise LineUnreadable("escape in a name of rsync", found.string)
    return bytes([int(digits, 8)])
