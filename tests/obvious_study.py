"""A study read a second, slow, obvious way, with nothing of the product's code but the names of what is found."""

import re
from collections import Counter
from pathlib import Path

from dfwarm.simulator.finding import Finding
from dfwarm.simulator.plan import DECK

STAMP = re.compile(rb"\d\d/\d\d/\d\d \d\d:\d\d:\d\d")
SIGNED = re.compile(rb"(jack|jill) " + STAMP.pattern.replace(rb"/\d\d/", rb"/(0\d|1[0-2])/"))
KINDS = (b"\x89PNG", b"%PDF", b"\x59\xa6\x6a\x95", b"\xff\xd8\xff")

STAMPS = (Finding.BAD_STAMP, Finding.BAD_MODIFICATION, Finding.BAD_RESOLUTION)


def examine(study: Path, before: Path) -> Counter[Finding]:
    return records(study) + queries(study) + reasons(study) + images(study) + files(study, before)


def raw_lines_of(study: Path, pattern: str) -> list[tuple[int, bytes, bool]]:
    """Every line as (plate of the file, bytes, whether a newline ends it)."""
    found = []
    for path in sorted((study / "data").glob(pattern)):
        *ended, rest = path.read_bytes().split(b"\n")
        plate = int(path.stem[3:]) if path.stem[3:].isdigit() else 0
        found += [(plate, line, True) for line in ended] + [(plate, line, False) for line in (rest,) if line]
    return found


def lines_of(study: Path, pattern: str) -> list[tuple[int, list[bytes]]]:
    """Every line with as many fields as a record has at least, as (plate of the file, fields)."""
    split = [(plate, line.removesuffix(b"|").split(b"|")) for plate, line, _ in raw_lines_of(study, pattern)]
    return [(plate, fields) for plate, fields in split if len(fields) > 9]


def key(fields: list[bytes]) -> tuple[bytes, ...]:
    return tuple(fields[4:7])


def records(study: Path) -> Counter[Finding]:
    found = lines(study)
    rows = lines_of(study, "plt*.dat")
    primaries = Counter(key(fields) for _, fields in rows if fields[0] in (b"0", b"1", b"2", b"3"))
    for plate, fields in rows:
        found[Finding.FIELD_COUNT] += len(fields) != (11 if fields[0] == b"0" else 15)
        found[Finding.WRONG_STUDY] += int(fields[3]) != DECK.number
        found[Finding.WRONG_PLATE] += int(fields[4]) != plate
        found[Finding.BAD_STAMP] += not STAMP.fullmatch(fields[-2])
        found[Finding.BAD_MODIFICATION] += not STAMP.fullmatch(fields[-1])
        found[Finding.ORPHAN_SECONDARY] += fields[0] in (b"4", b"5", b"6") and not primaries[key(fields)]
        found[Finding.ILLEGAL_STATUS] += fields[0] not in (b"0", b"1", b"2", b"3", b"4", b"5", b"6")
        found[Finding.ILLEGAL_LEVEL] += fields[1] not in (b"1", b"2", b"3", b"4", b"5", b"6", b"7")
        found[Finding.ILLEGAL_KEY] += fields[6] == b"0"
        found[Finding.IMPOSSIBLE_IMAGE] += not re.fullmatch(rb"\d{4}[/R][0-9A-Z]{7}", fields[2])
        found[Finding.CODE_OUTSIDE_LIST] += len(fields) == 15 and fields[9] not in (b"1", b"2", b"3", b"")
        try:
            b"|".join(fields).decode()
        except UnicodeDecodeError:
            found[Finding.LATIN_RECORD] += 1
    found[Finding.DUPLICATE_PRIMARY] = sum(count - 1 for count in primaries.values())
    return found


def lines(study: Path) -> Counter[Finding]:
    found: Counter[Finding] = Counter()
    for _, line, is_ended in raw_lines_of(study, "plt*.dat"):
        found[Finding.HALF_WRITTEN] += not is_ended
        found[Finding.BLANK_LINE] += not line.strip()
        found[Finding.CARRIAGE_RETURN] += b"\r" in line
        found[Finding.NUL_BYTE] += b"\0" in line
        found[Finding.OVER_LONG] += 4_095 < len(line) <= 65_536
        found[Finding.ENDLESS_LINE] += len(line) > 65_536
        found[Finding.NO_DELIMITER] += bool(line) and not line.endswith(b"|")
    return found


