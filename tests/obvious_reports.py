"""The reports on images and queries a second, slow, obvious way: plain loops over split lines, no code of the product."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Line = tuple[int, list[bytes]]
"""Number of a line, and its fields."""

Found = tuple[str, bytes, int]
"""What is wrong, in which file or folder, in which line."""


def numbered(lines: Sequence[bytes]) -> list[Line]:
    """The lines that are records; the others own nothing and answer nothing."""
    split = [(number, line.removesuffix(b"|").split(b"|")) for number, line in enumerate(lines, 1)]
    return [(number, fields) for number, fields in split if len(fields) > 9]


def standing(lines: list[Line], *, live: bool) -> list[Line]:
    """The lines that hold: all of them, or of a study that is live the last version of each."""
    if not live:
        return lines
    last: dict[tuple[bytes, ...], int] = {}
    for number, fields in lines:
        last[version(fields)] = number
    return [(number, fields) for number, fields in lines if last[version(fields)] == number]


def version(fields: list[bytes]) -> tuple[bytes, ...]:
    key = tuple(fields[4:7])
    return (*key, fields[2]) if fields[0] in (b"4", b"5", b"6") else key


@dataclass(frozen=True)
class Pages:
    """What lies in the weeks: name of each file and whether its first bytes are those of an image."""

    weeks: Mapping[bytes, Mapping[bytes, str]]
    high: Mapping[bytes, Sequence[bytes]]


def image_findings(files: Mapping[bytes, list[Line]], pages: Pages, *, live: bool) -> Counter[Found]:
    found: Counter[Found] = Counter()
    owners: dict[bytes, list[tuple[bytes, int, tuple[bytes, ...]]]] = {}
    for file, lines in files.items():
        in_order = sorted(lines, key=lambda line: (*map(int, line[1][4:7]), line[0]))
        rows = standing(in_order, live=live and file != b"data/DFin.dat")
        rows = sorted(rows, key=lambda line: (int(line[1][4]), int(line[1][5]), int(line[1][6]), line[0]))
        for number, fields in rows:
            if fields[2][4:5] == b"/" and fields[2] != b"0000/0000000":
                owners.setdefault(fields[2], []).append((file, number, tuple(fields[4:7])))
    there = {week + b"/" + name for week, names in pages.weeks.items() for name in names}
    for image, asking in owners.items():
        for file, number, key in asking:
            if image not in there:
                found["missing image", file, number] += 1
            if key != asking[0][2]:
                found["shared image", file, number] += 1
    for week, names in pages.weeks.items():
        for name, kind in names.items():
            folder = b"pages/" + week
            if not re.fullmatch(rb"X?[0-9A-Z]{4}[0-9]{3}", name):
                found["bad image name", folder, 0] += 1
                continue
            if kind != "good":
                found[kind, folder, 0] += 1
            if len(name) == 7 and week + b"/" + name not in owners:
                found["orphan image", folder, 0] += 1
    for week, high in pages.high.items():
        for name in high:
            if week + b"/" + name not in there:
                found["high-resolution image without a standard one", b"pages_hd/" + week, 0] += 1
    return found


def query_findings(
    plates: Mapping[int, list[Line]], queries: list[Line], *, live: bool, several: bool
) -> Counter[Found]:
    found: Counter[Found] = Counter()
    keys = {tuple(fields[4:7]) for lines in plates.values() for _, fields in lines}
    final = {
        tuple(fields[4:7]) for lines in plates.values() for _, fields in standing(lines, live=live) if fields[0] == b"1"
    }
    asked: dict[tuple[bytes, ...], list[int]] = {}
    about_fields = [(n, f) for n, f in queries if f[14] not in (b"21", b"22", b"23") and f[0] != b"7"]
    for number, fields in about_fields:
        asked.setdefault((*fields[4:7], fields[7]), []).append(number)
    for number, fields in about_fields:
        same = asked[(*fields[4:7], fields[7])]
        if number != same[0] and not several and not live:
            found["duplicate query", b"data/DFqc.dat", number] += 1
        if live and not several and number != same[-1]:
            continue
        if tuple(fields[4:7]) not in keys:
            found["free-floating query", b"data/DFqc.dat", number] += 1
        if tuple(fields[4:7]) in final and fields[0] in (b"0", b"1", b"2", b"6"):
            found["unresolved query on a final record", b"data/DFqc.dat", number] += 1
    return found
