"""
`SHA256SUMS` of a bundle: what it covers, as `sha256sum -c` reads it, and nothing that `sha256sum -c` reads otherwise.

Names are plain ASCII in the order of their bytes, so no line needs an escape.
"""

import re
from collections.abc import Mapping

from dfwarm.errors import BundleRefused

SUMS = "SHA256SUMS"
STATEMENT = "statement.json"
SIGNATURE = "statement.json.sig"
TOKENS = ("statement.json.sig.tsr", "statement.json.sig.tsr2")
RENDERED = ("certificate.txt", "certificate.html", "certificate.pdf", "letter.txt", "letter.html")
RENDERINGS = ("RENDERINGS.sha256", "RENDERINGS.sha256.sig")
ADDED_LATER = ("delivery.txt", "history.txt", "unsealed.txt")
REVIEWS = "reviews/"

NOT_COVERED = frozenset({SUMS, STATEMENT, SIGNATURE, *TOKENS, *RENDERED, *RENDERINGS, *ADDED_LATER})
"""Files that lie beside the seal: the seal itself, what is rendered from it, and what comes after it."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@:=-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+@:=-]*)*")
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>.+)")


def is_covered(name: str) -> bool:
    """Whether a file of a bundle has to stand in `SHA256SUMS`."""
    return name not in NOT_COVERED and not name.startswith(REVIEWS)


def render_sums(digests: Mapping[str, str]) -> bytes:
    """Write the digests of files by name. Raises BundleRefused for a name that would need an escape."""
    for name in digests:
        _refuse_other_name(name)
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def parse_sums(content: bytes) -> dict[str, str]:
    """Read the digests by name, in the one form in which they are written. Raises BundleRefused."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n")[:-1], start=1):
        match = _LINE.fullmatch(line)
        if not match:
            raise BundleRefused(f"{SUMS} line {number} is no digest and name: {line[:80]!r}")
        _refuse_other_name(match["name"])
        found[match["name"]] = match["digest"]
    if render_sums(found) != content or not found:
        raise BundleRefused(f"{SUMS} is empty, cut short or not in the order in which it is written")
    return found


def _refuse_other_name(name: str) -> None:
    if not _NAME.fullmatch(name) or not is_covered(name):
        raise BundleRefused(f"{SUMS} cannot cover a file named {name[:80]!r}")
