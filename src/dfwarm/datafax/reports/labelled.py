"""
One number of a vendor's text, by the label that its line begins with.

The layout of the vendor's reports is in no source, so nothing is guessed: exactly one line must begin with the label,
and one whole number must follow it. Anything else is said, and is no number.
"""

import re

MOST_DIGITS = 15

_NUMBER = rb"\s*(?<![0-9])([0-9]{1,%d}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?=\s|$)[^0-9]*" % MOST_DIGITS


class LabelUnreadable(ValueError):
    """The text does not print one number under the label."""


def read_labelled(text: bytes, label: bytes) -> int:
    """Read the number that follows a label in a normalised text. Raises LabelUnreadable."""
    lines = [line for line in text.split(b"\n") if line.startswith(label)]
    if len(lines) != 1:
        raise LabelUnreadable(f"{len(lines)} lines begin so" if lines else "no line begins so")
    found = re.fullmatch(re.escape(label) + _NUMBER, lines[0].rstrip())
    if not found:
        raise LabelUnreadable("no single whole number follows in its line")
    return int(found[1].replace(b",", b""))
