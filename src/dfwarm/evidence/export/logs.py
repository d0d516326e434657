"""The logs of an export as a verification takes them. What an export holds is a choice of cycles, never the whole."""

import re
from collections.abc import Callable, Iterator, Mapping

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import WITNESSED
from dfwarm.evidence.export.layout import AUDIT, PAYLOAD, bundle_folder, find_bundles, is_bag
from dfwarm.evidence.history import HistoryStep, verify_history
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.logged import Logged
from dfwarm.evidence.note import parse_note
from dfwarm.evidence.proof_files import EXPORT_STEPS
from dfwarm.terms import CycleId, StudyNumber

_MOST_BYTES = 1 << 28
_LOG = re.compile(r"log/(\d{3})/.+")
_DATED = re.compile(r"checkpoint\.\d{4}-\d\d-\d\d")

Read = Callable[[str, int], bytes]


def verify_logs(
    names: frozenset[str], read: Read, trusted: LogTrust
) -> Iterator[tuple[StudyNumber, tuple[HistoryStep, ...]]]:
    """The steps for the log of each study of an export; a log that is left out is refused as one that is empty."""
    wrapping = PAYLOAD if is_bag(names) else ""
    bare = frozenset(name.removeprefix(wrapping) for name in names if name.startswith(wrapping))
    cycles = tuple(CycleId.parse(folder.rstrip("/").rpartition("/")[2]) for folder in find_bundles(names))
    logs = {StudyNumber(int(found[1])) for found in map(_LOG.fullmatch, bare) if found}

    def take(name: str) -> bytes:
        return read(wrapping + name, _MOST_BYTES) if name in bare else b""

    for study in sorted(logs | {cycle.study for cycle in cycles}):
        held = tuple(cycle for cycle in cycles if cycle.study == study)
        logged = _logged(study, held, trusted, take, bare)
        yield study, verify_history(logged, trusted, EXPORT_STEPS)


def _logged(
    study: StudyNumber,
    held: tuple[CycleId, ...],
    trusted: LogTrust,
    take: Callable[[str], bytes],
    names: frozenset[str],
) -> Logged:
    folder = f"log/{study:03d}/"

    def below(place: str) -> Mapping[str, bytes]:
        found = (name.removeprefix(folder + place) for name in names if name.startswith(folder + place))
        return {name: take(folder + place + name) for name in found if "/" not in name}

    files = below("")
    checkpoint = files.get("checkpoint", b"")
    return Logged(
        origin=_origin(study, checkpoint, trusted),
        leaves=files.get("leaves.txt", b""),
        checkpoint=checkpoint,
        dated={name: content for name, content in files.items() if _DATED.fullmatch(name)},
        cosigned={name: content for name, content in files.items() if name == WITNESSED},
        recorded=held,
        begun=0,
        read=lambda cycle, name: take(bundle_folder(cycle) + name),
        signatures={name: content for name, content in files.items() if name.endswith(".sig")},
        renewals=below("renewals/"),
        audit=take(AUDIT),
        proofs=below("proofs/"),
        is_whole=False,
    )


def _origin(study: StudyNumber, checkpoint: bytes, trusted: LogTrust) -> str:
    """The name of the log by the trusted key; without one what it says itself, which nothing will vouch for."""
    if trusted.keys:
        return f"{trusted.keys[-1].name}/{study:03d}"
    try:
        return parse_note(checkpoint).text.partition("\n")[0]
    except HistoryBroken:
        return ""
