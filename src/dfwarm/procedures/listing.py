"""Ask a host for the listing of a root: what has not changed since the last one is only named."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from dfwarm.equipment.listings import Held
from dfwarm.errors import AnswerRefused
from dfwarm.facts.fact import Fact, Question
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import decode
from dfwarm.procedures.kit import Host, Kit
from dfwarm.terms import StudyNumber

MANIFEST_SECONDS = 6 * 3600
REMEMBERED, FULL = "remembered", "full"


def list_root(kit: Kit, host: Host, study: StudyNumber, key: str, *, how: str = REMEMBERED) -> Fact[Manifest]:
    """List a root of a host. An answer that does not fit what is held is asked for again, as a whole."""
    place = (host.side, study, key)
    held = kit.listings.held(place)
    try:
        fact = host.ask(_question(study, key, how, held))
    except AnswerRefused:
        if not held.name:
            raise
        fact = host.ask(_question(study, key, how, Held()))
    kit.listings.keep(place, fact.value)
    return fact


def list_both(
    kit: Kit, study: StudyNumber, key: str, *, how: str = REMEMBERED
) -> tuple[Fact[Manifest], Fact[Manifest]]:
    """List a root of both sides at the same time."""
    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(list_root, kit, host, study, key, how=how) for host in (kit.production, kit.standby)]
        return said[0].result(), said[1].result()


def _question(study: StudyNumber, key: str, how: str, held: Held) -> Question[Manifest]:
    words = ("manifest", f"{study:03d}", key, how)
    return Question((*words, held.name) if held.name else words, _reader(held), MANIFEST_SECONDS)


def _reader(held: Held) -> Callable[[bytes], Manifest]:
    return lambda stream: decode(stream, held.blocks)
