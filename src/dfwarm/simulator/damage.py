"""Damage that a quick check never sees: one bit flips, the size and the time stay."""

import os
from pathlib import Path


def damage_unseen(study_dir: Path, *, name: bytes = b"") -> bytes:
    """Flip one bit in a page image, or in the file of that name. Returns its path relative to the study."""
    images = sorted(path for path in (study_dir / "pages").rglob("*") if path.is_file() and path.name[0] != "X")
    path = study_dir / os.fsdecode(name) if name else images[len(images) // 2]
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return os.fsencode(path.relative_to(study_dir))
