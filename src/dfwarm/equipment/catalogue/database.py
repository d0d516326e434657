"""The database of the index: SQLite in a file with a rollback journal, or PostgreSQL by its address."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from dfwarm.equipment.catalogue.layout import HEAD
from dfwarm.errors import IndexUnusable

_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Database:
    """One index. `url` is empty for the file."""

    file: Path
    url: str

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """
        Work with the index in one transaction, brought to the newest layout first.

        Raises IndexUnusable. A file that is no database is removed: it is made anew from the records.
        """
        engine = self._engine()
        try:
            with engine.begin() as connection:
                _bring_up_to_date(connection)
                yield connection
        except DatabaseError as error:
            if not self.url and _is_ruined(error):
                self.file.unlink(missing_ok=True)
            raise IndexUnusable(f"index {self.url or self.file}: {error.orig}") from error
        except SQLAlchemyError as error:
            raise IndexUnusable(f"index {self.url or self.file}: {error}") from error
        finally:
            engine.dispose()

    def clear(self) -> None:
        """Throw the whole index away. Raises IndexUnusable."""
        if not self.url:
            self.file.unlink(missing_ok=True)
            return
        engine = self._engine()
        try:
            with engine.begin() as connection:
                for table in ("cycles", "alembic_version"):
                    connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
        except SQLAlchemyError as error:
            raise IndexUnusable(f"index {self.url}: {error}") from error
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        if self.url:
            return create_engine(self.url, connect_args={"connect_timeout": 5, "client_encoding": "utf8"})
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(f"sqlite:///{self.file}")
        event.listen(engine, "connect", _set_pragmas)
        return engine


def _is_ruined(error: DatabaseError) -> bool:
    """Whether the file is no database, or not ours, rather than one that is busy or may not be written."""
    return not isinstance(error, OperationalError) or "no such" in str(error.orig)


def _set_pragmas(connection: object, _record: object) -> None:
    """No write-ahead log: releases of SQLite that are in use today can lose data with it."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _bring_up_to_date(connection: Connection) -> None:
    """Run the migrations that are missing; Alembic is not loaded where there is none."""
    if inspect(connection).has_table("alembic_version"):
        held = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if held == HEAD:
            return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise IndexUnusable(f"the index is of a newer release: {error}") from error
