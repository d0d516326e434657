"""Data files as sets of records: the same lines in any order are one set, and nothing else is."""

import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import AnswerRefused
from dfwarm.facts.record_sets import RecordSets, read_word, spell_word
from dfwarm.facts.site import HostSite, Release, StopScope
from dfwarm.gate.record_sets import digest_records
from dfwarm.gate.verbs import records
from dfwarm.terms import Side


def sets(folder: Path, **files: bytes) -> RecordSets:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return digest_records(os.fsencode(folder), tuple(map(os.fsencode, files)))


def test_the_order_of_lines_is_all_that_may_differ(tmp_path: Path) -> None:
    said = sets(tmp_path, one=b"a|\nb|\nb|\n", other=b"b|\na|\nb|\n", fewer=b"a|\nb|\n", altered=b"a|\nb|\nb||\n").sets
    one, other, fewer, altered = said
    assert one.sha256 == hashlib.sha256(b"a|\nb|\nb|\n").hexdigest() != other.sha256
    assert one.records == other.records
    assert (one.lines, fewer.lines) == (3, 2)
    assert len({one.records, fewer.records, altered.records}) == 3


@pytest.mark.hazard("H32")
def test_what_is_no_file_of_lines_is_no_set(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "half")
    said = sets(tmp_path, half=b"a|\nb|", nul=b"a\0|\n", empty=b"").sets
    names = (b"pipe", b"link", b"missing", b"no/folder")
    for each in (*said, *digest_records(os.fsencode(tmp_path), names).sets):
        assert each.problem
        assert (each.sha256, each.records, each.lines) == ("", "", 0)


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_a_path_travels_as_one_word(name: bytes) -> None:
    if name in (b".", b".."):
        return
    assert read_word(spell_word(b"data/" + name)) == b"data/" + name


@pytest.mark.hazard("H70")
@pytest.mark.parametrize("path", [b"../secret", b"/etc/passwd", b"data/../../x", b"a//b", b"", b"a\0b", b"./a"])
def test_no_path_leads_out_of_the_root(path: bytes) -> None:
    site = HostSite(Side.STANDBY, b"/nowhere", Release.DFDISCOVER_5, StopScope.STUDY)
    with pytest.raises(AnswerRefused, match="hexadecimal"):
        records(site, ("035", "STUDY_DIR", path.hex() or "zz"), io.BytesIO())
    with pytest.raises(AnswerRefused, match="takes a study"):
        records(site, ("035", "STUDY_DIR"), io.BytesIO())
