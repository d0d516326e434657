"""The readers of a study's own files, with the spoken samples as seeds."""

from collections.abc import Callable
from pathlib import Path

from dfwarm.datafax.commandline import read_command_line
from dfwarm.datafax.control import read_access
from dfwarm.datafax.editcheck import read_edit_checks
from dfwarm.datafax.image import read_reference
from dfwarm.datafax.journal import last_entry
from dfwarm.datafax.maps import parse_file_map, parse_missing_map, parse_page_map, parse_problem_map
from dfwarm.datafax.new_queue import read_new_record
from dfwarm.datafax.query import read_query
from dfwarm.datafax.ranges import parse_ranges
from dfwarm.datafax.reason import read_reason
from dfwarm.datafax.record import Line, lines, read_record
from dfwarm.datafax.registration import parse_studies_db
from dfwarm.datafax.reports.exact import read_exactly
from dfwarm.datafax.reports.kernel import Kernel
from dfwarm.datafax.reports.labelled import LabelUnreadable, read_labelled
from dfwarm.datafax.reports.partial import FileKind, Reading
from dfwarm.datafax.script import read_interpreter
from dfwarm.datafax.serverconf import parse_server_conf
from dfwarm.datafax.setup_json import parse_setup
from dfwarm.datafax.sites import parse_sites
from dfwarm.datafax.users import parse_users
from dfwarm.datafax.visit_map import parse_visit_map
from dfwarm.errors import LineUnreadable, SetupUnreadable
from dfwarm.facts.heads import read_head
from dfwarm.facts.mounts import parse_fstab, parse_mountinfo
from fuzz.parser import Parser

_SPOKEN = Path(__file__).parent.parent / "spoken" / "datafax"
_LINES_AT_MOST = 12
_EDIT_CHECK = b"""
edit A() { string s; s = dfexecute("check.sh -x \\"1\\""); dfmessage(s); } /* dfexecute("no") */
edit B() { dfexecute(path + "/run"); # a note
}
"""
_USERS = b"datafax|x|||1|\njack|*|Jack|jack@site.example|2|\n"
_MOUNTS = b"25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n31 25 0:27 / /opt/a\\040b ro - btrfs /dev/sdb rw\n"
_FSTAB = b"# what should be there\n/dev/sda1 / ext4 defaults 0 1\nUUID=1 /opt/studies xfs ro 0 0\n"


def study_parsers() -> tuple[Parser, ...]:
    """One parser a file format of a study."""
    line = (LineUnreadable,)
    return (
        Parser("DFserver.cf", parse_server_conf, (_spoken("DFserver.cf"),), line),
        Parser("DFstudies.db", parse_studies_db, (_spoken("DFstudies.db"),), line),
        Parser("DFsetup", parse_setup, ((_SPOKEN / "DFsetup.json").read_bytes(),), (SetupUnreadable,)),
        Parser("DFfile_map", parse_file_map, (_spoken("DFfile_map"),)),
        Parser("DFpage_map", parse_page_map, (_spoken("DFpage_map"),)),
        Parser("DFmissing_map", parse_missing_map, (_spoken("DFmissing_map"),)),
        Parser("DFqcproblem_map", parse_problem_map, (_spoken("DFqcproblem_map"),)),
        Parser("DFvisit_map", parse_visit_map, (_spoken("DFvisit_map"),)),
        Parser("DFcenters", parse_sites, (_spoken("DFcenters"),)),
        Parser("user list", parse_users, (_USERS,), line),
        Parser("plate records, one by one", _lines(read_record), (_spoken("plt002.dat"),)),
        Parser("queries, one by one", _lines(read_query), (_spoken("DFqc.dat"),)),
        Parser("reasons, one by one", _lines(read_reason), (_spoken("DFreason.dat"),)),
        Parser("new records, one by one", _lines(read_new_record), (_spoken("DFin.dat"),)),
        Parser("plate records, by the kernel", _kernel(FileKind.PLATE, 2), (_spoken("plt002.dat"),)),
        Parser("queries, by the kernel", _kernel(FileKind.QUERIES), (_spoken("DFqc.dat"),)),
        Parser("reasons, by the kernel", _kernel(FileKind.REASONS), (_spoken("DFreason.dat"),)),
        Parser("journal", last_entry, (_spoken("1607.jnl"),)),
        Parser("ranges", parse_ranges_of_bytes, (b"1-5,7,9-12", b"1"), (ValueError,)),
        Parser("image identifier", read_reference, (b"1607/0012003", b"1607R0012003", b"0000/0000000")),
        Parser("edit checks", read_edit_checks, (_EDIT_CHECK,)),
        Parser(
            "command line", lambda text: read_command_line(text, is_whole=True), (b"check.sh -x \"a b\" 'c'", b"a;b|c")
        ),
        Parser("interpreter line", read_interpreter, (b"#!/usr/bin/env -S perl -w\n", b"#!/bin/sh\n")),
        Parser("access state", read_access, (b"study 035 is enabled", b"disabled: moved", b"read-only")),
        Parser("labelled number", _labelled, (b"New records: 1,234 of all\n",), (LabelUnreadable,)),
        Parser(
            "head of a file",
            lambda sample: read_head(b"pages/1607/0012003", sample),
            (b"II*\0" + b"x" * 60, b"%PDF-1.4"),
        ),
        Parser("mounts", parse_mountinfo, (_MOUNTS,), line),
        Parser("fstab", parse_fstab, (_FSTAB,), line),
    )


def parse_ranges_of_bytes(text: bytes) -> object:
    """The ranges of one item of a setup or a configuration."""
    return parse_ranges(text)


def _labelled(text: bytes) -> int:
    return read_labelled(text, b"New records:")


def _spoken(name: str) -> bytes:
    return b"".join((_SPOKEN / name).read_bytes().splitlines(keepends=True)[:_LINES_AT_MOST])


def _lines(read: Callable[[Line], object]) -> Callable[[bytes], object]:
    """Read each line of a text. Every line has to come to something."""

    def read_all(text: bytes) -> object:
        found = [read(line) for line in lines(text)]
        if any(each is None for each in found):
            raise AssertionError("a line was dropped")
        return found

    return read_all


def _kernel(kind: FileKind, plate: int = 0) -> Callable[[bytes], object]:
    """Count a data file as the reports do, and hold what comes of it against one line read after the other."""
    reading = Reading(kind, 253, plate)

    def count(text: bytes) -> object:
        text = text if text.endswith(b"\n") or not text else text + b"\n"
        kernel = Kernel(b"data/file", reading)
        if text:
            kernel.take(memoryview(bytearray(text)), 0)
        partial = kernel.close(b"\0" * 32, len(text))
        plainly = [read_exactly(reading, line) for line in lines(text)]
        counted, expected = (partial.lines, partial.faulty), (len(plainly), sum(not each.columns for each in plainly))
        if counted != expected:
            raise AssertionError(f"lines and faulty lines {counted}, one by one {expected}")
        return partial

    return count
