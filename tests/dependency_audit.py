"""
Ask a database of weaknesses about every package of the lock.

`python tests/dependency_audit.py [ADDRESS]` asks osv.dev, or another service of its form. Exit code 0: it knows of none; 1: it knows of some;
3: it could not be asked about all of them, which is no good news.
"""

import json
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bill_of_materials import LOCK, Pin, read_pins

ADDRESS = "https://api.osv.dev/v1/querybatch"
CLEAN, WEAK, NOT_ASKED = 0, 1, 3
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found. `problem` says why nobody could be asked."""

    asked: int
    weaknesses: tuple[str, ...] = ()
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """What it adds up to: not having asked is never clean."""
        if self.problem or not self.asked:
            return NOT_ASKED
        return WEAK if self.weaknesses else CLEAN

    def say(self) -> str:
        """The audit in a few lines."""
        if self.exit_code == NOT_ASKED:
            return f"NOT AUDITED: {self.problem or 'the lock names no package'}"
        return "\n".join((*self.weaknesses, f"{self.asked} packages, {len(self.weaknesses)} known weaknesses"))


def audit(pins: tuple[Pin, ...], address: str = ADDRESS) -> Audit:
    """Ask about the packages."""
    queries = [{"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version} for pin in pins]
    request = urllib.request.Request(  # noqa: S310  (an address that the caller names)
        address, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            results = json.load(answer)["results"]
        if len(results) != len(pins):
            return Audit(0, problem=f"{address} answered about {len(results)} of {len(pins)} packages")
        if any(each.get("next_page_token") for each in results):
            return Audit(0, problem=f"{address} answered in part")
        found = [(pin, weak["id"]) for pin, each in zip(pins, results, strict=True) for weak in each.get("vulns", ())]
    except (OSError, urllib.error.URLError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Audit(0, problem=f"{address} could not be asked: {type(error).__name__}: {error}")
    return Audit(len(pins), tuple(f"{pin.name} {pin.version}: {name}" for pin, name in found))


if __name__ == "__main__":
    made = audit(read_pins(Path(LOCK).read_text()), *sys.argv[1:2])
    print(made.say())
    sys.exit(made.exit_code)
