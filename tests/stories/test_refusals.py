import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, Setting, Stage
from stage_play import ONE_STUDY, STUDY, adopt, dfwarm, is_up, outcome, picture, play, record, record_folder

OVER_SSH = Setting(PULL, (SMALL,))


def empty(stage: Stage) -> None:
    for path in stage.production.study_dir(STUDY).iterdir():
        if path.name != "lib":
            shutil.rmtree(path)
    for path in (stage.production.study_dir(STUDY) / "lib").iterdir():
        if path.name != "DFserver.cf":
            path.unlink()


def halve(stage: Stage) -> None:
    images = sorted((stage.production.study_dir(STUDY) / "pages").rglob("0*"))
    for path in [path for path in images if path.is_file()][::2]:
        path.unlink()


def lose_a_journal(stage: Stage) -> None:
    next((stage.production.study_dir(STUDY) / "data").glob("*.jnl")).unlink()


def lose_the_mount(stage: Stage) -> None:
    study_dir = stage.production.study_dir(STUDY)
    study_dir.rename(study_dir.with_name("not-mounted"))  # kept, so that the new folder cannot have its inode
    study_dir.mkdir()


@pytest.mark.hazard("H01")
@pytest.mark.hazard("H02")
@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (empty, 49, "shrank"),
        (halve, 49, "deleted"),
        (lose_a_journal, 49, "journal"),
        (lose_the_mount, 46, "is another folder than the one that was adopted"),
    ],
)
def test_a_source_that_lost_something_is_refused_before_the_first_write(
    tmp_path: Path, spoil: Callable[[Stage], None], code: int, says: str
) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        before = picture(stage.standby.study_dir(STUDY))
        spoil(stage)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == code, said.err
        assert says in said.err
        assert "hint:" in said.err
        assert picture(stage.standby.study_dir(STUDY)) == before
        assert outcome(stage, 2) == "INCONCLUSIVE"
        assert is_up(stage)


def refuse_to_disable(stage: Stage) -> None:
    (stage.production.datafax_dir / "work" / f"refuse.{STUDY}").touch()


def lose_the_license(stage: Stage) -> None:
    (stage.standby.datafax_dir / "lib" / "NO_LICENSE").touch()


def log_someone_in(stage: Stage) -> None:
    (stage.production.datafax_dir / "work" / "users").write_text("jack\njill\n")


def lose_the_users(stage: Stage) -> None:
    (stage.production.datafax_dir / "work" / "users.fails").touch()


def forget_the_study(stage: Stage) -> None:
    database = stage.standby.datafax_dir / "lib" / "DFstudies.db"
    database.write_text("# none\n")


def lose_the_programs(stage: Stage) -> None:
    (stage.standby.datafax_dir / "bin" / "DFstatus").unlink()


QUICK = replace(ONE_STUDY, activity="skip")


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (log_someone_in, 16, "2 logged in: jack, jill"),
        (lose_the_users, 16, "who is logged in is not known"),
        (forget_the_study, 13, "not registered on the standby"),
        (lose_the_programs, 25, "DFstatus"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error_with_a_record_and_both_servers_up(
    tmp_path: Path, spoil: Callable[[Stage], None], code: int, says: str
) -> None:
    with play(tmp_path, QUICK) as stage:
        spoil(stage)
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, says in said.err, "hint:" in said.err) == (code, True, True), said.err
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert record(stage, 1)["error"]["exitCode"] == code  # type: ignore[index]
        assert (record_folder(stage, 1) / "letter.txt").read_text().startswith("INCONCLUSIVE")
        if spoil is not forget_the_study:
            assert is_up(stage)


