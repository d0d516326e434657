"""The facts of a pair in a month, gathered from the site as the configuration sets it."""

from collections.abc import Iterator
from datetime import datetime

from dfwarm.assembly import Site, now, software
from dfwarm.config.values import EvidenceConfig, NoEvidence
from dfwarm.equipment.own_keys import with_own_keys
from dfwarm.errors import AuditBroken, BundleRefused, DfwarmError
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.masking import mask
from dfwarm.evidence.readiness.facts import KeyFact, PairMonth, PlaceFact, RulingFact
from dfwarm.evidence.trust import Trust, fingerprint_of
from dfwarm.facts.audit import GENESIS, anchored, read_trail
from dfwarm.facts.drill import read_drills
from dfwarm.facts.ledger import Line, read_ledger
from dfwarm.facts.ruling import MOVED
from dfwarm.plan.recovery import OpenCycle, plan_recovery
from dfwarm.procedures.readiness import Month, Trail
from dfwarm.terms import Side, StudyNumber


def look_at_month(site: Site, begins_at: datetime, asked: tuple[StudyNumber, ...]) -> PairMonth:
    """Look at everything. Raises LedgerBroken where the ledger's chain does not hold: nothing can be told by it."""
    moment, evidence = now(), site.config.evidence
    lines, (trail, broken) = _lines(site), _trail(site)
    month = _month(site, begins_at, moment, lines, trail)
    studies = asked or sorted({*site.named_studies, *site.archive.studies()})
    keys, authorities = _keys(site, evidence)
    return PairMonth(
        pair=site.config.pair.name,
        month=f"{begins_at:%Y-%m}",
        begins_at=begins_at,
        ends_at=month.ends_at,
        made_at=moment,
        is_over=_next_month(begins_at) <= moment,
        software=software(),
        schedule=f"{site.config.schedule.every} {site.config.schedule.zone}",
        promised_seconds=site.config.pair.rpo_seconds,
        studies_asked=tuple(map(int, asked)),
        studies=tuple(map(month.look, studies)),
        open_cycle=_open_cycle(lines),
        audit_head=trail[-1][1] if trail else GENESIS,
        audit_entries=len(trail),
        trail=broken,
        is_sealing=not isinstance(evidence, NoEvidence),
        keys=keys,
        authorities=authorities,
        places=_places(site),
        rulings=tuple(_rulings(trail, month.ends_at)),
    )


def _month(site: Site, begins_at: datetime, moment: datetime, lines: tuple[Line, ...], trail: Trail) -> Month:
    """What looks at a study, and with what. The period ends now where the month is not over."""
    ends_at, evidence = min(_next_month(begins_at), moment), site.config.evidence
    return Month(
        begins_at=begins_at,
        ends_at=ends_at,
        schedule=site.schedule,
        archive=site.archive,
        history=site.history,
        entries=site.catalogue.entries,
        deviations=site.deviations.of,
        trust=lambda: _trust(site, evidence),
        log_trust=_log_trust(site, evidence),
        lines=lines,
        trail=trail,
        audit=site.audit.content,
        drills=tuple(drill for drill in read_drills(trail) if drill.held_at < ends_at),
    )


def _next_month(begins_at: datetime) -> datetime:
    return begins_at.replace(year=begins_at.year + begins_at.month // 12, month=begins_at.month % 12 + 1)


def _open_cycle(lines: tuple[Line, ...]) -> str:
    found = plan_recovery(lines)
    return str(found.cycle) if isinstance(found, OpenCycle) else ""


def _rulings(trail: Trail, until: datetime) -> Iterator[RulingFact]:
    """The changes of who rules that the audit trail tells of, by whom and why."""
    for entry, _ in trail:
        if entry.act == MOVED and entry.at < until:
            said = f"{entry.after}, by {entry.actor.by}: {entry.reason}"
            yield RulingFact(entry.at, Side(entry.after.split(" ", 1)[0]), mask(said))


def _lines(site: Site) -> tuple[Line, ...]:
    content = site.ledger_path.read_bytes() if site.ledger_path.exists() else b""
    return read_ledger(content[: content.rfind(b"\n") + 1])


def _trail(site: Site) -> tuple[Trail, tuple[str, ...]]:
    """The audit trail, and what speaks against it by its own chain and by the heads that the records hold."""
    try:
        trail = read_trail(site.audit.content)
    except AuditBroken as error:
        return (), (mask(str(error)),)
    records = [site.archive.read(cycle) for study in site.archive.studies() for cycle in site.archive.cycles(study)]
    records.sort(key=lambda record: record.ended_at)
    return trail, anchored(trail, tuple((str(each.cycle), each.audit_head) for each in records if each.audit_head))


def _trust(site: Site, evidence: EvidenceConfig | NoEvidence) -> Trust:
    if isinstance(evidence, NoEvidence):
        raise BundleRefused("the configuration names no evidence key, so it trusts nobody")
    return site.trust(evidence).read()


def _log_trust(site: Site, evidence: EvidenceConfig | NoEvidence) -> LogTrust:
    """Whose word about a log counts; where nobody is trusted, the pair's own keys."""
    try:
        return with_own_keys(_trust(site, evidence), site.history).of_logs
    except DfwarmError:
        return LogTrust(site.history.key.keys)


def _keys(site: Site, evidence: EvidenceConfig | NoEvidence) -> tuple[tuple[KeyFact, ...], tuple[KeyFact, ...]]:
    """The keys that may seal, and the authorities that may stamp."""
    from dfwarm.evidence.sshsig import EVIDENCE_NAMESPACE

    try:
        trust = _trust(site, evidence)
    except DfwarmError:
        return (), ()
    keys = tuple(
        KeyFact(each.principal, each.fingerprint, each.valid_after, each.valid_before, trust.revoked.holds(each.key))
        for each in trust.signers
        if EVIDENCE_NAMESPACE in each.namespaces
    )
    authorities = tuple(
        KeyFact(
            each.subject.rfc4514_string(),
            fingerprint_of(each),
            each.not_valid_before_utc,
            each.not_valid_after_utc,
            is_revoked=False,
        )
        for each in trust.authorities.roots
    )
    return keys, authorities


def _places(site: Site) -> tuple[PlaceFact, ...]:
    states = site.copying.states(site.config.archive.readback_seconds)
    return tuple(
        PlaceFact(each.place, each.held, each.waiting, each.due, tuple(map(mask, each.mismatches))) for each in states
    )
