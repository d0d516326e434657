"""A sample of every layout is read as the public sources say, and every line of it."""

from dfwarm.datafax.new_queue import read_new_record
from dfwarm.datafax.query import Query, read_query
from dfwarm.datafax.reason import Reason, read_reason
from dfwarm.datafax.record import FaultyLine, Key, LineFault, Record, lines, read_record
from dfwarm.datafax.registration import parse_studies_db
from dfwarm.datafax.serverconf import parse_server_conf
from dfwarm.datafax.setup_json import parse_setup
from spoken_study import spoken


def test_every_data_record_has_the_fields_that_its_setup_says_and_missed_ones_eleven() -> None:
    plate = parse_setup(spoken("DFsetup.json")).by_number[2]
    found = [record for line in lines(spoken("plt002.dat")) if isinstance(record := read_record(line), Record)]
    assert [(record.is_missed, record.is_secondary, len(record.fields)) for record in found] == [
        (False, False, plate.field_count),
        (True, False, 11),
        (False, True, plate.field_count),
        (False, False, plate.field_count),
    ]
    assert found[3].fields[7] == b"\xc9TU"


def test_queries_and_reasons_are_read_with_and_without_a_last_delimiter() -> None:
    queries = [read_query(line) for line in lines(spoken("DFqc.dat"))]
    assert [(found.needs_record, found.is_unresolved) for found in queries if isinstance(found, Query)] == [
        (True, True),
        (False, False),
    ]
    reasons = [read_reason(line) for line in lines(spoken("DFreason.dat"))]
    assert [(found.status, found.field) for found in reasons if isinstance(found, Reason)] == [(1, 9), (3, 0)]


def test_the_new_queue_holds_new_records_and_what_is_not_new_is_located() -> None:
    (arrived,) = (read_new_record(line) for line in lines(spoken("DFin.dat")))
    assert isinstance(arrived, Record)
    assert arrived.key == Key(1003, 3, 2)
    changed = spoken("DFin.dat").replace(b"0|0|", b"1|0|") + spoken("DFin.dat").replace(b"0|0|", b"0|1|") + b"x\n"
    wrong = [found for line in lines(changed) if isinstance(found := read_new_record(line), FaultyLine)]
    assert [(found.line.number, found.faults[0]) for found in wrong] == [
        (1, LineFault.STATUS),
        (2, LineFault.LEVEL),
        (3, LineFault.FIELD_COUNT),
    ]


def test_a_server_and_its_studies_say_where_everything_lies() -> None:
    enabled, disabled = parse_studies_db(spoken("DFstudies.db"))
    assert (enabled.number, enabled.is_enabled, disabled.reason) == (253, True, b"moved")
    conf = parse_server_conf(spoken("DFserver.cf"))
    assert (conf.expand("STUDY_DIR"), conf.expand("PAGE_DIR")) == (
        enabled.study_dir,
        b"/opt/studies/val253/pages",
    )
