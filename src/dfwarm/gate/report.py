"""The verbs `report` and `partial`: the native reports of a study of this host, and what they are made from."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dfwarm.datafax.reports.partial import Partial, encode
from dfwarm.datafax.reports.report import Mode
from dfwarm.datafax.reports.rule import ReportName
from dfwarm.datafax.reports.stream import encode as encode_reports
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.equipment.image_kinds import KindNotebook, NoKinds
from dfwarm.equipment.partial_shelf import PartialShelf
from dfwarm.equipment.study_data import DataReader
from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports
from dfwarm.equipment.study_setup import setup_for_all
from dfwarm.errors import AnswerRefused, ReportUnknown
from dfwarm.facts.site import HostSite
from dfwarm.gate.activity import server_state
from dfwarm.gate.manifest import last_listed, workers
from dfwarm.gate.roots import find_registration, roots_of
from dfwarm.manifest.block import NO_DIGEST, Block
from dfwarm.terms import StudyNumber

ALL = "all"
DATABASE_DIR, PAGE_DIR = "DATABASE_DIR", "PAGE_DIR"
_SHELF, _KINDS = "partials", "image-kinds.sqlite"


def read_names(word: str) -> tuple[ReportName, ...]:
    """One report by its name, or all of them. Raises ReportUnknown."""
    if word == ALL:
        return tuple(ReportName)
    if word not in tuple(ReportName):
        raise ReportUnknown(f"there is no report {word[:40]!r}")
    return (ReportName(word),)


def answer_report(site: HostSite, study: StudyNumber, details: tuple[str, ...], answer: BinaryIO) -> None:
    """
    Answer `report NAME|all STUDY MODE [listed]`.

    With `listed` the digests of the last manifest of this conversation are taken: the report then speaks of what was
    listed there, and reads only what no partial is kept of.
    """
    name, mode, *rest = details
    if mode not in tuple(Mode) or rest not in ([], ["listed"]):
        raise AnswerRefused(f"the verb report takes a name, a study, {' or '.join(Mode)}, and perhaps listed")
    roots = dict(roots_of(site, study))
    shown = _shown(roots) if rest else roots
    places = Places(shown[STUDY_DIR], shown.get(DATABASE_DIR, b""), shown.get(PAGE_DIR, b""), _page_copies(roots))
    access = server_state(site, find_registration(site, study)).access
    wanted = Wanted(study, read_names(name), Mode(mode), access)
    with _known(site, roots, is_listed=bool(rest)) as known:
        answer.writelines(encode_reports(make_reports(places, wanted, known)))


def answer_partial(site: HostSite, study: StudyNumber, file: str, answer: BinaryIO) -> None:
    """Answer `partial STUDY FILE`: what one data file holds, so that records can be named."""
    roots = dict(roots_of(site, study))
    shown = _shown(roots)
    places = Places(shown[STUDY_DIR], shown.get(DATABASE_DIR, b""))
    with _known(site, roots, is_listed=True) as known:
        setup, _ = setup_for_all(places.study_dir)
        reader = DataReader(study, setup, known.shelf, known.workers, known.proven, known.copies)
        found = reader.read_one(places.data_dir, os.fsencode(file))
        if not isinstance(found, Partial):
            raise AnswerRefused(f"data/{file} of study {study:03d} on the {site.side}: {found}")
        answer.writelines(encode(found))


def _shown(roots: dict[str, bytes]) -> dict[str, bytes]:
    """The roots as they were listed: of a snapshot where one was, else the folders themselves."""
    listed = {key: last_listed(folder) for key, folder in roots.items()}
    return {key: (found.place if (found := listed[key]) and found.place else roots[key]) for key in roots}


@contextmanager
def _known(site: HostSite, roots: dict[str, bytes], *, is_listed: bool) -> Iterator[Known]:
    """What this host knows already; where it keeps no state, a folder for the time being."""
    blocks = dict(_listed_blocks(roots)) if is_listed else {}
    proven, copies = _proven(blocks.get(b"data")), _copies(roots) if is_listed else b""
    if site.state:
        shelf, kinds = PartialShelf(Path(site.state) / _SHELF), KindNotebook(Path(site.state) / _KINDS)
        yield Known(shelf, kinds, workers(), proven, blocks, copies)
        return
    with tempfile.TemporaryDirectory(prefix="dfwarm-") as folder:
        yield Known(PartialShelf(Path(folder)), NoKinds(), workers(), proven, blocks, copies)


def _listed_blocks(roots: dict[str, bytes]) -> Iterator[tuple[bytes, Block]]:
    """The folders that the last manifests listed, by their paths as the study's own folders have them."""
    within = {STUDY_DIR: b"", DATABASE_DIR: b"data", PAGE_DIR: b"pages"}
    for key, folder in roots.items():
        listed = last_listed(folder)
        if key in within and listed:
            for block in listed.manifest.blocks:
                own = b"" if block.folder in (b"", b".") else block.folder
                yield b"/".join(part for part in (within[key], own) if part), block


def _copies(roots: dict[str, bytes]) -> bytes:
    """Where data files lie that were copied aside as they were listed; empty where none were."""
    key, folder = (DATABASE_DIR, b"") if DATABASE_DIR in roots else (STUDY_DIR, b"data")
    listed = last_listed(roots[key])
    return os.path.join(listed.copies, folder) if listed and listed.copies else b""


def _page_copies(roots: dict[str, bytes]) -> bytes:
    """Where page images lie that were copied aside as they were listed; empty where none were."""
    key, folder = (PAGE_DIR, b"") if PAGE_DIR in roots else (STUDY_DIR, b"pages")
    listed = last_listed(roots[key])
    return os.path.join(listed.copies, folder) if listed and listed.copies else b""


def _proven(block: Block | None) -> dict[bytes, bytes]:
    """The digests of the data files, by their names."""
    if block is None:
        return {}
    names = enumerate(block.list_names())
    return {name: digest for row, name in names if (digest := block.digest_of(row)) != NO_DIGEST}
