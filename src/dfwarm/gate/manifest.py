"""The verb `manifest`: every entry below one root of a study, as a stream."""

import os
from pathlib import Path
from typing import BinaryIO

from dfwarm.equipment.remembered import Memory, Nothing, Remembered
from dfwarm.equipment.scan import scan
from dfwarm.facts.site import HostSite
from dfwarm.manifest.stream import encode


def answer_manifest(site: HostSite, folder: bytes, answer: BinaryIO, *, is_full: bool) -> None:
    """Write the manifest of a folder. A full one remembers nothing and reads every byte."""
    manifest = scan(folder, _memory(site, folder, is_full=is_full), workers=max(2, os.cpu_count() or 1))
    answer.writelines(encode(manifest))


def _memory(site: HostSite, folder: bytes, *, is_full: bool) -> Remembered:
    if is_full or not site.state:
        return Nothing()
    return Memory(Path(site.state) / "remembered.sqlite", folder, within_days=site.reproof_days)
