"""The readers of what lies in a bundle, a log, a trust folder and an export, with seeds that the product itself wrote."""

from collections.abc import Callable
from pathlib import Path

from dfwarm.equipment.export_reading import open_export
from dfwarm.errors import (
    AnswerRefused,
    BundleRefused,
    CopyFailed,
    ExportRefused,
    FormatNewer,
    HistoryBroken,
    LineUnreadable,
    ReviewRefused,
    TokenRefused,
)
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.claim import read_claim, read_statement
from dfwarm.evidence.cosigning import read_witness_keys
from dfwarm.evidence.der_order import sort_certificates
from dfwarm.evidence.differences import parse_differences
from dfwarm.evidence.growth import parse_growth_proof
from dfwarm.evidence.inclusion import parse_proof
from dfwarm.evidence.journals import read_journals
from dfwarm.evidence.krl import parse_krl
from dfwarm.evidence.leaf import parse_leaves
from dfwarm.evidence.logged import read_tie
from dfwarm.evidence.note import NoteKey, parse_note
from dfwarm.evidence.readiness.report import read_report
from dfwarm.evidence.recipe import parse_recipe
from dfwarm.evidence.renewal import parse_renewal
from dfwarm.evidence.review import read_review
from dfwarm.evidence.signers import parse_signers
from dfwarm.evidence.sshsig import parse_signature
from dfwarm.evidence.sums import parse_sums
from dfwarm.evidence.token import read_token
from dfwarm.evidence.trust import read_trust
from dfwarm.evidence.unpacking import unpacked
from fuzz.parser import FileReader, Parser
from fuzz.seeds import Seeds


def evidence_parsers(seeds: Seeds) -> tuple[Parser, ...]:
    """One parser a form."""
    refused, broken, line = (BundleRefused, FormatNewer), (HistoryBroken,), (LineUnreadable,)
    return (
        Parser("statement and its claim", _statement, seeds.statements, refused),
        Parser("sums of a bundle", parse_sums, seeds.sums, refused),
        Parser("signature", parse_signature, seeds.signatures, refused),
        Parser("time-stamp token", read_token, seeds.tokens, (TokenRefused,)),
        Parser("certificates of a token, in order", sort_certificates, seeds.tokens),
        Parser("packed listing", lambda text: b"".join(unpacked((text,), "listing")), seeds.packed, refused),
        Parser("differences", parse_differences, seeds.differences, (AnswerRefused,)),
        Parser("journals", read_journals, seeds.journals, (AnswerRefused,)),
        Parser("allowed signers", parse_signers, seeds.signers, line),
        Parser("revoked keys", parse_krl, seeds.revoked, line),
        Parser("trust folder", _trusted(seeds), seeds.signers, (*refused, *line)),
        Parser("note", parse_note, seeds.checkpoints, broken),
        Parser("key of a note", _text(NoteKey.parse), seeds.note_keys, broken),
        Parser("checkpoint", _text(Checkpoint.parse), seeds.bare_checkpoints, broken),
        Parser("leaves of a log", parse_leaves, seeds.leaves, broken),
        Parser("keys of a witness", read_witness_keys, seeds.witness_keys, broken),
        Parser("tie to the statement before", read_tie, seeds.statements, broken),
        Parser("proof of inclusion", parse_proof, seeds.inclusions, broken),
        Parser("proof of growth", parse_growth_proof, seeds.growths, broken),
        Parser("renewal", parse_renewal, seeds.renewals, broken),
        Parser("review", read_review, seeds.reviews, (ReviewRefused,)),
        Parser("readiness report", read_report, seeds.readiness, refused),
        Parser("recipe of a listing", parse_recipe, seeds.recipes, (CopyFailed,)),
        Parser("zip of an export", FileReader(_export), seeds.exports, (ExportRefused,)),
    )


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda content: read(content.decode("utf-8", "replace"))


def _statement(text: bytes) -> object:
    return read_claim(read_statement(text))


def _trusted(seeds: Seeds) -> Callable[[bytes], object]:
    return lambda text: read_trust({**seeds.trust, "allowed_signers": text})


def _export(file: Path) -> int:
    """Open an export and read every member of it."""
    with open_export(file) as export:
        return sum(len(piece) for name in sorted(export.names) for piece in export.pieces(name))
