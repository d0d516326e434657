"""Steps over the files of a bundle: that they are those that were listed, and those that the claim speaks of."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from dfwarm.errors import BundleRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.claim import ManifestClaim
from dfwarm.evidence.listing_files import MTREE_FORM, SUMS_FORM, listing_name
from dfwarm.evidence.sums import RENDERED, RENDERINGS, STATEMENT, SUMS, is_covered
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.unpacking import unpacked_ahead
from dfwarm.terms import Side


def listed(bundle: Bundle, _: Trust) -> str:
    """Hold the names of the files against the list. Raises BundleRefused."""
    covered = frozenset(filter(is_covered, bundle.files.names))
    missing, added = sorted(bundle.sums.keys() - covered), sorted(covered - bundle.sums.keys())
    if missing:
        raise BundleRefused(f"{_name_some(missing)} is listed and missing")
    if added:
        raise BundleRefused(f"{_name_some(added)} was added: {SUMS} does not list it")
    return f"{len(covered)} files, all listed"


def digests(bundle: Bundle, _: Trust) -> str:
    """Take the digest of every file that is listed. Raises BundleRefused."""
    there = sorted(bundle.sums.keys() & bundle.files.names)
    for name in there:
        if _digest_of(bundle.files.pieces(name)) != bundle.sums[name]:
            raise BundleRefused(f"{name} is altered: it has another SHA-256 than {SUMS} lists")
    return f"{len(there)} digests taken"


def binding(bundle: Bundle, _: Trust) -> str:
    """Hold the list against the statement. Raises BundleRefused."""
    found = _digest_of(bundle.files.pieces(SUMS))
    if found != bundle.claim.sums_digest:
        raise BundleRefused(f"{SUMS} is not the one that the statement is about")
    return f"{SUMS} {found[:16]}..."


def manifests(bundle: Bundle, _: Trust) -> str:
    """Take the digests of the plain listings: nothing else of a verification takes as long."""
    wanted = [
        each
        for form, claims in ((SUMS_FORM, bundle.claim.manifests), (MTREE_FORM, bundle.claim.metadata))
        for claim in claims
        for each in _wanted_listings(bundle, form, claim)
    ]
    for name, digest in wanted:
        if _listing_digest(bundle, name) != digest:
            raise BundleRefused(f"{name} is not the listing that the statement is about")
    return f"{len(wanted)} listings read"


def _wanted_listings(bundle: Bundle, form: str, claim: ManifestClaim) -> Iterator[tuple[str, str]]:
    """Both listings of a root with what is claimed of them. The standby's is left out where it is production's."""
    production = listing_name(Side.PRODUCTION, claim.root, form)
    standby = listing_name(Side.STANDBY, claim.root, form)
    yield production, claim.production
    if claim.standby not in ("", claim.production) or standby in bundle.files.names:
        yield standby, claim.standby


def _listing_digest(bundle: Bundle, name: str) -> str:
    if name not in bundle.files.names:
        raise BundleRefused(f"{name} is missing")
    return _digest_of(unpacked_ahead(bundle.files.pieces(name), name))


def reports(bundle: Bundle, _: Trust) -> str:
    """Every normalised text that the bundle holds has the digest that the statement names."""
    count = 0
    for report in bundle.claim.reports:
        for side, digest in ((Side.PRODUCTION, report.production), (Side.STANDBY, report.standby)):
            for name in _texts_of(bundle.files.names, report.name, side):
                count += 1
                if _digest_of(bundle.files.pieces(name)) != digest:
                    raise BundleRefused(f"{name} is not the text that the statement is about")
    return f"{count} texts read"


def renderings(bundle: Bundle, trust: Trust) -> str:
    """Letters and certificates are for reading, and may be rendered later than the seal: the key has no window here."""
    rendered = sorted(name for name in RENDERED if name in bundle.files.names)
    if not rendered and not bundle.files.names.intersection(RENDERINGS):
        return "none"
    sums, signature = (bundle.text(name) for name in RENDERINGS)
    found = sshsig.parse_signature(signature)
    sshsig.check_signature(found, sums, sshsig.RENDERING_NAMESPACE)
    trust.permit(found.key, sshsig.RENDERING_NAMESPACE, bundle.sealed_at, is_stamped=True)
    names = sorted((STATEMENT, *rendered))
    listed = "".join(f"{_digest_of(bundle.files.pieces(name))}  {name}\n" for name in names)
    if listed.encode() != sums:
        raise BundleRefused("a certificate or a letter is altered, missing or added")
    return f"{len(rendered)} texts signed"


def _texts_of(names: frozenset[str], report: str, side: Side) -> list[str]:
    pattern = re.compile(rf"reports/{re.escape(report)}\.{side}\.[^/.]+\.normalised")
    return sorted(name for name in names if pattern.fullmatch(name))


def _digest_of(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _name_some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"
