"""The gate's verbs `report` and `partial`."""

import io
import os
from pathlib import Path

import pytest
from gate_cast import STUDY, a_server, site_of

from dfwarm.datafax.reports.partial import read_answer
from dfwarm.datafax.reports.report import Report
from dfwarm.datafax.reports.stream import decode
from dfwarm.errors import AnswerRefused, ReportUnknown, StudyUnknown
from dfwarm.facts.site import HostSite
from dfwarm.gate.manifest import Listed, last_listed, note_listed
from dfwarm.gate.verbs import VERBS
from dfwarm.terms import Access


def say(site: HostSite, verb: str, *details: str) -> bytes:
    answer = io.BytesIO()
    VERBS[verb](site, details, answer)
    return answer.getvalue()


def reports(site: HostSite, *details: str) -> tuple[Report, ...]:
    return decode(say(site, "report", *details))


def test_a_host_without_state_makes_the_same_reports_as_one_that_remembers(tmp_path: Path) -> None:
    with a_server(tmp_path) as made:
        bare, kept = site_of(made), site_of(made, state=str(tmp_path / "state"))
        first = reports(bare, "all", "035", "quiesced")
        assert [report.name.value for report in first] == ["dfstatus", "ic_images", "ic_queries", "ic_records"]
        assert reports(kept, "all", "035", "quiesced") == first == reports(kept, "all", "035", "quiesced")
        assert all(path.stat().st_mode & 0o700 == path.stat().st_mode & 0o777 for path in [tmp_path / "state/partials"])
        assert len(list((tmp_path / "state/partials").iterdir())) == len(first[0].sources)
        assert {report.time_point.access for report in first} == {Access.ENABLED}
        assert not any(report.gaps for report in first)


def test_listed_reports_speak_of_what_was_listed_and_of_the_copies_put_aside(tmp_path: Path) -> None:
    with a_server(tmp_path) as made:
        site = site_of(made, state=str(tmp_path / "state"))
        folder = os.fsencode(made.study_dir(STUDY))
        say(site, "manifest", "035", "STUDY_DIR", "remembered", "-")
        before = reports(site, "dfstatus", "035", "quiesced")
        plate = made.study_dir(STUDY) / "data/plt001.dat"
        old = plate.read_bytes()
        plate.write_bytes(old + old)
        assert reports(site, "dfstatus", "035", "quiesced", "listed") == before
        assert reports(site, "dfstatus", "035", "quiesced") != before
        for kept in (tmp_path / "state/partials").iterdir():
            kept.unlink()
        (report,) = reports(site, "dfstatus", "035", "quiesced", "listed")
        assert report.gaps == ("data/plt001.dat: its bytes are not those that were listed",)
        (tmp_path / "aside/data").mkdir(parents=True)
        (tmp_path / "aside/data/plt001.dat").write_bytes(old)
        listed = last_listed(folder)
        assert listed is not None
        note_listed(folder, Listed(listed.manifest, os.fsencode(tmp_path / "aside")))
        assert reports(site, "dfstatus", "035", "quiesced", "listed") == before


def test_directories_outside_the_study_are_read_where_they_are(tmp_path: Path) -> None:
    with a_server(tmp_path) as made:
        site, study = site_of(made), made.study_dir(STUDY)
        before = reports(site, "all", "035", "live")
        conf = study / "lib/DFserver.cf"
        for key, name in (("DATABASE_DIR", "data"), ("PAGE_DIR", "pages")):
            (study / name).rename(tmp_path / f"other-{name}")
            conf.write_text(conf.read_text().replace(f"{key}=$(STUDY_DIR)/{name}", f"{key}={tmp_path}/other-{name}"))
        assert reports(site, "all", "035", "live") == before
        for key in ("STUDY_DIR", "DATABASE_DIR", "PAGE_DIR"):
            say(site, "manifest", "035", key, "remembered", "-")
        assert reports(site, "all", "035", "live", "listed") == before


def test_the_records_of_one_file_are_told(tmp_path: Path) -> None:
    with a_server(tmp_path) as made:
        found = read_answer(say(site_of(made), "partial", "035", "plt002.dat"))
        assert (found.file, found.reading.plate, found.reading.study) == (b"data/plt002.dat", 2, 35)
        assert found.records == len((made.study_dir(STUDY) / "data/plt002.dat").read_bytes().splitlines())
        for name in ("plt499.dat", "DFserver.cf"):
            with pytest.raises(AnswerRefused, match=name):
                say(site_of(made), "partial", "035", name)


def test_what_is_no_question_for_a_report_is_refused(tmp_path: Path) -> None:
    with a_server(tmp_path) as made:
        site = site_of(made)
        for details in ((), ("dfstatus", "035"), ("dfstatus", "035", "strict"), ("dfstatus", "035", "live", "now"),
                        ("dfstatus", "35", "live"), ("dfstatus", "035", "live", "listed", "listed")):  # fmt: skip
            with pytest.raises(AnswerRefused):
                say(site, "report", *details)
        with pytest.raises(ReportUnknown, match="'DFstatus'"):
            say(site, "report", "DFstatus", "035", "live")
        with pytest.raises(StudyUnknown):
            say(site, "report", "dfstatus", "999", "live")
        with pytest.raises(AnswerRefused):
            say(site, "partial", "035")
