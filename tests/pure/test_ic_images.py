from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.datafax.image import KINDS, ImageKind
from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.census import ImageCensus, ImageFolder
from dfwarm.datafax.reports.image_numbers import number_images, spell_image, week_number, week_numbers
from dfwarm.datafax.reports.images import examine_images
from dfwarm.datafax.reports.partial import FileKind, Partial
from dfwarm.datafax.reports.report import Mode, Report, TimePoint
from dfwarm.datafax.reports.rule import Rule
from obvious_reports import Pages, image_findings, numbered
from partial_maker import STUDY, arrived, partial_of, plate_partial, record

ONE, OTHER = b"0842/0060002", b"0842/0060003"
WORDS = {"good": ImageKind.PNG, "empty image": ImageKind.EMPTY, "unreadable image": ImageKind.UNREADABLE} | {
    "unknown image kind": ImageKind.UNKNOWN
}


def folder(path: bytes, files: Mapping[bytes, str]) -> ImageFolder:
    names = sorted(files)
    kinds = bytes(KINDS.index(WORDS[files[name]]) for name in names)
    return ImageFolder(path, b"\0".join(names), np.arange(len(names), dtype=np.int64).tobytes(), kinds)


def census(*there: bytes, **more: object) -> ImageCensus:
    weeks = sorted({image[:4] for image in there})
    standard = tuple(folder(b"pages/" + week, {i[5:]: "good" for i in there if i[:4] == week}) for week in weeks)
    return ImageCensus(standard, **more)  # type: ignore[arg-type]


def examine(partials: Sequence[Partial], counted: ImageCensus, mode: Mode = Mode.QUIESCED) -> Report:
    return examine_images(STUDY, mode, partials, counted, TimePoint())


def found(report: Report) -> list[tuple[Rule, bytes, int, str]]:
    return [(each.rule, each.file, each.line, each.text) for each in report.findings]


def test_every_image_that_is_asked_for_and_there_is_no_finding() -> None:
    plates = [plate_partial(1, [record(1, ONE, 1, 0, 1001)])]
    queue = partial_of(b"DFin.dat", FileKind.NEW_QUEUE, [arrived(OTHER, 1, 0, 1002)])
    report = examine([*plates, queue], census(ONE, OTHER))
    assert found(report) == []
    assert [(count.group, count.what, count.number) for count in report.counts] == [
        ("study", "records with an image", 2),
        ("study", "images asked for", 2),
        ("study", "images", 2),
        ("study", "images of deleted records", 0),
        ("study", "high-resolution images", 0),
        ("week 0842", "images", 2),
        ("week 0842", "images asked for", 2),
    ]
    assert [(source.file, bool(source.digest)) for source in report.sources] == [
        (b"data/plt001.dat", True),
        (b"data/DFin.dat", True),
        (b"pages", False),
    ]


def test_a_missing_image_is_located_by_key_line_and_byte_and_a_hidden_one_is_told_as_such() -> None:
    lines = [record(1, ONE, 1, 0, 1001), record(5, OTHER, 1, 0, 1001)]
    report = examine([plate_partial(1, lines)], census(b"0842/X0060003"))
    assert [(each.line, each.offset, each.key, each.text) for each in report.findings] == [
        (1, 0, Key(1001, 0, 1), "0842/0060002"),
        (2, len(lines[0]) + 1, Key(1001, 0, 1), "0842/0060003, its file bears the X of a deleted record"),
    ]
    assert report.finding_counts == {Rule.MISSING_IMAGE: 2}


def test_an_image_without_a_record_is_an_orphan_in_its_week() -> None:
    report = examine([plate_partial(1, [record(1, ONE, 1, 0, 1001)])], census(ONE, OTHER))
    assert found(report) == [(Rule.ORPHAN_IMAGE, b"pages/0842", 0, "0060003")]


def test_an_image_of_two_keys_is_shared_and_one_of_a_primary_and_its_secondary_is_not() -> None:
    lines = [record(1, ONE, 1, 0, 1001), record(5, ONE, 1, 0, 1001), record(2, ONE, 1, 1, 1001)]
    report = examine([plate_partial(1, lines)], census(ONE))
    assert found(report) == [
        (Rule.SHARED_IMAGE, b"data/plt001.dat", 3, "0842/0060002, which plate 1 visit 0 subject 1001 asks for as well")
    ]


def test_what_was_keyed_by_hand_or_has_zeros_asks_for_no_image_and_queries_own_none() -> None:
    lines = [record(1, b"0611R0002001", 1, 0, 1001), record(5, b"0000/0000000", 1, 0, 1001)]
    report = examine([plate_partial(1, lines)], census())
    assert found(report) == []
    assert report.records == 2


def test_kinds_names_and_high_resolution_are_looked_at() -> None:
    weeks = (folder(b"pages/0842", {b"0060002": "empty image", b"X0060009": "unknown image kind", b"scan 1": "good"}),)
    high = (
        folder(b"pages_hd/0842", {b"0060002": "good", b"0060008": "good", b"X0060009": "good", b"X0060007": "good"}),
    )
    beside = (ImageFolder(b"pages", b"core\x00lost", bytes(16), bytes([KINDS.index(ImageKind.NO_FILE)] * 2)),)
    counted = ImageCensus(weeks, high, beside, notes=("a note",))
    report = examine([plate_partial(1, [record(1, ONE, 1, 0, 1001)])], counted)
    assert found(report) == [
        (Rule.BAD_IMAGE_NAME, b"pages/0842", 0, "scan 1"),
        (Rule.EMPTY_IMAGE, b"pages/0842", 0, "0060002"),
        (Rule.UNKNOWN_IMAGE_KIND, b"pages/0842", 0, "X0060009"),
        (Rule.HIGH_WITHOUT_STANDARD, b"pages_hd/0842", 0, "0060008"),
        (Rule.HIGH_WITHOUT_STANDARD, b"pages_hd/0842", 0, "X0060007"),
        (Rule.BAD_IMAGE_NAME, b"pages", 0, "core"),
        (Rule.BAD_IMAGE_NAME, b"pages", 0, "lost"),
    ]
    assert report.notes == ("a note",)


