"""The listings of a bundle say what the plain renderings say, entry for entry."""

import re
import stat

from hypothesis import given
from hypothesis import strategies as st

from dfwarm.manifest.mtree import render_mtree
from dfwarm.manifest.rendering import render_side, render_sides
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.sums import render_sums
from manifest_maker import Made, folder, link, made

NAMES = st.sampled_from([b"a", b"b\n", b"c d", b"e\\f", b"caf\xe9", b"#=", b"plain.dat", b"X0001001"])
FILES = st.builds(
    Made,
    path=NAMES,
    content=st.sampled_from([b"1", b"22", None]),
    mode=st.sampled_from([stat.S_IFREG | 0o644, stat.S_IFREG | 0o4600]),
    mtime_ns=st.sampled_from([0, 1_700_000_000_000_000_007, -5]),
    uid=st.sampled_from([0, 500]),
)
OTHERS = st.one_of(FILES, NAMES.map(lambda name: link(name, b"x y")), NAMES.map(folder))


def placed(rows: list[Made], where: bytes) -> list[Made]:
    by_path = {where + row.path: row for row in rows}
    return [Made(path, *(getattr(row, part) for part in PARTS)) for path, row in by_path.items()]


PARTS = ("content", "mode", "size", "mtime_ns", "uid", "gid", "target", "read_at", "attributes")


@given(st.lists(FILES, max_size=6), st.lists(OTHERS, max_size=6))
def test_the_listings_are_the_plain_ones_without_the_digests_in_the_metadata(
    files: list[Made], mixed: list[Made]
) -> None:
    manifest = made(*placed(files, b"pages/2601/"), *placed(mixed, b"mixed/"))
    rendered = render_side(manifest, Scope())
    assert b"".join(rendered.sums) == b"".join(render_sums(manifest))
    assert b"".join(rendered.mtree) == re.sub(rb" sha256=[0-9a-f]{64}", b"", b"".join(render_mtree(manifest)))
    assert rendered.links == sum(stat.S_ISLNK(row.mode) for row in placed(mixed, b""))
    assert render_sides(manifest, manifest, Scope()) == (rendered, rendered)
