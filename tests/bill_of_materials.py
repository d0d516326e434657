"""
The bill of materials of dfwarm (CycloneDX 1.6), from the lock file and from what is installed.

`python tests/bill_of_materials.py [FILE]` writes it. Names, versions and digests come from `requirements.lock`; licences from
the metadata of the installed packages, and one that is not installed here says so. The same lock gives the same bill.
"""

import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
UNKNOWN = "NOASSERTION"
_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE
)
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


@dataclass(frozen=True, slots=True)
class Pin:
    """A package of the lock: its name, its one version, the digests of its files, where it is needed."""

    name: str
    version: str
    digests: tuple[str, ...]
    marker: str

    @property
    def purl(self) -> str:
        """Its package address."""
        return f"pkg:pypi/{re.sub('[-_.]+', '-', self.name).lower()}@{self.version}"


def read_pins(lock: str) -> tuple[Pin, ...]:
    """Every package of a lock. A line that is neither a pin nor one of its digests is an error."""
    pins: list[Pin] = []
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        found, digests = _PIN.match(entry), tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
        if not found or not digests:
            raise ValueError(f"no pinned package with digests: {entry[:80]!r}")
        pins.append(Pin(found["name"], found["version"], digests, (found["marker"] or "").strip()))
    return tuple(pins)


def licence_of(name: str) -> str:
    """The licence that a package declares, in short."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return UNKNOWN
    classified = [
        each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or () if each.startswith("License ::")
    ]
    short = str(told.get("License") or "").strip()
    return str(
        told.get("License-Expression") or (short if 0 < len(short) < 60 else "") or "; ".join(classified) or UNKNOWN
    )


def make_bill(lock: str, version: str) -> dict[str, Any]:
    """The bill as CycloneDX."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "dfwarm",
                "name": "dfwarm",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(pin) for pin in read_pins(lock)],
        "dependencies": [{"ref": "dfwarm", "dependsOn": [pin.purl for pin in read_pins(lock)]}],
    }


def _component(pin: Pin) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "licenses": [{"license": {"name": licence_of(pin.name)}}],
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
    }
    return component | ({"properties": [{"name": "dfwarm:marker", "value": pin.marker}]} if pin.marker else {})


def version_of_this() -> str:
    """The version that pyproject.toml says."""
    (found,) = re.findall(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    return str(found)


if __name__ == "__main__":
    bill = json.dumps(make_bill(LOCK.read_text(), version_of_this()), indent=2) + "\n"
    Path(sys.argv[1]).write_text(bill) if sys.argv[1:] else sys.stdout.write(bill)
