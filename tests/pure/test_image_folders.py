from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.image import KINDS
from dfwarm.datafax.reports.census import ImageFolder
from dfwarm.datafax.reports.image_folders import sort_each, sort_out

PLAIN = st.from_regex(rb"\AX?[0-9A-Z]{4}[0-9]{3}\Z")
ODD = st.sampled_from([b"0001001X", b"000100", b"000A00A", b"0001001.png", b"\xe9001001", b"XX001001"])


@given(
    st.lists(st.one_of(PLAIN, PLAIN, PLAIN, ODD), max_size=6, unique=True),
    st.sampled_from([b"pages/0842", b"pages/0900", b"pages", b"pages_hd/12345"]),
    st.data(),
)
def test_a_folder_sorted_out_at_once_is_the_folder_sorted_out_name_by_name(
    names: list[bytes], path: bytes, data: st.DataObject
) -> None:
    kinds = bytes(data.draw(st.sampled_from([0, 0, 0, *range(len(KINDS))])) for _ in names)
    folder = ImageFolder(path, b"\0".join(sorted(names)), bytes(8 * len(names)), kinds)
    at_once, each = sort_out(folder), sort_each(folder)
    assert at_once.images.tolist() == each.images.tolist()
    assert at_once.deleted.tolist() == each.deleted.tolist()
    assert at_once.findings == each.findings
