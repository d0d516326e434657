"""`dfwarm audit` over a pair at work."""

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from stage_play import STUDY, dfwarm, play, record

ACCEPT = ("deviation", "add", f"{STUDY}", "--path", "work/x", "--reason", "known", "--approver", "qa-1")


@pytest.mark.requirement("URS-AUD-01")
@pytest.mark.requirement("URS-AUD-02")
@pytest.mark.requirement("URS-AUD-03")
def test_what_operators_do_is_told_exported_and_held(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, *ACCEPT, "--expires", "30d", environment={"SUDO_USER": "operator-1"}).code == 0
        stage.config.write_text(stage.config.read_text() + "\n# another line\n")
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        assert dfwarm(stage, "audit", "note", "a line was added", "--by", "qa-1").code == 0
        trail = stage.state / "audit.jsonl"

        told = json.loads(dfwarm(stage, "audit", "show", "--json").out)["entries"]
        assert [entry["act"] for entry in told] == [
            "configuration changed",
            "deviation added",
            "configuration changed",
            "note",
        ]
        assert (told[1]["by"], told[1]["sudo"], told[1]["reason"]) == ("qa-1", "operator-1", "known")
        assert "+# another line" in told[2]["after"]
        assert told[2]["before"].removeprefix("sha256 ") in told[0]["after"]
        assert record(stage, 1)["auditHead"] == told[2]["digest"]

        page = dfwarm(stage, "audit", "show", "--act", "deviation", "--person", "operator-1", "--since", "2020-01-01")
        assert "deviation added: study" in page.out
        assert "why     known" in page.out
        assert dfwarm(stage, "audit", "show", "--until", "2020-01-01").out == "no entry\n"
        sorted_out = dfwarm(stage, "audit", "export", "--csv", "-", "--sort", "act", "--reverse").out
        rows = list(csv.reader(io.StringIO(sorted_out)))
        assert [row[4] for row in rows[1:]] == sorted((row[4] for row in rows[1:]), reverse=True)

        table = tmp_path / "audit.sqlite"
        assert dfwarm(stage, "audit", "export", "--sqlite", str(table)).code == 0
        assert sqlite3.connect(table).execute("SELECT count(*) FROM audit").fetchone() == (4,)
        assert dfwarm(stage, "audit", "export", "--sqlite", str(table)).code == 64
        assert dfwarm(stage, "audit", "export").code == 64
        assert dfwarm(stage, "audit", "export", "--csv", str(tmp_path / "audit.csv")).code == 0
        assert dfwarm(stage, "audit", "note", " ", "--by", "qa-1").code == 64

        assert "4 entries hold; the heads of 1 records" in dfwarm(stage, "audit", "verify").out
        lines = trail.read_bytes().splitlines(keepends=True)
        trail.write_bytes(b"".join(lines[:2]))
        cut = dfwarm(stage, "audit", "verify", "--json")
        assert (cut.code, len(json.loads(cut.out)["problems"])) == (51, 1)
        trail.write_bytes(b"".join(lines[1:]))
        assert dfwarm(stage, "audit", "verify").code == 51
        assert dfwarm(stage, "audit", "show").code == 51
