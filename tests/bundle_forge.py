"""A site that seals: key, time-stamp authority, trust folder, bundles. And a hand that seals what is not so."""

import hashlib
import json
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from dfwarm import wire
from dfwarm.equipment.authority import LocalAuthority
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.instructions import instructions
from dfwarm.equipment.local_authority import make_local_authority
from dfwarm.equipment.sealer import KeySealer
from dfwarm.equipment.signer import HeldKey
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.evidence import sshsig
from dfwarm.evidence.circumstances import ContentRecord, ManifestRecord
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.statement import Ties
from dfwarm.evidence.sums import SIGNATURE, STATEMENT, SUMS, TOKENS, is_covered, render_sums
from dfwarm.evidence.verification import STEPS, Step, StepResult, verify_bundle
from dfwarm.procedures.keys import allow_key
from dfwarm.terms import CycleId, StudyNumber
from record_maker import FULL

NAMESPACE = sshsig.EVIDENCE_NAMESPACE
STAMP = "2026-11-23T020007Z"
LISTING = b"".join(
    hashlib.sha256(name).hexdigest().encode() + b"  ./" + name + b"\n" for name in (b"data/plt001.dat", b"lib/DFsetup")
)
MTREE = b"#mtree v2.0\n. type=dir uname=datafax gname=studies mode=0755 time=1.0\n"
REPORT = b"plate 1: 12 records\n"


def now() -> datetime:
    return datetime.now(UTC)


def packed(text: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(text) + packer.flush()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record_of(sequence: int) -> CycleRecord:
    manifests = (ManifestRecord("STUDY_DIR", *(digest(LISTING),) * 2, *(digest(MTREE),) * 2),)
    told = replace(FULL.circumstances, content=ContentRecord(2, 0, manifests))
    report = replace(FULL.reports[0], production=digest(REPORT), standby=digest(REPORT))
    cycle = CycleId(StudyNumber(35), sequence)
    return replace(FULL, cycle=cycle, circumstances=told, reports=(report,))


def files_of(record: CycleRecord) -> dict[str, bytes]:
    return {
        "cycle.json": wire.dump(record),
        "coverage.json": b'{"checked":10}\n',
        "transfer.jsonl": f'{{"cycle":"{record.cycle}"}}\n'.encode(),
        "production.sha256.gz": packed(LISTING),
        "production.mtree.gz": packed(MTREE),
        f"reports/DFstatus.production.{STAMP}.normalised": REPORT,
        f"reports/DFstatus.standby.{STAMP}.normalised": REPORT,
        f"reports/DFstatus.production.{STAMP}.raw": b"raw " + REPORT,
        "letter.txt": f"EQUIVALENT {record.cycle}\n".encode(),
        **instructions(),
    }


@dataclass(frozen=True, slots=True)
class SealingSite:
    """Everything below one folder: `trust`, `tsa` and `records/035/`, as a site has them."""

    folder: Path
    key: HeldKey

    @property
    def trust(self) -> TrustFolder:
        return TrustFolder(self.folder / "trust")

    @property
    def authority(self) -> LocalAuthority:
        return LocalAuthority(self.folder / "tsa")

    def place(self, sequence: int) -> Path:
        return self.folder / "records" / "035" / f"035-{sequence:05d}"

    def sealer(self) -> KeySealer:
        return KeySealer(lambda: self.key, self.trust, (self.authority,), now)

    def write(self, sequence: int) -> Path:
        folder = self.place(sequence)
        for name, content in files_of(record_of(sequence)).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def seal(self, sequence: int) -> Path:
        folder = self.write(sequence)
        facts = self.sealer().seal(folder, record_of(sequence), lambda: Ties(sequence - 1, "9" * 64))
        assert not facts.problem, facts
        self.sealer().sign_renderings(folder)
        return folder

    def examine(self, folder: Path, steps: tuple[Step, ...] = STEPS) -> tuple[StepResult, ...]:
        return verify_bundle(open_bundle(folder), self.trust.read(), steps)


def make_site(folder: Path) -> SealingSite:
    site = SealingSite(folder, HeldKey(Ed25519PrivateKey.generate()))
    allow_key(site.trust, site.key.key, "evidence@toronto", now())
    site.trust.trust_authority(make_local_authority(folder / "tsa", "toronto", now()))
    return site


def token(authority: LocalAuthority, data: bytes) -> bytes:
    """A token of an authority, whether or not anybody trusts it."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return authority.answer(builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def leave(_: object) -> None:
    """Change nothing."""


def sign_anew(
    site: SealingSite,
    folder: Path,
    *,
    change: Callable[[Any], None] = leave,
    key: HeldKey | None = None,
    namespace: str = NAMESPACE,
    authority: LocalAuthority | None = None,
    write: Callable[[Any], bytes] = rfc8785.dumps,
) -> None:
    """Seal a folder again as it is now, with a statement that somebody changed."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    sums = render_sums({name: digest((folder / name).read_bytes()) for name in names if is_covered(name)})
    statement = json.loads((folder / STATEMENT).read_bytes())
    statement["subject"][0]["digest"]["sha256"] = digest(sums)
    change(statement)
    text = write(statement)
    signature = (key or site.key).sign(namespace, text)
    for name, content in ((SUMS, sums), (STATEMENT, text), (SIGNATURE, signature)):
        (folder / name).write_bytes(content)
    (folder / TOKENS[0]).write_bytes(token(authority or site.authority, signature))


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, symlinks=True)
    return to
