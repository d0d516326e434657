"""The trees of the benchmarks: week folders of page images and plate files, or a great many small files."""

import os
import random
from pathlib import Path

WEEK = 500


def write_study(root: Path, *, images: int, plate_bytes: int, plates: int = 150) -> None:
    """Page images of 1 to 40 KB in week folders of 500, and plate files that share `plate_bytes`."""
    dice = random.Random(35)
    noise = dice.randbytes(1 << 20)
    for number in range(images):
        week = root / "pages" / f"{number // WEEK // 52:02d}{number // WEEK % 52 + 1:02d}"
        if number % WEEK == 0:
            week.mkdir(parents=True, exist_ok=True)
        place = dice.randrange(len(noise) - 40_960)
        _write(week / f"{number % 1000:04d}{number % WEEK:03d}", noise[place : place + dice.randrange(1_024, 40_960)])
    (root / "data").mkdir(parents=True, exist_ok=True)
    for plate in range(1, plates + 1):
        size = plate_bytes // plates
        _write(root / "data" / f"plt{plate:03d}.dat", (noise * (size // len(noise) + 1))[:size])


def write_small_files(root: Path, *, files: int) -> None:
    """Files of 0 to 2 KB, 1,000 in a folder."""
    dice = random.Random(36)
    noise = dice.randbytes(1 << 16)
    for number in range(files):
        folder = root / f"{number // 1000:05d}"
        if number % 1000 == 0:
            folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{number % 1000:04d}", noise[: dice.randrange(2_048)])


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
