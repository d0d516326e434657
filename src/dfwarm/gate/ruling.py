"""The verbs `ruling` and `rule`, and the refusal of whoever may not write here any more."""

from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.ruling import Rulings
from dfwarm.errors import AuthorityRefused
from dfwarm.facts.ruling import CLAIMED, FIRST_EPOCH, Claim, Ruled, Ruling, admit
from dfwarm.facts.site import HostSite
from dfwarm.terms import Side


def rulings_of(site: HostSite) -> Rulings:
    """What this side was told. Raises AuthorityRefused where it keeps nothing at all."""
    if not site.state:
        raise AuthorityRefused(
            f"the gate of the {site.side} keeps no state, so nothing is on record there",
            hint="Write pair.state into the configuration that the gate of that host reads.",
        )
    return Rulings(Path(site.state) / "authority", site.side.value)


def look_up(site: HostSite, pair: str) -> Ruled:
    """What this side was told of a pair."""
    return rulings_of(site).find(pair)


def rule(site: HostSite, ruling: Ruling) -> Ruled:
    """Take a new ruling, once it stands in this host's audit trail. Raises AuthorityRefused for one that is older."""
    rulings = rulings_of(site)
    known = rulings.find(ruling.pair)
    if ruling.epoch <= known.epoch and known.rulings != (ruling,):
        raise AuthorityRefused(f"epoch {known.epoch} is on record on the {site.side}, and {ruling.epoch} is not higher")
    AuditTrail(Path(site.state) / "audit.jsonl", lambda: datetime.now(UTC)).append(
        "authority moved",
        f"pair {ruling.pair} on the {site.side}",
        by=ruling.by,
        reason=ruling.reason,
        before=known.say(),
        after=ruling.say(),
    )
    rulings.keep(ruling)
    return rulings.find(ruling.pair)


def begin(site: HostSite, pair: str) -> Ruled:
    """Let production rule a pair that was never heard of here, by the first epoch."""
    rulings = rulings_of(site)
    if not rulings.find(pair).rulings:
        rulings.keep(Ruling(pair, FIRST_EPOCH, Side.PRODUCTION, datetime.now(UTC), "", "adopted"))
    return rulings.find(pair)


def heed(site: HostSite, verb: str, claim: Claim | None) -> None:
    """Refuse a verb that keeps people out to whoever does not go by the epoch that holds here."""
    if verb not in CLAIMED or (claim is None and site.side is Side.PRODUCTION):
        return
    if claim is None:
        raise AuthorityRefused("the asker does not say by which epoch it acts")
    admit(claim, look_up(site, claim.pair))
