"""What is compared is a policy that somebody answers for; what it leaves out is named, counted and digested."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from dfwarm.simulator.plan import ENTRY, SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from stage_play import STUDY, adopt, dfwarm, outcome, play, record, record_folder

APPROVE = ("approve", "scope", "--by", "qa-1", "--reason", "reviewed with data management")
LISTING = 'vendor_reports = false\nreports = { listing = ["wc", "-l", "{study_dir}/lib/DFschema"] }\n'
EXCLUSION = '{ path = "/lib/DFserver.cf", reason = "each host has its own" }'


def rewrite(stage: Stage, old: str, new: str) -> None:
    text = stage.config.read_text()
    assert old in text
    stage.config.write_text(text.replace(old, new))


@pytest.mark.hazard("H10")
@pytest.mark.requirement("URS-SCO-01")
def test_a_changed_policy_forbids_equivalence_until_it_is_approved_by_name(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        assert dfwarm(stage, "approve", "scope").code == 0
        rewrite(stage, EXCLUSION, f'{EXCLUSION}, {{ path = "/work/core", reason = "a dump" }}')
        (stage.production.study_dir(STUDY) / "work" / "core").write_text("dumped")
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 2)) == (3, "INCONCLUSIVE")
        assert "scope policy not approved" in said.out
        assert dfwarm(stage, "approve", "scope", "--by", "qa-1").code == 64
        shown = dfwarm(stage, "approve", "scope")
        assert (shown.code, "+ exclude: /work/core (a dump)" in shown.out) == (45, True)
        assert dfwarm(stage, *APPROVE).code == 0
        assert dfwarm(stage, "cycle", "120").code == 0
        scope = record(stage, 3)["scope"]
        assert (scope["approvedBy"], scope["problem"]) == ("qa-1", "")  # type: ignore[index]
        approval = [json.loads(line) for line in (stage.state / "ledger.jsonl").read_text().splitlines()]
        (told,) = [line["detail"] for line in approval if line["act"] == "approval"]
        assert told["digest"] == scope["digest"] != told["previous"]  # type: ignore[index]


@pytest.mark.hazard("H11")
@pytest.mark.requirement("URS-SCO-03")
def test_what_is_left_out_and_who_is_not_kept_is_in_every_record(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL, ENTRY))) as stage:
        rewrite(stage, f', "{ENTRY.number:03d}"', "")
        kept, other = STUDY, ENTRY.number
        said = dfwarm(stage, "cycle", f"{kept:03d}")
        assert said.code == 0, said.err
        assert f"not in scope studies {other:03d} of production" in said.out
        scope = record(stage, 1, kept)["scope"]
        assert scope["unscopedStudies"] == [f"{other:03d}"]  # type: ignore[index]
        assert len(scope["digest"]) == 64  # type: ignore[index]
        counts = {rule["pattern"]: (rule["production"], rule["standby"]) for rule in scope["rules"]}  # type: ignore[index]
        assert counts["/lib/DFserver.cf"] == (1, 1)
        folder = record_folder(stage, 1, kept)
        lines = [json.loads(line) for line in (folder / "set-aside.jsonl").read_text().splitlines()]
        own = next(line["entry"] for line in lines if line["entry"]["path"] == "lib/DFserver.cf")
        assert own["production"].startswith("sha256 ")
        assert own["standby"].startswith("sha256 ")
        assert own["production"] != own["standby"]
        assert json.loads((folder / "coverage.json").read_text())["policy"]["name"] == "built-in"
        assert record(stage, 1, kept)["trees"]["checked"][0].startswith("checked ")  # type: ignore[index]
        words = " ".join(said.out.split())
        assert re.search(r"oldest unread file: \d+ s on production, \d+ s on the standby", words)
        assert re.search(r"checked (\d+) of \1 expected", words)


@pytest.mark.parametrize("arrangement", [PULL, LOCAL])
def test_roots_that_lie_outside_the_study_are_carried_over_and_proven(tmp_path: Path, arrangement: str) -> None:
    with play(tmp_path, Setting(arrangement, (SMALL,))) as stage:
        for installation in (stage.production, stage.standby):
            study = installation.study_dir(STUDY)
            conf = study / "lib" / "DFserver.cf"
            lines = conf.read_text().splitlines()
            for key, part in (("DATABASE_DIR", "data"), ("PAGE_DIR", "pages")):
                place = installation.datafax_dir.parent / f"elsewhere-{part}"
                if (study / part).exists():
                    shutil.move(study / part, place)
                else:
                    place.mkdir()
                assert any(line.startswith(f"{key}=") for line in lines)
                lines = [f"{key}={place}" if line.startswith(f"{key}=") else line for line in lines]
            conf.write_text("\n".join(lines) + "\n")
        for path in (stage.config, stage.gate_config):  # the simulator's own reports look below the study alone
            path.write_text(path.read_text().replace('stop = "study"\n', f'stop = "study"\n{LISTING}'))
        adopt(stage)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.out + said.err
        found = record(stage, 1)
        roots = {root["key"]: (root["production"], root["standby"]) for root in found["scope"]["roots"]}  # type: ignore[index]
        assert set(roots) == {"STUDY_DIR", "DATABASE_DIR", "PAGE_DIR"}
        for ours, theirs in roots.values():
            assert ours != theirs
        theirs = Path(roots["DATABASE_DIR"][1])
        assert os.listdir(theirs)
        plate = theirs / "plt001.dat"
        before = plate.stat()
        plate.write_bytes(plate.read_bytes().replace(b"|", b"!", 1))
        os.utime(plate, ns=(before.st_atime_ns, before.st_mtime_ns))
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "plt001.dat" in said.out) == (2, True)
        rewrite(stage, "[schedule]", '[scope]\nname = "site"\nversion = "1"\nroots = ["STUDY_DIR"]\n\n[schedule]')
        assert dfwarm(stage, *APPROVE).code == 0
        assert dfwarm(stage, "cycle", "120", "--mend").code == 3
        assert "the study has the roots STUDY_DIR, PA" in dfwarm(stage, "show", "120-00003").out