def test_a_pipe_in_the_place_of_an_image_is_told_as_what_it_is() -> None:
    odd = ImageFolder(b"pages/0842", b"0060002", bytes(8), bytes([KINDS.index(ImageKind.NO_FILE)]))
    report = examine([plate_partial(1, [record(1, ONE, 1, 0, 1001)])], ImageCensus((odd,)))
    assert found(report) == [(Rule.UNREADABLE_IMAGE, b"pages/0842", 0, "0060002, no regular file")]


def test_of_a_week_that_could_not_be_listed_nothing_is_said_but_the_gap() -> None:
    counted = census(unknown_weeks=frozenset({b"0842"}), gaps=("pages/0842: Permission denied",))
    report = examine([plate_partial(1, [record(1, ONE, 1, 0, 1001), record(1, b"0843/0060002", 1, 1, 1001)])], counted)
    assert [each.text for each in report.findings] == ["0843/0060002"]
    assert report.gaps == ("pages/0842: Permission denied",)


def test_without_a_folder_of_images_there_is_a_gap_where_records_name_one_and_a_note_where_none_does() -> None:
    counted = census(is_listed=False)
    named = examine([plate_partial(1, [record(1, ONE, 1, 0, 1001)])], counted)
    assert (found(named), named.gaps) == ([], ("there is no folder of images, and 1 records name one",))
    unnamed = examine([plate_partial(1, [record(1, b"0000/0000000", 1, 0, 1001)])], counted)
    assert (unnamed.gaps, unnamed.notes) == ((), ("there is no folder of images, and no record names one",))


def test_of_nothing_at_all_the_report_is_empty_and_says_so() -> None:
    report = examine([], census())
    assert (report.records, found(report)) == (0, [])


def test_a_superseded_version_owns_no_image_while_the_server_is_up() -> None:
    lines = [record(1, ONE, 1, 0, 1001), record(1, OTHER, 1, 0, 1001)]
    assert found(examine([plate_partial(1, lines)], census(OTHER), Mode.LIVE)) == []
    assert [rule for rule, *_ in found(examine([plate_partial(1, lines)], census(OTHER)))] == [Rule.MISSING_IMAGE]


IMAGES = [b"0842/0060002", b"0842/0060003", b"0842/005L001", b"1301/0001001", b"1301/ZZZZ999"]
RASTERS = st.sampled_from([*IMAGES, b"0842R0060002", b"0000/0000000"])
KEYS = st.tuples(st.integers(0, 1), st.integers(1001, 1003))
LINES = st.lists(st.tuples(st.integers(0, 6), RASTERS, KEYS), max_size=6)
NAMES = st.sampled_from([*(image[5:] for image in IMAGES), b"X0060002", b"core", b"0060002.png"])
WEEK = st.dictionaries(NAMES, st.sampled_from(sorted(WORDS)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    plates=st.dictionaries(st.integers(1, 2), LINES, max_size=2),
    new=st.lists(st.tuples(RASTERS, st.integers(1, 2), KEYS), max_size=3),
    weeks=st.dictionaries(st.sampled_from([b"0842", b"1301", b"0999"]), WEEK, max_size=3),
    high=st.dictionaries(
        st.sampled_from([b"0842", b"1301"]), st.sets(st.sampled_from([i[5:] for i in IMAGES]), max_size=3), max_size=2
    ),
    live=st.booleans(),
)
def test_the_report_finds_what_a_plain_reading_finds(
    plates: dict[int, list[tuple[int, bytes, tuple[int, int]]]],
    new: list[tuple[bytes, int, tuple[int, int]]],
    weeks: dict[bytes, dict[bytes, str]],
    high: dict[bytes, set[bytes]],
    live: bool,
) -> None:
    texts = {
        plate: [record(status, raster, plate, *key) for status, raster, key in rows] + [b"no record"]
        for plate, rows in sorted(plates.items())
    }
    queue = [arrived(raster, plate, *key) for raster, plate, key in new]
    partials = [plate_partial(plate, lines) for plate, lines in texts.items()]
    partials.append(partial_of(b"DFin.dat", FileKind.NEW_QUEUE, queue))
    counted = ImageCensus(
        tuple(folder(b"pages/" + week, files) for week, files in sorted(weeks.items())),
        tuple(folder(b"pages_hd/" + week, dict.fromkeys(names, "good")) for week, names in sorted(high.items())),
    )
    report = examine(partials, counted, Mode.LIVE if live else Mode.QUIESCED)
    files = {b"data/plt%03d.dat" % plate: numbered(lines) for plate, lines in texts.items()}
    files[b"data/DFin.dat"] = numbered(queue)
    pages = Pages(weeks, {week: sorted(names) for week, names in high.items()})
    assert Counter((str(rule), file, line) for rule, file, line, _ in found(report)) == image_findings(
        files, pages, live=live
    )


@pytest.mark.parametrize("image", IMAGES)
def test_a_number_stands_for_one_image_and_knows_its_week(image: bytes) -> None:
    (number,) = number_images(np.array([image], "S12"))
    assert spell_image(int(number)) == image
    assert week_numbers(np.array([number])) == [week_number(image[:4])]
