"""The listings of both sides as files of the bundle, and what the record says of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from dfwarm import wire
from dfwarm.equipment.packing import Packed, Press
from dfwarm.evidence.circumstances import ContentRecord, ManifestRecord
from dfwarm.evidence.listing_files import MTREE_FORM, SUMS_FORM, listing_name
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.movement import Movement, count_movement
from dfwarm.manifest.policy import Rule
from dfwarm.manifest.rendering import Rendered, render_side, render_sides
from dfwarm.manifest.scope import Scope
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.comparing import proven_before
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.scope import scope_of
from dfwarm.terms import Side, Treatment

BY_RECORDS = "by-records.jsonl"
"""The name of the file with a line for each file that was compared by its records: both digests of it."""

BY_RECORDS_REASON = "compared by its records"


@contextmanager
def written_ahead(order: CycleOrder, kit: Kit, findings: Findings) -> Iterator[None]:
    """
    Write and pack production's listings of the warm pass beside a block that waits for rsync.

    They are nobody's evidence: the press keeps what it wrote, and the listing at the time point has most of it again.
    """
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(_write_ahead, order, kit, dict(findings.production.before))
        yield
        told.result()


def _write_ahead(order: CycleOrder, kit: Kit, listings: dict[str, Manifest]) -> None:
    for key, manifest in listings.items():
        rendered = render_side(manifest, scope_of(order, key), kit.press.texts)
        for text in (rendered.sums, rendered.mtree):
            kit.press.pack(text)


def keep_listings(order: CycleOrder, kit: Kit, findings: Findings) -> ContentRecord:
    """Write production's listing of every root at the time point, and the standby's where it is another one."""
    records: list[ManifestRecord] = []
    directories = links = 0
    movement = Movement()
    by_records: list[bytes] = []
    for key, ours in findings.production.before.items():
        theirs, settled = findings.standby.after.get(key), findings.settled.get(key, ())
        rendered = _render(kit.press, scope_of(order, key), ours, theirs, settled)
        if theirs and settled:
            by_records += (_describe(key, path, ours, theirs) for path in settled)
        records.append(_keep(kit, key, rendered, findings))
        directories += rendered[Side.PRODUCTION].directories
        links += rendered[Side.PRODUCTION].links
        for before in proven_before(order, kit, findings, key):
            movement += count_movement(before, ours)
    kit.press.forget()
    if by_records:
        findings.files[BY_RECORDS] = b"".join(by_records)
    return ContentRecord(directories, links, tuple(records), movement.added, movement.changed, movement.deleted)


def _render(
    press: Press, scope: Scope, ours: Manifest, theirs: Manifest | None, settled: tuple[bytes, ...]
) -> dict[Side, Rendered]:
    """What was compared by records has other bytes on each side, so it stands in a file of its own."""
    apart = tuple(Rule(Treatment.EXCLUDE, b"/" + scope.within + path, BY_RECORDS_REASON) for path in settled)
    scope = Scope((*scope.rules, *apart), scope.within)
    if theirs is None:
        return {Side.PRODUCTION: render_side(ours, scope, press.texts)}
    production, standby = render_sides(ours, theirs, scope, press.texts)
    return {Side.PRODUCTION: production, Side.STANDBY: standby}


def _keep(kit: Kit, key: str, rendered: dict[Side, Rendered], findings: Findings) -> ManifestRecord:
    texts = {(side, form): _text(each, form) for side, each in rendered.items() for form in (SUMS_FORM, MTREE_FORM)}
    same = {form for form in (SUMS_FORM, MTREE_FORM) if texts.get((Side.STANDBY, form)) == texts[Side.PRODUCTION, form]}
    wanted = [(side, form) for side, form in texts if side is Side.PRODUCTION or form not in same]
    packed = dict(zip(wanted, kit.press.pack_all(texts[which] for which in wanted), strict=True))
    for (side, form), each in packed.items():
        findings.files[listing_name(side, key, form)] = each.content
    return ManifestRecord(
        root=key,
        production_sums=packed[Side.PRODUCTION, SUMS_FORM].digest,
        standby_sums=_standby_digest(packed, SUMS_FORM, is_same=SUMS_FORM in same),
        production_mtree=packed[Side.PRODUCTION, MTREE_FORM].digest,
        standby_mtree=_standby_digest(packed, MTREE_FORM, is_same=MTREE_FORM in same),
    )


def _describe(key: str, path: bytes, ours: Manifest, theirs: Manifest) -> bytes:
    """Both digests of a file that was compared by its records."""
    sides = {Side.PRODUCTION: ours.find(path), Side.STANDBY: theirs.find(path)}
    digests = {side.value: entry.digest.hex() if entry else "" for side, entry in sides.items()}
    return wire.dump_line({"root": key, "path": path, **digests})


def _text(rendered: Rendered, form: str) -> tuple[bytes, ...]:
    return rendered.sums if form == SUMS_FORM else rendered.mtree


def _standby_digest(packed: dict[tuple[Side, str], Packed], form: str, *, is_same: bool) -> str:
    """The digest of the standby's text, empty where there is none. Texts of the same pieces are one text."""
    if is_same:
        return packed[Side.PRODUCTION, form].digest
    standby = packed.get((Side.STANDBY, form))
    return standby.digest if standby else ""
