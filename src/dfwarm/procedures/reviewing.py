"""A person reviews sealed cycles: verify them, let the person sign, put the signature beside each, render anew."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.authority import Authority, stamp
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.renderings import keep_certificate
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.equipment.unsealed import Sealer
from dfwarm.errors import BundleRefused, TokenRefused
from dfwarm.evidence.review import Covered, Review, SignedReview, verify_review
from dfwarm.evidence.sums import REVIEWS, STATEMENT
from dfwarm.evidence.verification import refuse_broken, verify_bundle
from dfwarm.terms import CycleId


@dataclass(frozen=True, slots=True)
class Desk:
    """Where reviews are signed: the records, what is trusted, who seals, who vouches for time."""

    archive: Archive
    trust: TrustFolder
    sealer: Sealer
    authorities: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a review was put, and why it has no time-stamp, if it has none."""

    places: tuple[Path, ...]
    problem: str


def cover(desk: Desk, cycles: tuple[CycleId, ...]) -> tuple[Covered, ...]:
    """The statements to sign for. Raises BundleRefused where one does not verify: nobody signs for broken evidence."""
    trust = desk.trust.read()
    covered: list[Covered] = []
    for cycle in cycles:
        desk.archive.read(cycle)
        folder = desk.archive.place(cycle)
        if not (folder / STATEMENT).exists():
            raise BundleRefused(f"cycle {cycle} is not sealed", hint=f"Seal it first: dfwarm seal {cycle}")
        refuse_broken(verify_bundle(open_bundle(folder, is_pending_accepted=True), trust))
        covered.append(Covered(cycle, hashlib.sha256((folder / STATEMENT).read_bytes()).hexdigest()))
    return tuple(covered)


def keep_review(desk: Desk, review: Review, armored: bytes) -> Kept:
    """Put a signed review beside each cycle that it covers. Raises ReviewRefused for one that does not hold."""
    trust = desk.trust.read()
    for covered in review.covers:
        verify_review(SignedReview(review.encode(), armored), covered, trust.reviewers)
    token, problem = _stamp(desk, armored)
    places: list[Path] = []
    for covered in review.covers:
        folder = desk.archive.place(covered.cycle)
        name = _free_name(folder, review.user)
        files = {f"{name}.sig": armored, **({f"{name}.sig.tsr": token} if token else {}), name: review.encode()}
        for each, content in files.items():
            write_durably(folder / each, content)
        render_anew(desk, folder)
        places.append(folder / name)
    return Kept(tuple(places), problem)


def render_anew(desk: Desk, folder: Path) -> None:
    """Make the certificate of a sealed folder again, with what was added to it."""
    keep_certificate(folder, desk.sealer.look(folder), desk.sealer.reviews(folder))
    desk.sealer.sign_renderings(folder)


def _stamp(desk: Desk, armored: bytes) -> tuple[bytes, str]:
    """A token of the first authority that answers. A review without one counts, and says that it has none."""
    problems: list[str] = []
    for authority in desk.authorities:
        try:
            return stamp(authority, armored, desk.trust.read().authorities), ""
        except (TokenRefused, OSError) as error:
            problems.append(str(error))
    return b"", "; ".join(problems) or "no time-stamp authority is configured"


def _free_name(folder: Path, user: str) -> str:
    """The next free name of a reviewer's review in a folder."""
    number = 1
    while (folder / REVIEWS / f"review-{user}-{number:04d}.json").exists():
        number += 1
    (folder / REVIEWS).mkdir(exist_ok=True, mode=0o700)
    return f"{REVIEWS}review-{user}-{number:04d}.json"
