"""What follows a cycle that has its record: its leaf in the log, the witness's signature, and what became of both."""

from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.history import STATEMENT, WITNESS_KEY, History
from dfwarm.errors import AuditBroken, DfwarmError, HistoryBroken
from dfwarm.evidence.history import HistoryStep, verify_history
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.note import parse_note
from dfwarm.facts.audit import read_trail
from dfwarm.facts.ledger import Act, Line
from dfwarm.facts.witness import Growth
from dfwarm.plan import questions
from dfwarm.procedures.expiry import expired_in
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import say_problem
from dfwarm.terms import CycleId, StudyNumber

TOLD = "history.txt"


def log_cycle(kit: Kit, cycle: CycleId) -> str:
    """
    Log a cycle's statement and let the standby cosign the log. Says in two lines what became of it.

    Neither a log nor a witness that fails costs the cycle its verdict; what is left undone the next cycle does.
    """
    if not (kit.archive.place(cycle) / STATEMENT).exists():
        return ""
    told = "\n".join((_logged(kit, cycle.study), _witnessed(kit, cycle.study), ""))
    kit.archive.add(cycle, TOLD, told.encode())
    return told


def let_witness_sign(history: History, host: Host, study: StudyNumber) -> str:
    """
    Let a host cosign the log of a study, after it has seen that it grew from the log that it cosigned last.

    Raises HistoryBroken where the witness saw another log, or has another key than it had before.
    """
    checkpoint = history.checkpoint(study)
    seen = host.ask(questions.witnessed(study, history.pair)).value
    _hold_key(history.folder / WITNESS_KEY, seen.key)
    if seen.size > checkpoint.size:
        raise HistoryBroken(f"the witness saw {seen.size} leaves of study {study:03d}, and the log has fewer")
    signed = history.signed_checkpoint(study)
    line = parse_note(signed).signatures[0]
    proof = history.prove_growth(study, seen.size) if seen.size < checkpoint.size else ()
    growth = Growth(checkpoint.size, checkpoint.root, line.identity + line.signature, proof)
    answer = host.ask(questions.cosign(study, history.pair, growth)).value
    history.keep_witnessed(study, signed, answer.signature.encode())
    history.publish()
    return f"{checkpoint.size} leaves cosigned by {host.name}"


def verify_study_history(
    study: StudyNumber,
    history: History,
    archive: Archive,
    trusted: LogTrust,
    *,
    lines: tuple[Line, ...],
    audit: bytes,
) -> tuple[HistoryStep, ...]:
    """
    Verify what is between the statements of a study.

    `lines` are those of the ledger, `audit` is the audit trail: one that does not hold lets nothing expire.
    """
    try:
        expired = expired_in(read_trail(audit))
    except AuditBroken:
        expired = {}
    closed = [CycleId.parse(line.cycle) for line in lines if line.act is Act.CYCLE_CLOSED]
    begun = max((cycle.sequence for cycle in closed if cycle.study == study), default=0)
    return verify_history(history.logged(study, archive, begun, expired=expired, audit=audit), trusted)


def _logged(kit: Kit, study: StudyNumber) -> str:
    try:
        leaves = kit.history.catch_up(study, kit.archive)
        kit.history.publish()
    except (DfwarmError, OSError) as error:
        return f"log: {say_problem(error)}"
    return f"log: leaf {len(leaves)} of study {study:03d}"


def _witnessed(kit: Kit, study: StudyNumber) -> str:
    try:
        return f"witness: {let_witness_sign(kit.history, kit.standby, study)}"
    except (DfwarmError, OSError) as error:
        return f"witness: {say_problem(error)}"


def _hold_key(file: Path, key: str) -> None:
    """Take the witness's key the first time, and no other one after that."""
    if not file.exists():
        file.write_text(key + "\n")
    elif file.read_text().strip() != key:
        raise HistoryBroken(f"the witness has another key than the one in {file}")
