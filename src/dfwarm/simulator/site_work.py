"""What sites do in a study, act by act: each act is a few writes in the order in which a study server makes them."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dfwarm.simulator.writes import Kind, Write

JOURNAL = b"data/2602.jnl"
QUERIES = b"data/DFqc.dat"
SETUP = b"lib/DFsetup"
PROGRAMS = b"lib/DFedits.bin"
WEEK = b"pages/2606"
_QUERIES_AT_MOST = 200
_LINES_AT_MOST = 200

Writes = Iterator[Write]


class SiteWork:
    """An endless row of acts. It reads the study as it is, so it has to be alone with it."""

    def __init__(self, study_dir: Path, number: int, chance: random.Random) -> None:
        self._dir = study_dir
        self._number = number
        self._chance = chance
        self._count = 0
        self._acts: tuple[tuple[Callable[[], Writes], int], ...] = (
            (self._change_record, 60),
            (self._supersede_record, 40),
            (self._receive_page, 50),
            (self._delete_crf, 3),
            (self._save_setup, 10),
            (self._compile_programs, 10),
            (self._ask_query, 40),
            (self._ask_for_visit, 10),
            (self._resolve_query, 20),
            (self._write_letter, 3),
        )

    def next_act(self) -> Writes:
        """One act, done as it is read."""
        self._count += 1
        act = self._chance.choices([act for act, _ in self._acts], [weight for _, weight in self._acts])[0]
        return act()

    def _change_record(self) -> Writes:
        """Raise a level: the plate is written anew beside itself, then takes its place."""
        plate = self._plate()
        lines = self._lines(plate)[-_LINES_AT_MOST:]
        row = self._chance.randrange(len(lines))
        lines[row] = self._raised(lines[row])
        aside = plate.replace(b".dat", b".new")
        yield Write(Kind.PUT, aside, b"".join(lines))
        yield Write(Kind.RENAME, aside, target=plate)
        yield self._tell(lines[row])

    def _supersede_record(self) -> Writes:
        """Append a later version of a record, as a live server does."""
        plate = self._plate()
        line = self._raised(self._chance.choice(self._lines(plate)))
        yield Write(Kind.APPEND, plate, line)
        yield self._tell(line)

    def _receive_page(self) -> Writes:
        name = b"%04d%03d" % (self._count % 10_000, self._count // 10_000 + 1)
        picture = b"\x89PNG\r\n\x1a\n" + self._chance.randbytes(self._chance.randrange(500, 6_000))
        if not (self._dir / os.fsdecode(WEEK)).exists():
            yield Write(Kind.FOLDER, WEEK)
        yield Write(Kind.PUT, WEEK + b"/" + name, picture)
        line = b"0|0|2606/%s|%d|1|1|1001|ABC|01/03/25|1|060.0||2|26/02/02 09:00:00|26/02/02 09:00:00|\n"
        yield Write(Kind.APPEND, b"data/DFin.dat", line % (name, self._number))

    def _delete_crf(self) -> Writes:
        """Hide a page that arrived: its image gets the X of a deleted record, its line leaves the queue."""
        folder = self._dir / os.fsdecode(WEEK)
        names = sorted(os.listdir(os.fsencode(folder))) if folder.exists() else []
        names = [name for name in names if not name.startswith(b"X")]
        if not names:
            return
        name = self._chance.choice(names)
        lines = self._lines(b"data/DFin.dat")
        gone = [line for line in lines if name in line]
        yield Write(Kind.RENAME, WEEK + b"/" + name, target=WEEK + b"/X" + name)
        yield Write(Kind.PUT, b"data/DFin.dat", b"".join(line for line in lines if name not in line))
        for line in gone:
            yield self._tell(b"7" + line[1:])

    def _save_setup(self) -> Writes:
        before = self._read(SETUP)
        yield Write(Kind.PUT, b"dfschema/260202-%06d" % self._count, before)
        yield Write(Kind.PUT, SETUP, before.rstrip(b" \n") + b" " * (1 + self._count % 7) + b"\n")

    def _compile_programs(self) -> Writes:
        """The same size, other bytes."""
        yield Write(Kind.PUT, PROGRAMS, self._chance.randbytes(len(self._read(PROGRAMS))))

    def _ask_query(self) -> Writes:
        line = self._query(b"23", b"1001", b"Please send the page, act %d" % self._count)
        lines = self._lines(QUERIES)
        if len(lines) > _QUERIES_AT_MOST:
            yield Write(Kind.PUT, QUERIES, b"".join(lines[-_QUERIES_AT_MOST // 2 :]))
        yield Write(Kind.APPEND, QUERIES, line)
        yield self._tell(line)

    def _ask_for_visit(self) -> Writes:
        """Ask for the visit of a subject who is gone: the server drops such a query when it ends."""
        yield Write(Kind.APPEND, QUERIES, self._query(b"22", b"%d" % (900_000 + self._count), b"Visit is overdue"))

    def _resolve_query(self) -> Writes:
        lines = self._lines(QUERIES)
        row = next((row for row, line in enumerate(lines) if line.startswith(b"1|")), None)
        if row is not None:
            lines[row] = b"5" + lines[row][1:]
            yield Write(Kind.PUT, QUERIES, b"".join(lines))
            yield self._tell(lines[row])

    def _write_letter(self) -> Writes:
        """A query report for a site, and away with an older one."""
        older = sorted((self._dir / "QC").glob("live-*"))
        yield Write(Kind.PUT, b"QC/live-%06d" % self._count, b"Please answer, act %d\n" % self._count)
        if len(older) > 3:
            yield Write(Kind.REMOVE, b"QC/" + os.fsencode(older[0].name))

    def _query(self, code: bytes, subject: bytes, text: bytes) -> bytes:
        fields = self._lines(QUERIES)[-1].rstrip(b"\n").split(b"|")
        fields[0], fields[6], fields[14], fields[16], fields[20] = b"1", subject, code, text, b""
        return b"|".join(fields) + b"\n"

    def _tell(self, line: bytes) -> Write:
        return Write(Kind.APPEND, JOURNAL, time.strftime("%y%m%d|%H%M%S|jack|", time.gmtime()).encode() + line)

    def _raised(self, line: bytes) -> bytes:
        fields = line.split(b"|")
        fields[1] = b"%d" % (1 + int(fields[1]) % 7)
        return b"|".join(fields)

    def _plate(self) -> bytes:
        plates = sorted((self._dir / "data").glob("plt*.dat"))
        return b"data/" + os.fsencode(self._chance.choice(plates).name)

    def _lines(self, path: bytes) -> list[bytes]:
        return self._read(path).splitlines(keepends=True)

    def _read(self, path: bytes) -> bytes:
        return (self._dir / os.fsdecode(path)).read_bytes()
