import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.simulator import record_faults
from dfwarm.simulator.installation import Installation, build_installation, end_installation
from dfwarm.simulator.lines import PLATE, QUERIES, append_line, read_lines
from dfwarm.simulator.plan import DECK, SMALL
from obvious_study import lines_of

REPORTS = ("DFstatus", "DF_ICimages", "DF_ICqcs", "DF_ICrecords")
HEADER = re.compile(r"(\w+): .+ For Study 120  [A-Z][a-z]{2} \d\d,\d{4} \d\d:\d\d +PAGE 1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Installation]:
    made = build_installation(tmp_path, host_name="dfprod1", release="5", plans=(SMALL, DECK), has_data=True)
    yield made
    end_installation(made)


def test_every_enabled_study_has_a_process_that_names_its_configuration(server: Installation) -> None:
    for plan in server.plans:
        assert serves(server, plan.number)
    server.call("DFshutdown")
    assert not any(serves(server, plan.number) for plan in server.plans)


def test_disabling_a_study_stops_its_server_alone_and_is_registered(server: Installation) -> None:
    server.call("DFaccess.rpc", "-s", "120", "-disable", "copying")
    assert not serves(server, 120)
    assert serves(server, 35)
    assert server.call("DFaccess.rpc", "-s", "120", "-q") == b"Study 120: disabled\n"
    assert b"120|-copying|" in (server.datafax_dir / "lib" / "DFstudies.db").read_bytes()
    server.call("DFaccess.rpc", "-s", "120", "-enable")
    assert serves(server, 120)
    assert server.call("DFaccess.rpc", "-s", "120", "-q") == b"Study 120: enabled, read-write\n"


def test_a_disabled_study_stays_down_when_the_whole_server_starts(server: Installation) -> None:
    server.call("DFdisable.rpc", "-s", "120", "upgrade")
    server.call("DFshutdown")
    server.call("DFbootstrap")
    assert serves(server, 35)
    assert not serves(server, 120)
    server.call("DFenable.rpc", "-s", "120")
    assert serves(server, 120)


@pytest.mark.parametrize(("option", "state"), [("-ro", b"read-only"), ("-rw", b"read-write")])
def test_access_can_be_narrowed(server: Installation, option: str, state: bytes) -> None:
    server.call("DFaccess.rpc", "-s", "120", option)
    assert state in server.call("DFaccess.rpc", "-s", "120", "-q")


def test_at_shutdown_page_queries_of_subjects_that_are_gone_are_removed_and_no_others(server: Installation) -> None:
    study = server.study_dir(120)
    last = read_lines(study, QUERIES)[-1].split(b"|")
    for code in (b"2", b"21", b"22", b"23"):
        append_line(study, QUERIES, b"|".join([*last[:6], b"99999", *last[7:14], code, *last[15:]]))
    server.call("DFaccess.rpc", "-s", "120", "-disable", "night")
    assert [fields[14] for _, fields in lines_of(study, "DFqc.dat") if fields[6] == b"99999"] == [b"2", b"23"]


def test_stopping_a_healthy_study_changes_no_query(server: Installation) -> None:
    before = read_lines(server.study_dir(120), QUERIES)
    server.call("DFshutdown")
    assert read_lines(server.study_dir(120), QUERIES) == before


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_begins_as_the_vendor_s_do_and_names_host_and_directory(server: Installation, report: str) -> None:
    said = server.call(report, "120").decode().splitlines()
    assert (found := HEADER.fullmatch(said[0])) and found[1] == report
    assert str(server.study_dir(120)) in said[1]
    assert len(said) > 3


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_on_an_unregistered_study_or_without_a_licence_fails(server: Installation, report: str) -> None:
    assert fails(server, report, "7") == b"study 7 is not registered\n"
    (server.datafax_dir / "lib" / "NO_LICENSE").touch()
    assert fails(server, report, "120") == b"no license for this host\n"


def test_status_counts_what_is_there(server: Installation) -> None:
    rows = [fields for _, fields in lines_of(server.study_dir(120), "plt*.dat")]
    lines = server.call("DFstatus", "120").decode().splitlines()
    for level in range(8):
        counted = next(line.split() for line in lines if re.match(rf"\s+{level} ", line))
        wanted = [sum(row[:2] == [b"%d" % status, b"%d" % level] for row in rows) for status in (1, 2, 3, 4, 5, 6, 0)]
        assert [int(word) for word in counted[1:]] == wanted
    assert f"New records: {SMALL.new_records}" in lines


@pytest.mark.parametrize(
    ("inject", "said"),
    [
        (record_faults.truncate_record, b"1 wrong fields"),
        (record_faults.add_delimiter, b"1 wrong fields"),
        (record_faults.set_wrong_study, b"1 wrong study"),
        (record_faults.set_wrong_plate, b"1 wrong plate"),
        (record_faults.spoil_stamp, b"1 bad creation stamps"),
        (record_faults.add_duplicate_primary, b"1 duplicate primaries"),
        (record_faults.add_orphan_secondary, b"1 orphaned secondaries"),
    ],
)
def test_the_record_check_finds_each_fault(server: Installation, inject: object, said: bytes) -> None:
    assert said not in server.call("DF_ICrecords", "120")
    assert callable(inject)
    assert inject(server.study_dir(120), 3).path == PLATE
    assert said in server.call("DF_ICrecords", "120")


def test_a_parameter_is_told_without_a_newline_unless_asked(server: Installation) -> None:
    study = str(server.study_dir(120)).encode()
    assert server.call("DFgetparam.rpc", "-s", "120", "PAGE_DIR") == study + b"/pages"
    assert server.call("DFgetparam.rpc", "-n", "-s", "120", "STUDY_DIR") == study + b"\n"
    assert fails(server, "DFgetparam.rpc", "-s", "120", "NOTHING") == b"DFgetparam.rpc: study 120 has no NOTHING\n"


def test_a_standby_is_registered_and_empty(tmp_path: Path) -> None:
    made = build_installation(tmp_path, host_name="dfwarm1", release="4", plans=(SMALL,), has_data=False)
    try:
        held = [path for path in made.study_dir(120).rglob("*") if path.is_file()]
        assert held == [made.study_dir(120) / "lib" / "DFserver.cf"]
        assert b"120|dfwarm1|" in (made.datafax_dir / "lib" / "DFstudies.db").read_bytes()
    finally:
        end_installation(made)
    assert not serves(made, 120)


def serves(server: Installation, study: int) -> bool:
    """Look at every process, as an administrator would."""
    conf = str(server.study_dir(study) / "lib" / "DFserver.cf").encode()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"-c" in words and conf in words:
            return True
    return False


def fails(server: Installation, *argv: str) -> bytes:
    folders = f"{server.datafax_dir}/bin:{server.datafax_dir}/reports:/usr/bin:/bin"
    done = subprocess.run(
        argv,
        executable=next(str(path) for path in (server.datafax_dir).glob(f"*/{argv[0]}")),
        env={"DATAFAX_DIR": str(server.datafax_dir), "PATH": folders},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert done.stdout == b""
    return done.stderr
