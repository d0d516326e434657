"""A readiness report as a folder of files: written once, signed as the site, read again."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.readiness_sheet import render_sheet
from dfwarm.equipment.signer import Signer
from dfwarm.errors import BundleRefused, ToolMissing
from dfwarm.evidence import sshsig
from dfwarm.evidence.readiness.content import describe
from dfwarm.evidence.readiness.files import DATA, PAGE, SHEET, SIGNATURE, SUMS, TEXT, render_files, render_sums
from dfwarm.evidence.readiness.report import Report

_NAMES = (DATA, TEXT, PAGE, SHEET, SUMS, SIGNATURE)
_LARGEST_BYTES = 1 << 26


def render_all(report: Report) -> dict[str, bytes]:
    """Every file of a report but its signature. Where no typesetter is installed there is no sheet."""
    files = render_files(report)
    content = describe(report, hashlib.sha256(files[DATA]).hexdigest())
    with contextlib.suppress(ToolMissing):
        files[SHEET] = render_sheet(content, report.facts, files[DATA])
    return files


def keep_report(folder: Path, files: dict[str, bytes], signer: Callable[[], Signer] | None) -> None:
    """Write a report; it is signed where there is a key. Raises KeyUnusable before anything is written."""
    sums = render_sums(files)
    signed = {SUMS: sums, SIGNATURE: signer().sign(sshsig.RENDERING_NAMESPACE, sums)} if signer else {}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in {**files, **signed}.items():
        write_durably(folder / name, content)


def read_files(folder: Path) -> dict[str, bytes]:
    """The files of a report as they lie there. Raises BundleRefused."""
    if not folder.is_dir():
        raise BundleRefused(f"there is no folder {folder}")
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in _NAMES or not path.is_file())
    if strangers:
        raise BundleRefused(f"{strangers[0]!r} is no part of a readiness report")
    try:
        return {name: _read(folder / name) for name in _NAMES if (folder / name).exists()}
    except OSError as error:
        raise BundleRefused(f"{error.filename} cannot be read: {error.strerror}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise BundleRefused(f"{path.name} is larger than a readiness report can be")
    return content