@pytest.mark.hazard("H39")
def test_reports_that_fail_alike_on_both_sides_are_no_agreement(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        lose_the_license(stage)
        (stage.production.datafax_dir / "lib" / "NO_LICENSE").touch()
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE")
        assert "no license" in said.out


@pytest.mark.hazard("H39")
def test_an_error_that_both_sides_print_as_a_report_is_no_agreement(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        for installation in (stage.production, stage.standby):
            (installation.datafax_dir / "bin" / "DFstatus").write_text("#!/bin/sh\necho the license has expired\n")
        assert dfwarm(stage, "cycle", "120").code == 3
        assert "holds no number, so it is no report" in str(record(stage, 1)["verdict"])


@pytest.mark.hazard("H38")
def test_reports_that_print_nothing_on_both_sides_are_no_agreement(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        for installation in (stage.production, stage.standby):
            (installation.datafax_dir / "bin" / "DFstatus").write_text("#!/bin/sh\n")
        assert dfwarm(stage, "cycle", "120").code == 3
        assert "empty on a side" in str(record(stage, 1)["verdict"])


@pytest.mark.requirement("URS-VER-03")
def test_a_report_that_counts_otherwise_on_the_standby_is_a_difference_in_words(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        script = stage.standby.datafax_dir / "reports" / "DF_ICimages"
        script.write_text(script.read_text().replace('$(wc -l <"$work/there")', "7"))
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 2
        told = " ".join(said.out.split())
        assert "DF_ICimages: production prints 'Images that are there: " in told
        assert "', the standby 'Images that are there: 7'" in told
        assert {reason["clause"] for reason in record(stage, 1)["verdict"]["reasons"]} == {"numbers"}  # type: ignore[index]
        assert any(path.name.endswith(".diff") for path in (record_folder(stage, 1) / "reports").iterdir())


def test_a_server_that_will_not_stop_is_told_and_nothing_is_proven(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        refuse_to_disable(stage)
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "did not stop" in said.err) == (23, True), said.err
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert is_up(stage)


def test_a_host_that_is_not_there_or_has_another_key_is_told_apart(tmp_path: Path) -> None:
    with play(tmp_path, OVER_SSH) as stage:
        known = stage.folder / "ssh" / "known_hosts"
        good = known.read_text()
        other = stage.folder / "ssh" / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        known.write_text(" ".join([good.split()[0], *other.with_suffix(".pub").read_text().split()[:2]]) + "\n")
        assert _code_and_record(stage, 1, 12)
        known.write_text("")
        assert _code_and_record(stage, 2, 12)
        known.write_text(good)
        text = stage.config.read_text()
        port = good.split("]:")[1].split()[0]
        stage.config.write_text(text.replace(f"port = {port}", "port = 1"))
        assert _code_and_record(stage, 3, 11)
        stage.config.write_text(text)
        assert dfwarm(stage, "cycle", "120").code == 0


def _code_and_record(stage: Stage, sequence: int, code: int) -> bool:
    said = dfwarm(stage, "cycle", "120")
    return (said.code, outcome(stage, sequence), "hint:" in said.err) == (code, "INCONCLUSIVE", True)


def test_a_mail_server_that_is_down_costs_no_verdict_and_the_letter_waits(tmp_path: Path) -> None:
    mail = '[mail]\nfrom = "dfwarm@example.org"\nto = ["dm@example.org"]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'
    with play(tmp_path, replace(ONE_STUDY, mail=mail)) as stage:
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (0, "EQUIVALENT")
        assert "waits in the spool" in (record_folder(stage, 1) / "delivery.txt").read_text()
        assert list((stage.state / "spool" / "waiting").iterdir())


@pytest.mark.hazard("H51")
def test_a_standby_without_room_is_told_as_such(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        study_dir = stage.standby.study_dir(STUDY)
        conf = (study_dir / "lib" / "DFserver.cf").read_bytes()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", study_dir], check=True)
        try:
            (study_dir / "lib").mkdir()
            (study_dir / "lib" / "DFserver.cf").write_bytes(conf)
            adopt(stage)
            said = dfwarm(stage, "cycle", "120")
            assert (said.code, outcome(stage, 1)) == (19, "INCONCLUSIVE"), said.err
            assert is_up(stage)
        finally:
            subprocess.run(["umount", study_dir], check=True)


WITHOUT_POWER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root that a mode of 000 means something to."""


@pytest.mark.hazard("H36")
@pytest.mark.requirement("URS-TRF-04")
def test_a_file_that_cannot_be_read_forbids_equivalence_and_is_named(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        (stage.production.study_dir(STUDY) / "lib" / "DFtips").chmod(0)
        said = dfwarm(stage, "cycle", "120", prefix=WITHOUT_POWER)
        assert (said.code, outcome(stage, 2)) == (3, "INCONCLUSIVE"), said.err
        assert "! lib/DFtips: unreadable, Permission denied" in said.out
        assert is_up(stage)
