"""The index is never the truth: stale, altered or ruined, its answers are those of the records."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from archive_maker import BEGIN, STUDY, fill_archive, make_record, turn
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.catalogue.catalogue import Catalogue, Rebuilt
from dfwarm.equipment.catalogue.database import Database
from dfwarm.equipment.catalogue.layout import METADATA
from dfwarm.errors import IndexUnusable
from dfwarm.evidence.entry import entry_of
from dfwarm.procedures.freshness import look_at_freshness
from dfwarm.terms import CycleId, Outcome
from postgres_server import a_server

DISCREPANT, INCONCLUSIVE = Outcome.DISCREPANT, Outcome.INCONCLUSIVE


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with a_server() as url:
        yield url


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    url = request.getfixturevalue("server") if request.param == "postgresql" else ""
    found = Database(tmp_path / "index.sqlite", url)
    found.clear()
    return found


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
in_a_file = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def outcomes(catalogue: Catalogue) -> list[Outcome]:
    return [entry.outcome for entry in catalogue.entries(STUDY)]


@both
def test_the_index_says_what_the_records_say_and_reads_each_of_them_once(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = fill_archive(tmp_path, 3, DISCREPANT)
    catalogue = Catalogue(database, archive)
    first = catalogue.entries(STUDY)
    record = archive.read(CycleId(STUDY, 1))
    assert first[0] == entry_of(record, first[0].digest)
    assert [entry.reason for entry in first] == ["not examined", "", ""]
    monkeypatch.setattr(Catalogue, "_read", lambda *_: pytest.fail("a record that is indexed was read again"))
    assert catalogue.entries(STUDY) == first


@both
def test_rows_of_records_that_changed_or_went_are_made_good(tmp_path: Path, database: Database) -> None:
    archive = fill_archive(tmp_path, 3)
    catalogue = Catalogue(database, archive)
    assert outcomes(catalogue) == [Outcome.EQUIVALENT] * 3
    turn(archive, 2, DISCREPANT)
    shutil.rmtree(archive.place(CycleId(STUDY, 3)))
    assert outcomes(catalogue) == [Outcome.EQUIVALENT, DISCREPANT]
    assert outcomes(catalogue) == [Outcome.EQUIVALENT, DISCREPANT]


@both
def test_a_row_that_was_altered_is_not_believed(tmp_path: Path, database: Database) -> None:
    catalogue = Catalogue(database, fill_archive(tmp_path, 2, DISCREPANT))
    assert outcomes(catalogue) == [DISCREPANT, Outcome.EQUIVALENT]
    with database.open() as connection:
        connection.execute(text("UPDATE cycles SET outcome = 'EQUIVALENT'"))
    assert outcomes(catalogue) == [DISCREPANT, Outcome.EQUIVALENT]


@both
def test_an_index_is_made_anew(tmp_path: Path, database: Database) -> None:
    catalogue = Catalogue(database, fill_archive(tmp_path, 4))
    assert catalogue.rebuild() == Rebuilt(records=4, read=4, dropped=0)
    assert catalogue.rebuild() == Rebuilt(records=4, read=4, dropped=0)
    assert Catalogue(database, Archive(tmp_path / "none")).rebuild() == Rebuilt(0, 0, 0)


@both
def test_the_migrations_make_the_layout_that_the_code_means(tmp_path: Path, database: Database) -> None:
    Catalogue(database, fill_archive(tmp_path, 1)).entries(STUDY)
    with database.open() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


@pytest.mark.parametrize(
    "ruin",
    [
        lambda path: path.write_bytes(b"no database at all, but long enough to be looked at" * 40),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(b""),
        lambda path: _execute(path, "DROP TABLE cycles"),
        lambda path: _execute(path, "ALTER TABLE cycles DROP COLUMN reason"),
        lambda path: _execute(path, "UPDATE cycles SET began_at = 'junk'"),
        lambda path: _execute(path, "DELETE FROM alembic_version"),
    ],
)
@in_a_file
def test_a_ruined_file_costs_no_answer(tmp_path: Path, database: Database, ruin: Callable[[Path], object]) -> None:
    catalogue = Catalogue(database, fill_archive(tmp_path, 3, INCONCLUSIVE))
    before = catalogue.entries(STUDY)
    ruin(database.file)
    assert catalogue.entries(STUDY) == before
    assert catalogue.entries(STUDY) == before


@in_a_file
def test_an_index_of_a_newer_release_is_left_alone_and_the_records_answer(tmp_path: Path, database: Database) -> None:
    catalogue = Catalogue(database, fill_archive(tmp_path, 2))
    catalogue.entries(STUDY)
    _execute(database.file, "UPDATE alembic_version SET version_num = 'v9999'")
    assert outcomes(catalogue) == [Outcome.EQUIVALENT] * 2
    with pytest.raises(IndexUnusable, match="newer release"), database.open():
        pass


def test_a_server_that_does_not_answer_is_named_and_the_records_answer(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://dfwarm@/postgres?host={tmp_path}&port=1"
    catalogue = Catalogue(Database(tmp_path / "unused", url), fill_archive(tmp_path, 2))
    assert outcomes(catalogue) == [Outcome.EQUIVALENT] * 2
    with pytest.raises(IndexUnusable, match="index postgresql"):
        catalogue.rebuild()


@in_a_file
def test_status_is_right_when_the_index_lies(tmp_path: Path, database: Database) -> None:
    archive = fill_archive(tmp_path, 12, *[Outcome.EQUIVALENT] * 2, *[INCONCLUSIVE] * 10)
    catalogue = Catalogue(database, archive)
    catalogue.entries(STUDY)
    _execute(database.file, "UPDATE cycles SET outcome = 'EQUIVALENT' WHERE sequence = 4")
    _execute(database.file, "UPDATE cycles SET outcome = 'INCONCLUSIVE' WHERE sequence = 2")
    seen = look_at_freshness(archive, STUDY, catalogue.entries, now=BEGIN, rpo_seconds=1)
    assert (seen.proven_by, seen.last_cycle) == ("035-00002", "035-00012")
    assert seen.proven_as_of == make_record(2).as_of


def test_a_look_at_a_sound_pair_opens_no_index(tmp_path: Path) -> None:
    archive = fill_archive(tmp_path, 12)
    seen = look_at_freshness(archive, STUDY, lambda _: pytest.fail("asked"), now=BEGIN, rpo_seconds=1)
    assert seen.proven_by == "035-00012"
    none = look_at_freshness(
        fill_archive(tmp_path / "b", 2, *[INCONCLUSIVE] * 2),
        STUDY,
        lambda _: pytest.fail("asked"),
        now=BEGIN,
        rpo_seconds=1,
    )
    assert (none.proven_by, none.age_seconds) == ("", -1)


def test_the_command_line_loads_no_database_library_before_it_needs_one() -> None:
    program = "import sys, dfwarm.assembly, dfwarm.cli.status; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
