"""Manifests in the forms of other tools: names survive, and the stock tools agree."""

import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.errors import LineUnreadable
from dfwarm.manifest.mtree import render_mtree
from dfwarm.manifest.people import People
from dfwarm.manifest.sums import parse_sum, render_sums
from manifest_maker import Made, Tree, folder, link, made

NAMES = st.binary(min_size=1, max_size=8).filter(lambda name: not set(name) & {0, 0x2F} and name not in (b".", b".."))


@settings(max_examples=60, deadline=None)
@given(st.sets(NAMES, min_size=1, max_size=5))
def test_every_name_comes_back_from_its_line(names: set[bytes]) -> None:
    manifest = made(*(Made(name, name) for name in names))
    lines = list(render_sums(manifest))
    assert all(line.count(b"\n") == 1 for line in lines)
    assert dict(map(parse_sum, lines)) == {entry.path: entry.digest for entry in manifest.entries() if entry.digest}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"0" * 64 + b"  name\n",
        b"0" * 63 + b"  ./name\n",
        b"0" * 64 + b" *./name\n",
        b"0" * 64 + b"  ./name",
        b"0" * 64 + b"  ./\n",
        b"\\" + b"0" * 64 + b"  ./a\\t\n",
        b"\\" + b"0" * 64 + b"  ./a\\\n",
    ],
)
def test_a_line_that_is_no_sum_is_refused(line: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_sum(line)


def test_only_files_that_were_read_have_a_sum() -> None:
    manifest = made(Made(b"read", b"1"), Made(b"unread", None), link(b"link", b"x"))
    assert [parse_sum(line)[0] for line in render_sums(manifest)] == [b"read"]


def test_sha256sum_accepts_the_lines_and_finds_what_was_altered(tmp_path: Path) -> None:
    names = ("-c", " lead", "trail ", "a\nb", "back\\slash", "a\rb", "\x1b[31m", "caf\udce9", "x" * 255)
    for name in names:
        (tmp_path / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    manifest = made(
        *(Made(each.name.encode("utf-8", "surrogateescape"), each.read_bytes()) for each in tmp_path.iterdir())
    )
    sums = b"".join(render_sums(manifest))
    check = ("sha256sum", "--check", "--strict", "--status")
    assert subprocess.run(check, input=sums, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "back\\slash").write_bytes(b"altered")
    assert subprocess.run(check, input=sums, cwd=tmp_path, check=False).returncode == 1


def test_an_mtree_line_says_what_its_entry_is() -> None:
    people = People(((500, "#500"), (0, "root")), ((500, "a b"), (0, "#0")))
    entries = [
        Made(b"a b=#\xe9", b"ink"),
        Made(b"unread", None),
        link(b"l", b"to there"),
        Made(b"fifo", None, stat.S_IFIFO | 0o600, uid=0),
        Made(b"device", None, stat.S_IFBLK | 0o600),
    ]
    manifest = Tree([*entries, folder(b"d")], people).manifest()
    head, *lines = b"".join(render_mtree(manifest)).splitlines()
    assert head == b"#mtree v2.0"
    assert lines[0] == b". type=dir uid=500 gname=a\\040b mode=0755 time=1700000000.000000000"
    assert lines[1].startswith(b"./a\\040b\\075\\043\\351 type=file uid=500 gname=a\\040b mode=0644 time=")
    assert b" size=3 sha256=" in lines[1]
    assert [line.split()[0] for line in lines] == [
        b".",
        b"./a\\040b\\075\\043\\351",
        b"./d",
        b"./fifo",
        b"./l",
        b"./unread",
    ]
    assert lines[3].split()[1:3] == [b"type=fifo", b"uname=root"]
    assert lines[4].endswith(b"link=to\\040there")
    assert b"sha256" not in lines[5]
