"""A person reviews sealed cycles: enrolled by name, signing with a key of her own, printed on every certificate."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from guide_pages import blocks, commands
from stage_play import dfwarm, play, record_folder

SEALED = Setting(LOCAL, (SMALL,), seals=True)
SIGN = ("--meaning", "acceptable", "--as", "qa-1", "--role", "QA")
ENROL = ("reviewer", "add", "qa-1", "--name", "Reviewer One", "--by", "admin-1", "--reason", "passport seen, SOP-07")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path, SEALED) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        assert dfwarm(stage, "cycle", "120").code == 0
        key = tmp_path / "reviewer"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        yield stage


def key_of(stage: Stage) -> str:
    return str(stage.folder.parent / "reviewer")


def allow_software_keys(stage: Stage) -> None:
    stage.config.write_text(stage.config.read_text() + '\n[review]\nsoftware_keys = true\nprocedure = "SOP-07 v3"\n')
    assert dfwarm(stage, *ENROL, "--key", f"{key_of(stage)}.pub").code == 0


@pytest.mark.requirement("URS-SIG-01")
@pytest.mark.requirement("URS-SIG-02")
@pytest.mark.requirement("URS-EVD-01")
def test_a_review_is_signed_stamped_printed_and_holds_for_its_day_alone(stage: Stage) -> None:
    folder = record_folder(stage, 1)
    sealed = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {"certificate.txt", "certificate.html", "certificate.pdf"} <= sealed.keys()
    assert b"not yet reviewed" in sealed["certificate.txt"]
    allow_software_keys(stage)
    assert dfwarm(stage, "cycle", "120").code == 0
    said = dfwarm(stage, "review", "120-00001..120-00002", *SIGN, "--key", key_of(stage))
    assert said.code == 0, said.err
    assert "NOT time-stamped" not in said.out
    for sequence in (1, 2):
        there = record_folder(stage, sequence)
        record = json.loads((there / "reviews" / "review-qa-1-0001.json").read_text())
        assert [each["certificate"] for each in record["covers"]] == ["120-00001", "120-00002"]
        assert record["sopVersion"] == "SOP-07 v3"
        assert '"Reviewed: evidence complete and acceptable"' in " ".join(
            (there / "certificate.txt").read_text().split()
        )
        assert "Reviewer One, QA" in (there / "certificate.html").read_text()
        assert dfwarm(stage, "verify", f"120-0000{sequence}").code == 0
        trust = next(path for path in stage.folder.rglob("allowed_signers")).parent
        done = subprocess.run(["sh", "VERIFY.sh", str(trust)], cwd=there, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    unchanged = {"statement.json", "statement.json.sig", "SHA256SUMS"}
    assert all((folder / name).read_bytes() == sealed[name] for name in unchanged)
    third = dfwarm(stage, "cycle", "120")
    assert third.code == 0
    shutil.copytree(record_folder(stage, 1) / "reviews", record_folder(stage, 3) / "reviews")
    moved = dfwarm(stage, "verify", "120-00003")
    assert moved.code == 33
    assert "step 13, reviews" in moved.out + moved.err
    assert "not of the statement of cycle 120-00003" in moved.out + moved.err


@pytest.mark.requirement("URS-SIG-01")
def test_the_guide_to_reviews_can_be_followed(stage: Stage, tmp_path: Path) -> None:
    """With a key in a file: the guide's own is made on a security key, with a person's finger on it."""
    make, check = blocks("review.md", "sh")
    enrol, end, show, review = (
        tuple(word.replace("00042", "00001").replace("00048", "00001") for word in words)
        for words in commands("review.md", 120)
    )
    assert "-t ed25519-sk -O verify-required -O application=ssh:dfwarm" in make
    make = make.replace("-t ed25519-sk -O verify-required -O application=ssh:dfwarm", "-q -t ed25519 -N ''")
    subprocess.run(["sh", "-eu", "-c", make], cwd=tmp_path, check=True)
    stage.config.write_text(stage.config.read_text() + "\n[review]\nsoftware_keys = true\n")
    keyed = {"qa-1.pub": str(tmp_path / "qa-1.pub")}
    assert dfwarm(stage, *(keyed.get(word, word) for word in enrol)).code == 0
    assert dfwarm(stage, *show).code == 0
    said = dfwarm(stage, *review[:-1], str(tmp_path / "qa-1"))
    assert said.code == 0, said.err
    trust = next(path for path in stage.folder.rglob("allowed_signers")).parent
    argv = ["sh", "-eu", "-c", check]
    settled = {**os.environ, "TRUST": str(trust)}
    done = subprocess.run(argv, cwd=record_folder(stage, 1), env=settled, capture_output=True, text=True, check=False)
    assert (done.returncode, "Good " in done.stdout) == (0, True), done.stderr
    assert dfwarm(stage, *end).code == 0
    assert dfwarm(stage, "verify", "120-00001").code == 0, "what was signed before stays signed"


@pytest.mark.requirement("URS-SIG-06")
def test_the_certificate_of_another_day_does_not_fit_beside_a_statement(stage: Stage) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    for name in ("certificate.txt", "certificate.html", "certificate.pdf", "letter.txt", "letter.html"):
        shutil.copy(record_folder(stage, 1) / name, record_folder(stage, 2) / name)
    for name in ("RENDERINGS.sha256", "RENDERINGS.sha256.sig"):
        shutil.copy(record_folder(stage, 1) / name, record_folder(stage, 2) / name)
    said = dfwarm(stage, "verify", "120-00002")
    assert (said.code, "renderings" in said.out + said.err) == (33, True)
    trust = next(path for path in stage.folder.rglob("allowed_signers")).parent
    argv = ["sh", "VERIFY.sh", str(trust)]
    done = subprocess.run(argv, cwd=record_folder(stage, 2), capture_output=True, check=False, timeout=60)
    assert done.returncode != 0


@pytest.mark.requirement("URS-SIG-04")
def test_who_is_not_enrolled_or_has_the_wrong_key_does_not_sign(stage: Stage) -> None:
    refused = dfwarm(stage, *ENROL, "--key", f"{key_of(stage)}.pub")
    assert (refused.code, "is no security key" in refused.err) == (38, True)
    said = dfwarm(stage, "review", "120-00001", *SIGN, "--key", key_of(stage))
    assert (said.code, "nobody is enrolled as 'qa-1'" in said.err) == (38, True)
    allow_software_keys(stage)
    other = dfwarm(stage, "reviewer", "add", "qa-1", "--name", "Another", *ENROL[5:], "--key", f"{key_of(stage)}.pub")
    assert (other.code, "never given to somebody else" in other.err) == (38, True)
    assert dfwarm(stage, "reviewer", "end", "qa-1", "--by", "admin-1", "--reason", "left").code == 0
    gone = dfwarm(stage, "review", "120-00001", *SIGN, "--key", key_of(stage))
    assert gone.code == 38
    assert not (record_folder(stage, 1) / "reviews").exists()
    listed = json.loads(dfwarm(stage, "reviewer", "list", "--json").out)
    assert [each["user"] for each in listed["reviewers"]] == ["qa-1"]


def test_broken_evidence_and_bad_ranges_are_not_reviewed(stage: Stage) -> None:
    allow_software_keys(stage)
    for text in ("120", "120-00002..120-00001", "120-00001..035-00002"):
        assert dfwarm(stage, "review", text, *SIGN, "--key", key_of(stage)).code == 64
    assert dfwarm(stage, "review", "120-00009", *SIGN, "--key", key_of(stage)).code == 27
    (record_folder(stage, 1) / "cycle.json").write_bytes(b"{}")
    assert dfwarm(stage, "review", "120-00001", *SIGN, "--key", key_of(stage)).code != 0
    assert not (record_folder(stage, 1) / "reviews").exists()


@pytest.mark.requirement("URS-SIG-01")
def test_a_person_with_two_names_is_one_person_to_the_register_and_to_a_hold(stage: Stage, tmp_path: Path) -> None:
    """The cycle is run by the account `root`, which the register knows as that of the first reviewer."""
    allow_software_keys(stage)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    reason = ("--by", "admin-1", "--reason", "passport seen")
    for user, name, key in (("qa-9", "Somebody Else", key_of(stage)), ("qa-9", "reviewer one", f"{tmp_path}/other")):
        said = dfwarm(stage, "reviewer", "add", user, "--name", name, "--key", f"{key}.pub", *reason)
        assert (said.code, "nobody is enrolled under two names" in said.err) == (38, True), said.err
    enrol = ("reviewer", "add", "root", "--name", "The Operator", "--key", f"{tmp_path}/other.pub")
    assert dfwarm(stage, *enrol, *reason).code == 0
    next((stage.production.study_dir(120) / "data").glob("plt*.dat")).unlink()
    assert dfwarm(stage, "cycle", "120").code == 49
    approve = ("approve", "hold", "120-00002", "--reason", "the site asked for it", "--by")
    refused = dfwarm(stage, *approve, "the operator")
    assert (refused.code, "somebody else has to approve it" in refused.err) == (48, True), refused.err
    assert dfwarm(stage, *approve, "Reviewer One").code == 0