def queries(study: Path) -> Counter[Finding]:
    found: Counter[Finding] = Counter()
    primaries = {
        key(fields): fields[0] for _, fields in lines_of(study, "plt*.dat") if fields[0] in (b"0", b"1", b"2", b"3")
    }
    asked: Counter[tuple[bytes, ...]] = Counter()
    for _, fields in lines_of(study, "DFqc.dat"):
        assert len(fields) == 22
        for finding, stamp in zip(STAMPS, fields[18:21], strict=True):
            found[finding] += stamp != b"" and not SIGNED.fullmatch(stamp)
        found[Finding.ILLEGAL_QUERY_CODE] += fields[21] not in (b"1", b"2")
        if fields[14] in (b"21", b"22", b"23"):
            continue
        found[Finding.FREE_FLOATING_QUERY] += key(fields) not in primaries
        found[Finding.UNRESOLVED_ON_FINAL] += (
            fields[0] in (b"0", b"1", b"2", b"6") and primaries.get(key(fields)) == b"1"
        )
        asked[(*key(fields), fields[7])] += 1
    found[Finding.DUPLICATE_QUERY] = sum(count - 1 for count in asked.values())
    return found


def reasons(study: Path) -> Counter[Finding]:
    found: Counter[Finding] = Counter()
    for _, fields in lines_of(study, "DFreason.dat"):
        for finding, stamp in zip(STAMPS, fields[10:12], strict=False):
            found[finding] += not SIGNED.fullmatch(stamp)
    return found


def images(study: Path) -> Counter[Finding]:
    found: Counter[Finding] = Counter()
    owners: dict[str, set[tuple[bytes, ...]]] = {}
    for _, fields in lines_of(study, "plt*.dat") + lines_of(study, "DFin.dat"):
        if fields[2][4:5] == b"/" and fields[2] != b"0000/0000000":
            owners.setdefault(fields[2].decode(), set()).add(key(fields))
    there = {str(path.relative_to(study / "pages")): path for path in (study / "pages").rglob("*") if not path.is_dir()}
    high = {str(path.relative_to(study / "pages_hd")) for path in (study / "pages_hd").rglob("*") if path.is_file()}
    found[Finding.LONE_HIGH_RESOLUTION] = len(high - there.keys())
    for name, path in there.items():
        found[Finding.UNREADABLE_IMAGE] += not path.is_file()
        content = path.read_bytes() if path.is_file() else KINDS[0]
        badly_named = not re.fullmatch(r"\d{4}/X?[0-9A-Z]{4}\d{3}", name)
        found[Finding.BAD_IMAGE_NAME] += badly_named
        found[Finding.ORPHAN_IMAGE] += not badly_named and "/X" not in name and name not in owners
        found[Finding.EMPTY_IMAGE] += not content
        found[Finding.UNKNOWN_IMAGE_KIND] += bool(content) and not content.startswith(KINDS)
    found[Finding.MISSING_IMAGE] = len(owners.keys() - there.keys())
    found[Finding.SHARED_IMAGE] = sum(len(keys) > 1 for keys in owners.values())
    return found


def files(study: Path, before: Path) -> Counter[Finding]:
    found: Counter[Finding] = Counter()
    for path in (study / "data").glob("*.jnl"):
        now, old = path.read_bytes(), (before / "data" / path.name).read_bytes()
        found[Finding.JOURNAL_SHRANK] += len(now) < len(old)
        found[Finding.JOURNAL_REWRITTEN] += len(now) >= len(old) and not now.startswith(old)
    found[Finding.NEW_QUEUE_GREW] = len(lines_of(study, "DFin.dat"))
    found[Finding.UNREADABLE_FILE] = sum(not path.stat().st_mode & 0o444 for path in (study / "lib").iterdir())
    return found
