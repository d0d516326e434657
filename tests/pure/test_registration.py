import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.control import COMMANDS, VENDOR_REPORTS, read_access, vendor_environment
from dfwarm.datafax.registration import parse_studies_db
from dfwarm.errors import LineUnreadable
from dfwarm.facts.site import Release, unknown_placeholders
from dfwarm.terms import Access

ENABLED = b"254|dfhost|536870929|2|/opt/datafax/bin/DFserver.rpc -c /opt/studies/val254/lib/DFserver.cf|dfhost|ATK"
DISABLED = b"035|-moving to the new disk|536870930|2|DFserver.rpc -c /opt/studies/035/lib/DFserver.cf|dfhost|Trial|5.x|"


def test_a_study_is_known_by_its_number_its_folder_and_whether_it_is_enabled() -> None:
    first, second = parse_studies_db(b"# studies\n\n" + ENABLED + b"\r\n" + DISABLED + b"\n")
    assert (first.number, first.host, first.is_enabled, first.study_dir) == (
        254,
        b"dfhost",
        True,
        b"/opt/studies/val254",
    )
    assert first.command[0] == b"/opt/datafax/bin/DFserver.rpc"
    assert first.server_conf == b"/opt/studies/val254/lib/DFserver.cf"
    assert (second.number, second.host, second.is_enabled, second.label) == (35, b"", False, b"Trial")
    assert second.reason == b"moving to the new disk"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"254|", b"1000|"),
        (b"254|", b"0|"),
        (b"254|", b"x|"),
        (b"254|", "²|".encode()),
        (b"|ATK", b""),
        (b"-c ", b"-x "),
        (b"dfhost|ATK", b"dfhost\0|ATK"),
        (b"-c /opt", b"-c opt"),
        (b"DFserver.cf", b"DFserver.conf"),
        (b" -c /opt", b" -c /a/lib/DFserver.cf -c /opt"),
    ],
)
def test_a_line_that_is_not_understood_is_an_error_with_its_number(good: bytes, bad: bytes) -> None:
    with pytest.raises(LineUnreadable, match="line 2"):
        parse_studies_db(b"#\n" + ENABLED.replace(good, bad))


@pytest.mark.hazard("H04")
@pytest.mark.parametrize("folder", [b"", b"/", b"/..", b"/opt/../035", b"/opt//035", b"/./035"])
def test_a_study_directory_that_is_the_disk_or_climbs_is_refused(folder: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_studies_db(ENABLED.replace(b"/opt/studies/val254", folder))


def test_a_study_that_is_registered_twice_is_an_error() -> None:
    with pytest.raises(LineUnreadable, match="line 2"):
        parse_studies_db(ENABLED + b"\n" + ENABLED.replace(b"254|", b"0254|", 1))


@given(st.binary(max_size=200) | st.lists(st.sampled_from([ENABLED, DISABLED, b"#", b"", b"|"])).map(b"\n".join))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        found = parse_studies_db(text)
    except LineUnreadable:
        return
    assert len(found) == sum(bool(line.strip()) and not line.strip().startswith(b"#") for line in text.split(b"\n"))


@pytest.mark.parametrize(
    ("said", "access"),
    [
        (b"Study 35: enabled\n", Access.ENABLED),
        (b"study 254 is DISABLED: dfwarm: warm standby cycle", Access.DISABLED),
        (b"Restricted, read-only", Access.RESTRICTED),
        (b"read only", Access.READ_ONLY),
        (b"study 035 is disabled (read-only)", Access.DISABLED),
        (b"", Access.UNKNOWN),
        (b"study 035: ok", Access.UNKNOWN),
        (b"the study is not enabled", Access.UNKNOWN),
        (b"was disabled by ann, now enabled", Access.UNKNOWN),
        (b"error: the master cannot be reached; inbound disabled", Access.UNKNOWN),
        (b"redisabled", Access.UNKNOWN),
    ],
)
def test_access_is_believed_only_where_it_is_said_plainly(said: bytes, access: Access) -> None:
    assert read_access(said) is access


@given(st.binary(max_size=60))
def test_a_text_without_a_word_of_ours_never_reads_as_access(said: bytes) -> None:
    words = (b"enabled", b"disabled", b"restricted", b"read-only", b"read only")
    if not any(word in said.lower() for word in words):
        assert read_access(said) is Access.UNKNOWN


def test_every_release_has_a_row_of_commands_that_can_be_filled_in() -> None:
    assert set(COMMANDS) == {release.value for release in Release}
    for row in COMMANDS.values():
        for argv in (row.start, row.stop, row.enable, row.disable, row.query, row.version):
            assert unknown_placeholders(argv) == ()
        assert row.start
        assert row.stop
        assert row.enable
        assert row.disable
    assert [name for name, _ in VENDOR_REPORTS] == ["DFstatus", "DF_ICimages", "DF_ICqcs", "DF_ICrecords"]


def test_a_vendor_program_never_runs_with_somebody_elses_permissions() -> None:
    environment = vendor_environment("/opt/datafax", "/usr/bin")
    assert "DFUSER" not in environment
    assert environment == {"DATAFAX_DIR": "/opt/datafax", "PATH": "/opt/datafax/bin:/opt/datafax/reports:/usr/bin"}
