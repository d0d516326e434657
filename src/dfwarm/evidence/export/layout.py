"""How an export is laid out, with or without the wrapping of BagIt (RFC 8493). Nothing in it depends on a clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dfwarm.evidence.columns import fill
from dfwarm.terms import CycleId, Outcome, spell_time

README, SCRIPT, GUIDE = "README.txt", "VERIFY.sh", "VERIFY.txt"
PROOF_SCRIPT, AUDIT = "PROOF.py", "audit/audit.jsonl"
PAYLOAD = "data/"
BAG, BAG_INFO = "bagit.txt", "bag-info.txt"
PAYLOAD_SUMS, TAG_SUMS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAGS = (BAG, BAG_INFO, PAYLOAD_SUMS, TAG_SUMS)

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+@:=-]*"
_BUNDLE = re.compile(rf"(?P<folder>\d{{3}}/(?P<cycle>\d{{3}}-\d{{5,}})/)(?P<name>{_PART}(?:/{_PART})*)")
_LOG = re.compile(rf"log/\d{{3}}/(?:proofs/|renewals/)?{_PART}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One cycle of an export as its README names it. `statement` is a SHA-256 in hex, empty where there is no seal."""

    cycle: CycleId
    began_at: datetime
    outcome: Outcome
    statement: str


def bundle_folder(cycle: CycleId) -> str:
    """Where the bundle of a cycle lies in an export."""
    return f"{cycle.study:03d}/{cycle}/"


def is_bag(names: frozenset[str]) -> bool:
    """Whether an export is wrapped as a bag."""
    return BAG in names


def strangers(names: frozenset[str]) -> tuple[str, ...]:
    """The files that no export holds."""
    tags = frozenset(TAGS) if is_bag(names) else frozenset()
    wrapping = PAYLOAD if is_bag(names) else ""
    return tuple(sorted(name for name in names - tags if not _is_known(name, wrapping)))


def find_bundles(names: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """The bundles of an export: the folder of each, as `035/035-00042/`, with the names of its files."""
    wrapping = PAYLOAD if is_bag(names) else ""
    found: dict[str, set[str]] = {}
    for name in names:
        match = _BUNDLE.fullmatch(name.removeprefix(wrapping))
        if match and name.startswith(wrapping):
            found.setdefault(wrapping + match["folder"], set()).add(match["name"])
    return {folder: frozenset(files) for folder, files in sorted(found.items())}


def write_readme(pair: str, listed: tuple[Listed, ...]) -> str:
    """Tell an inspector what this is, how to verify it, and what is in it."""
    title = fill(f"EVIDENCE OF A WARM STANDBY - pair {pair}")
    cycles = (line for each in listed for line in _cycle_lines(each))
    return "\n".join((*title, "", _HOW, f"CYCLES IN THIS EXPORT ({len(listed)})", "", *cycles, ""))


def wrap_in_bag(payload: Mapping[str, tuple[str, int]]) -> dict[str, bytes]:
    """The tag files of a bag over payload files: digest and size by name, without `data/`. Their own sums come last."""
    octets = sum(size for _, size in payload.values())
    return {
        BAG: b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        BAG_INFO: f"Bag-Software-Agent: dfwarm\nPayload-Oxum: {octets}.{len(payload)}\n".encode(),
        PAYLOAD_SUMS: "".join(f"{payload[name][0]}  {PAYLOAD}{name}\n" for name in sorted(payload)).encode(),
    }


def _cycle_lines(each: Listed) -> tuple[str, str]:
    seal = f"    statement {each.statement}" if each.statement else "    NOT SEALED"
    return f"{each.cycle}  {spell_time(each.began_at)[:19]}Z  {each.outcome}", seal


def _is_known(name: str, wrapping: str) -> bool:
    bare = name.removeprefix(wrapping)
    if not name.startswith(wrapping):
        return False
    match = _BUNDLE.fullmatch(bare)
    if match:
        return match["cycle"].startswith(match["folder"][:3])
    return bare in (README, SCRIPT, GUIDE, PROOF_SCRIPT, AUDIT) or bool(_LOG.fullmatch(bare))


_HOW = """\
This file was made by dfwarm for an inspector. It holds the evidence of the
cycles listed below, each in a folder of its own, as it lies in the archive:
nothing was left out of a folder, and nothing was rendered anew. Reports in it
name subjects by number: keep it as you keep such data.

WHAT LIES WHERE

035/035-00042/        the evidence of one cycle of study 035
    certificate.txt   the page to read first (also .html and .pdf), if any
    statement.json    what is claimed, sealed by statement.json.sig, and
                      time-stamped by statement.json.sig.tsr
    SHA256SUMS        the digests of all files that the claim rests on
    reviews/          who reviewed the cycle, with signatures
    VERIFY.txt        what each step of the verification proves
log/035/              the log of all statements of study 035, checkpoints
    proofs/           for each cycle, that its statement is in that log
    renewals/         newer time-stamps over older seals, if any
audit/audit.jsonl     what operators did: the audit trail of dfwarm itself

HOW TO VERIFY IT

You need the trust folder of the site (the public keys and the certificates of
the time-stamp authority). It is not in here, and must not be: get it by another
way, and compare its fingerprints with the printed list that quality assurance
signed. Then unpack this file and run, with a shell, ssh-keygen and openssl:

    sh VERIFY.sh TRUST_FOLDER

or leave it packed and run, with Python 3.11 and the library cryptography:

    python3 dfwarm-verify.pyz THIS.zip --trust TRUST_FOLDER

Both end with GENUINE or REFUSED for each cycle; the second verifies the log,
its proofs and the audit trail too, as `python3 PROOF.py` does for a proof
alone. GENUINE says that the evidence is what was sealed at that time; the
verdict of the cycle is a word of its own, and may well be DISCREPANT. The list
below is for finding your way and proves nothing: it holds a SHA-256 of each
statement.json for comparison. A number that is missing from it need not be
missing from the archive, since this is a choice of cycles; `dfwarm gaps` and
the log say whether one was lost.
"""
