"""What single values of the configuration may say."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.config import amounts, names, paths, timetable
from dfwarm.config.mistake import Refused, spell_key
from dfwarm.config.values import Share

READERS: list[Callable[[str], object]] = [
    paths.absolute_path,
    paths.relative_glob,
    paths.exclusion_path,
    amounts.duration,
    amounts.share,
    amounts.bandwidth,
    names.study_number,
    names.host_name,
    names.account,
    names.pair_name,
    names.report_name,
    names.credential_name,
    names.mail_address,
    timetable.calendar,
    timetable.time_zone,
]


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "\t",
            "/",
            "//",
            "..",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a ",
            " /a",
            "/a /b",
            "/a//b",
            "a",
            "a/b",
            "/a//",
        ),
        *("$HOME/a", "/a/$VAR", "/a/${VAR}", "/a/`id`", "~/a", "~", "/a\n", "/a\x00b", "/a\x1bb", "/a\u202eb"),
    ],
)
def test_a_path_that_nobody_writes_on_purpose_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        paths.absolute_path(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [("/opt/dfdiscover", b"/opt/dfdiscover"), ("/opt/dfdiscover/", b"/opt/dfdiscover"), ("/a b/ü", "/a b/ü".encode())],
)
def test_a_plain_absolute_path_is_read_and_one_slash_at_its_end_is_dropped(text: str, path: bytes) -> None:
    assert paths.absolute_path(text) == path


@pytest.mark.hazard("H04")
@given(st.text(max_size=20))
def test_whatever_path_is_read_is_absolute_and_cannot_climb(text: str) -> None:
    try:
        path = paths.absolute_path(text)
    except Refused:
        return
    steps = path.split(b"/")
    assert steps[0] == b""
    assert len(steps) > 1
    assert not {b"", b".", b".."} & set(steps[1:])
    assert not path.endswith((b" ", b"/"))


@pytest.mark.parametrize("text", ["/lib/x", "../x", "lib/../x", "", "lib//x", "$X/y"])
def test_a_pattern_stays_below_the_datafax_folder(text: str) -> None:
    with pytest.raises(Refused):
        paths.relative_glob(text)
    assert paths.relative_glob("lib/.serverstatus*") == b"lib/.serverstatus*"


@pytest.mark.parametrize(
    "text", ["/", "lib/x", "/data", "/data/", "/pages", "/lib", "/lib/*.tar", "/lib/a?", "/lib/[a]"]
)
def test_an_exclusion_names_one_path_and_never_the_data_themselves(text: str) -> None:
    with pytest.raises(Refused):
        paths.exclusion_path(text)
    assert paths.exclusion_path("/lib/DFserver.cf") == b"/lib/DFserver.cf"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800), ("1d12h", 129_600), ("1h0m5s", 3605)],
)
def test_a_duration_has_its_unit(text: str, seconds: int) -> None:
    assert amounts.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "24", "24 h", "h", "1h1d", "-1h", "1.5h", "0s", "0d0h", "9999d", "٢h", "1h\n"])
def test_a_duration_without_unit_order_or_length_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        amounts.duration(text)


@given(st.integers(0, 10_000))
def test_a_share_reads_back_what_it_spells(basis_points: int) -> None:
    share = Share(basis_points)
    assert amounts.share(str(share)) == share
    assert share.of(1_000_000) == basis_points * 100


@pytest.mark.parametrize("text", ["", "10", "101%", "100.01%", "1.234%", "-1%", "%", "10 %", ".5%"])
def test_what_is_not_a_share_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        amounts.share(text)


def test_a_share_of_a_small_tree_is_rounded_down() -> None:
    assert Share(200).of(49) == 0
    assert str(Share(50)) == "0.5%"
    assert str(Share(10_000)) == "100%"


@pytest.mark.parametrize(("text", "kib"), [("0", 0), ("500K", 500), ("10M", 10_240), ("1G", 1_048_576)])
def test_a_bandwidth_is_read_as_kib(text: str, kib: int) -> None:
    assert amounts.bandwidth(text) == kib


@pytest.mark.parametrize("text", ["", "10", "0K", "10m", "-1M", "1.5M", "M"])
def test_what_is_not_a_bandwidth_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        amounts.bandwidth(text)


@pytest.mark.parametrize("text", ["", "35", "000", "0035", "35x", "٠٣٥", "035\n"])
def test_a_study_is_three_digits(text: str) -> None:
    with pytest.raises(Refused):
        names.study_number(text)
    assert names.study_number("035") == 35


@pytest.mark.parametrize("text", ["", "-oProxyCommand=x", "user@host", "a b", "host\n", "ssh://h", "$HOST"])
def test_a_host_can_never_become_an_option_of_ssh(text: str) -> None:
    with pytest.raises(Refused):
        names.host_name(text)


@pytest.mark.parametrize("text", ["dfprod1", "dfprod1.example.org", "192.0.2.7", "2001:db8::7", "::1"])
def test_hosts_are_names_or_addresses(text: str) -> None:
    assert names.host_name(text) == text


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (names.account, "dfwarm", "-l root"),
        (names.pair_name, "toronto-2", "../toronto"),
        (names.report_name, "DF_ICimages", "a/b"),
        (names.credential_name, "dfwarm-mail", "../mail"),
        (names.mail_address, "a.b@example.org", "a@b\nBcc: c@d"),
        (timetable.time_zone, "America/Toronto", "Toronto"),
    ],
)
def test_names_hold_only_what_is_safe_in_a_file_name_or_a_header(
    read: Callable[[str], object], good: str, bad: str
) -> None:
    assert read(good) == good
    with pytest.raises(Refused):
        read(bad)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ([], "no program"),
        ([" "], "no program"),
        (["a", "b\n"], "control character"),
        (["a", "$HOME"], "variable"),
        (["a", "${HOME}"], "variable"),
        (["a", "$(id)"], "variable"),
        (["a", "`id`"], "variable"),
        (["a", "{studi}"], "{studi}"),
    ],
)
def test_a_command_that_only_a_shell_understands_is_refused(words: list[str], what: str) -> None:
    with pytest.raises(Refused, match=what):
        names.command(words)


def test_a_command_may_hold_the_known_placeholders_and_a_lone_dollar() -> None:
    assert names.command(["DFstatus", "{study}", "^a$", "$1"]) == ("DFstatus", "{study}", "^a$", "$1")


@pytest.mark.parametrize(
    "text",
    ["*-*-* 02:00:00", "*-*-* 02:00", "Mon..Fri *-*-* 02,14:30", "Sat,Sun *-*-* *:00", "*-*-* */4:15", "*-*-* *:*/20"],
)
def test_calendar_expressions_of_every_shape_are_read(text: str) -> None:
    assert timetable.calendar(text) == text


@pytest.mark.parametrize(
    "text", ["", "02:00", "*-*-* 24:00", "*-*-* 02:60", "2026-01-01 02:00", "Mo *-*-* 02:00", "*-*-* */0:00"]
)
def test_other_calendar_expressions_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        timetable.calendar(text)


@pytest.mark.parametrize("shorthand", timetable.SHORTHANDS)
def test_shorthands_of_the_calendar_are_written_out(shorthand: str) -> None:
    expression = timetable.calendar(shorthand)
    assert expression != shorthand
    assert timetable.calendar(expression) == expression


@given(st.sampled_from(READERS), st.text(max_size=12))
def test_every_reader_reads_or_refuses(read: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(Refused):
        read(text)


def test_keys_are_spelled_as_toml_writes_them() -> None:
    assert spell_key(("transfer", "exclude", 0, "path")) == "transfer.exclude[0].path"
    assert spell_key(("production", "reports", "a\x1bb")) == r"production.reports.'a\x1bb'"
    assert spell_key(()) == ""


@pytest.mark.requirement("URS-SCO-02")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/data", "data/plt001.dat"),
        ("/**", "data/plt001.dat"),
        ("/data/*.dat", "data/plt001.dat"),
        ("/data/*.jnl", "data/2611.jnl"),
        ("/pages/0842", "pages/0842/0060002"),
        ("/*/DFqc.dat", "data/DFqc.dat"),
        ("/ec*", "ecsrc/DFedits"),
        ("/data/[0-9].idx", "not understood"),
        ("work", "absolute"),
        ("/a/../b", ".."),
        ("/", "root"),
    ],
)
def test_a_pattern_may_not_leave_out_what_a_standby_is_for(text: str, message: str) -> None:
    with pytest.raises(Refused, match=message.replace(".", r"\.")):
        paths.replicated_pattern(text)


def test_patterns_are_kept_as_they_are_written() -> None:
    assert paths.replicated_pattern("/data/?*.idx") == b"/data/?*.idx"
    assert paths.records_pattern("/data/*.dat") == b"/data/*.dat"
    for text in ("/pages/*", "/data/**"):
        with pytest.raises(Refused):
            paths.records_pattern(text)
