"""
Proofs as files, verified: that a cycle's statement is in a log, and that a log only grew.

They need no bundle and no log, only a key of the log that is trusted from elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.growth import check_growth_proof, parse_growth_proof
from dfwarm.evidence.history import LOG_STEPS, LogStep
from dfwarm.evidence.inclusion import InclusionProof, parse_proof
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.logged import View
from dfwarm.evidence.merkle import check_inclusion
from dfwarm.evidence.note import parse_note
from dfwarm.evidence.proof_names import GROWTH, INCLUSION
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.vouching import read_checkpoint
from dfwarm.terms import CycleId

Read = Callable[[CycleId, str], bytes]


def check_proof_file(name: str, content: bytes, trusted: LogTrust, read: Read) -> str:
    """
    Raise HistoryBroken unless a proof holds; says what it showed.

    Where `read` gives the statement of the cycle, the proof has to be of that one.
    """
    if not trusted.keys:
        raise HistoryBroken("no key of a log is trusted: the trust folder has no log.vkeys")
    if name.endswith(GROWTH):
        return check_growth_proof(parse_growth_proof(content), trusted.keys)
    proof = parse_proof(content)
    leaf = _leaf_of(proof)
    statement = read(leaf.cycle, STATEMENT)
    if statement and not leaf.fits(statement):
        raise HistoryBroken(f"it is of another statement of {leaf.cycle} than the one that lies here")
    return _included(proof, leaf, trusted)


def _included(proof: InclusionProof, leaf: Leaf, trusted: LogTrust) -> str:
    origin = parse_note(proof.checkpoint).text.partition("\n")[0]
    if not origin.endswith(f"/{leaf.cycle.study:03d}"):
        raise HistoryBroken(f"{leaf.cycle} is in no log called {origin}")
    found = read_checkpoint(proof.checkpoint, origin, trusted.keys)
    check_inclusion(leaf.hash, proof.index, found.size, proof.hashes, found.root)
    return f"{leaf.cycle} with statement sha256 {leaf.sha256} is leaf {proof.index + 1} of {found.size} of {origin}"


def _leaf_of(proof: InclusionProof) -> Leaf:
    leaves = parse_leaves(proof.extra)
    if len(leaves) != 1:
        raise HistoryBroken("the proof does not hold the leaf that it is of")
    return leaves[0]


def _proofs(view: View) -> Iterator[str]:
    proofs: Mapping[str, bytes] = view.logged.proofs
    for name in sorted(proofs):
        try:
            says = check_proof_file(name, proofs[name], view.trusted, view.logged.read)
        except HistoryBroken as error:
            yield f"{name}: {error}"
            continue
        if not name.endswith(GROWTH) and not says.startswith(f"{name.removesuffix(INCLUSION)} "):
            yield f"{name}: it is the proof of another cycle"


EXPORT_STEPS: tuple[LogStep, ...] = (
    *LOG_STEPS,
    LogStep("proofs", "each proof stands alone and holds for what lies beside it", _proofs),
)
"""The steps for the logs of an export, whose proofs lie beside them."""
