"""Ask the hosts of a pair for their listings."""

from concurrent.futures import ThreadPoolExecutor

from dfwarm.equipment.listing_question import REMEMBERED, ask_listing
from dfwarm.errors import AnswerRefused
from dfwarm.facts.fact import Fact
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import NOTHING_HELD
from dfwarm.plan import questions
from dfwarm.procedures.kit import Host, Kit
from dfwarm.terms import CycleId, Side, StudyNumber


def list_root(kit: Kit, host: Host, study: StudyNumber, key: str, *, how: str = REMEMBERED) -> Fact[Manifest]:
    """List a root of a host now."""
    place = (host.side, study, key)
    fact = ask_listing(kit.listings, host, place, how=how)
    kit.listings.keep(place, fact.value)
    return fact


def list_both(
    kit: Kit, study: StudyNumber, key: str, *, how: str = REMEMBERED
) -> tuple[Fact[Manifest], Fact[Manifest]]:
    """List a root of both sides at the same time."""
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(list_root, kit, host, study, key, how=how) for host in (kit.production, kit.standby)]
        return said[0].result(), said[1].result()


def list_ahead(kit: Kit, study: StudyNumber, key: str) -> tuple[Fact[Manifest], Fact[Manifest]]:
    """Both sides of a root as they were listed when the cycle began, or now."""
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(_take_or_list, kit, host, study, key) for host in (kit.production, kit.standby)]
        return said[0].result(), said[1].result()


def list_captured(kit: Kit, cycle: CycleId, key: str) -> Fact[Manifest]:
    """Fetch the listing that production made at the time point, as what it differs in from the one before."""
    held = kit.listings.held((Side.PRODUCTION, cycle.study, key))
    try:
        return kit.production.ask(questions.captured(cycle, key, held.name, held.blocks))
    except AnswerRefused:
        if not held.name:
            raise
        return kit.production.ask(questions.captured(cycle, key, "", NOTHING_HELD))


def _take_or_list(kit: Kit, host: Host, study: StudyNumber, key: str) -> Fact[Manifest]:
    place = (host.side, study, key)
    fact = kit.head_start.take(place)
    if fact is None:
        return list_root(kit, host, study, key)
    kit.listings.keep(place, fact.value)
    return fact
