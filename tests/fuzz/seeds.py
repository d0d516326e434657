"""Right inputs for the readers of evidence: a site seals, logs, exports and renews below a folder, and these are its files."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bundle_forge import make_site, packed
from dfwarm.datafax.journal import JournalFact
from dfwarm.equipment.export_writing import Item, item_of, write_export
from dfwarm.evidence.differences import RootDifference, render_differences
from dfwarm.evidence.journals import render_journals
from dfwarm.evidence.krl import render_krl
from dfwarm.evidence.readiness.report import write_report
from dfwarm.evidence.recipe import write_recipe
from dfwarm.evidence.renewal import Renewal
from dfwarm.evidence.review import Covered, Meaning, Review
from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.terms import CycleId, StudyNumber
from history_forge import WITNESS, forge
from readiness_cast import GOOD

_CYCLE = CycleId(StudyNumber(35), 1)
_THEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
_LISTING = b"".join(b"%064x  ./pages/1607/%04d\n" % (number * 7919, number) for number in range(8))


@dataclass(frozen=True, slots=True)
class Seeds:
    """What each reader of evidence begins from."""

    statements: tuple[bytes, ...]
    sums: tuple[bytes, ...]
    signatures: tuple[bytes, ...]
    tokens: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    differences: tuple[bytes, ...]
    journals: tuple[bytes, ...]
    signers: tuple[bytes, ...]
    revoked: tuple[bytes, ...]
    trust: dict[str, bytes]
    checkpoints: tuple[bytes, ...]
    bare_checkpoints: tuple[bytes, ...]
    note_keys: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    witness_keys: tuple[bytes, ...]
    inclusions: tuple[bytes, ...]
    growths: tuple[bytes, ...]
    renewals: tuple[bytes, ...]
    reviews: tuple[bytes, ...]
    readiness: tuple[bytes, ...]
    recipes: tuple[bytes, ...]
    exports: tuple[bytes, ...]


def make_seeds(folder: Path) -> Seeds:
    """Make them below an empty folder."""
    site = make_site(folder / "site")
    bundle = site.seal(1)
    log = forge(folder / "log", last=4)
    old = log.history.signed_checkpoint(StudyNumber(35))
    log.seal(5)
    log.witness()
    study = log.log
    checkpoint = log.history.signed_checkpoint(StudyNumber(35))
    trust = {path.name: path.read_bytes() for path in site.trust.folder.iterdir() if path.is_file()}
    return Seeds(
        statements=((bundle / "statement.json").read_bytes(),),
        sums=((bundle / "SHA256SUMS").read_bytes(),),
        signatures=((bundle / "statement.json.sig").read_bytes(),),
        tokens=((bundle / "statement.json.sig.tsr").read_bytes(),),
        packed=(packed(_LISTING), packed(_LISTING) + packed(_LISTING)),
        differences=(_differences(),),
        journals=(render_journals({b"data/1607.jnl": JournalFact(12, b"a" * 32)}),),
        signers=(trust["allowed_signers"],),
        revoked=(render_krl(frozenset({site.key.key}), 1, _THEN),),
        trust=trust,
        checkpoints=(checkpoint,),
        bare_checkpoints=(checkpoint.partition(b"\n\n")[0] + b"\n",),
        note_keys=tuple(f"{key}".encode() for key in log.history.key.keys),
        leaves=((study / "leaves.txt").read_bytes(),),
        witness_keys=(b"ssh-ed25519 " + _base64(WITNESS.key) + b" standby\n",),
        inclusions=(log.history.prove(_CYCLE).encode(),),
        growths=(log.history.prove_since(StudyNumber(35), old).encode(),),
        renewals=(_renewal(),),
        reviews=(_review(),),
        readiness=(write_report(GOOD).encode(),),
        recipes=_recipes(),
        exports=_exports(folder),
    )


def _base64(key: bytes) -> bytes:
    return base64.b64encode(key)


def _differences() -> bytes:
    found = Difference(b"data/plt001.dat", DifferenceKind.CONTENT, ("sha256 aa | bb",))
    return render_differences((RootDifference("STUDY_DIR", found),))


def _renewal() -> bytes:
    files = {(_CYCLE, "statement.json"): "a" * 128, (_CYCLE, "statement.json.sig"): "b" * 128}
    made = Renewal(2, "dfwarm/pair/035", _THEN, 5, "c" * 64, (("renewal-0001.sha512", "d" * 128),), files)
    return made.encode()


def _review() -> bytes:
    covers = (Covered(_CYCLE, "a" * 64),)
    return Review("qa-1", "Reviewer One", "QA", Meaning.ACCEPTABLE, _THEN, "-06:00", covers).encode()


def _recipes() -> tuple[bytes, ...]:
    recipe, _ = write_recipe("035-00041", "production.sha256.gz", (b"one", b"two"), (b"one", b"new", b"two"))
    return (recipe.script(),)


def _exports(folder: Path) -> tuple[bytes, ...]:
    items: tuple[Item, ...] = (
        item_of("README.txt", b"read me\n"),
        item_of("035/035-00001/SHA256SUMS", b"0" * 64 + b"  a\n"),
    )
    made: list[bytes] = []
    for is_bag in (False, True):
        target = folder / f"export-{is_bag}.zip"
        write_export(target, items, is_bag=is_bag)
        made.append(target.read_bytes())
    return tuple(made)
