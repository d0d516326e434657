"""A cycle seals its evidence, says how, and stands by its verdict where it cannot."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dfwarm.cli.main import dfwarm as cli
from dfwarm.equipment.signer import HeldKey
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import DfwarmError
from dfwarm.evidence.signers import Signer
from dfwarm.simulator.damage import damage_unseen
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from stage_play import STUDY, Said, dfwarm, outcome, play, record_folder

CONFIG = """\
pair = {{ name = "a", state = "{folder}/state", rpo = "24h", activity = "wait", hold = "none", studies = ["120"] }}
production = {{ reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }}
standby = {{ reach = "local", datafax_dir = "/d", release = "5", stop = "study" }}
"""
SEALED = Setting(LOCAL, (SMALL,), seals=True)
FAKETIME = shutil.which("faketime") or "faketime"
BARE_TOOLS = [
    "sh",
    "basename",
    "cat",
    "cut",
    "date",
    "dirname",
    "grep",
    "printf",
    "sed",
    "sha256sum",
    "sort",
    "ssh-keygen",
    "openssl",
    "uniq",
    "wc",
    "head",
    "tail",
    "tr",
    "ls",
    "test",
]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path, SEALED) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        yield stage


def verify_alone(folder: Path, *words: str, prefix: tuple[str, ...] = (), path: str = "") -> Said:
    """Run the bundle's own script, with none of the product at hand."""
    environment = {"PATH": path or os.environ["PATH"]}
    done = subprocess.run(
        [*prefix, "/bin/sh", "VERIFY.sh", *words], cwd=folder, capture_output=True, env=environment, check=False
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def bare_path(folder: Path) -> str:
    """A PATH that holds coreutils, sed, grep, ssh-keygen and openssl, and nothing else."""
    folder.mkdir()
    for tool in BARE_TOOLS:
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    return str(folder)


@pytest.mark.skipif(not shutil.which("faketime"), reason="needs the package faketime")
@pytest.mark.requirement("URS-EVD-02")
@pytest.mark.requirement("URS-EVD-03")
@pytest.mark.requirement("URS-EVD-05")
def test_every_verdict_leaves_a_bundle_that_anybody_can_verify_with_a_clock_that_says_2051(
    stage: Stage, tmp_path: Path
) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    damage_unseen(stage.standby.study_dir(STUDY))
    assert dfwarm(stage, "cycle", "120").code == 2
    path = bare_path(tmp_path / "bin")
    for sequence, verdict in ((1, "EQUIVALENT"), (2, "DISCREPANT")):
        folder = record_folder(stage, sequence)
        said = verify_alone(folder, path=path, prefix=(FAKETIME, "2051-06-01 12:00:00"))
        assert said.code == 0, said.out + said.err
        assert said.out.endswith(f"Its verdict is: {verdict}\n")
        assert "not taken: gzip is not here" in said.out
        assert verify_alone(folder, str(stage.state / "trust")).out.count(" holds ") == 12
    said = dfwarm(stage, "verify", "--all")
    assert (said.code, said.out.count("GENUINE")) == (0, 2), said.out
    assert {path.name for path in record_folder(stage, 2).glob("standby.*")} == {"standby.sha256.gz"}
    assert not list(record_folder(stage, 1).glob("standby.*"))
    statement = json.loads((record_folder(stage, 1) / "statement.json").read_text())["predicate"]
    assert statement["content"]["identical"]
    assert statement["decision"]["verdict"] == outcome(stage, 1)
    assert (
        statement["negativeControl"] == {"detected": True, "expected": 1, "seededPath": "data/DF_reason.idx"}
        or (statement["negativeControl"]["detected"])
    )
    assert statement["timeline"]["frozenAt"] < statement["timeline"]["releasedAt"]
    assert {side["clock"]["isMeasured"] for side in statement["parties"].values()} == {True}
    assert len(statement["software"]["buildDigest"]) == 64

    flip(record_folder(stage, 1) / "cycle.json")
    said = verify_alone(record_folder(stage, 1))
    assert (said.code, "REFUSED at step 2, digests" in said.out) == (1, True), said.out
    said = dfwarm(stage, "verify", "120-00001")
    assert (said.code, "REFUSED at step 2, digests" in said.out) == (33, True), said.out


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_letter_says_how_its_cycle_is_sealed_and_is_signed_itself(stage: Stage) -> None:
    said = dfwarm(stage, "cycle", "120")
    assert "sealed by SHA256:" in said.out
    assert "stage time-stamp authority" in " ".join(said.out.split())
    flip(record_folder(stage, 1) / "letter.txt")
    said = dfwarm(stage, "verify", "120-00001")
    assert "REFUSED at step 12, renderings" in said.out
    assert "REFUSED at step 12, renderings" in verify_alone(record_folder(stage, 1)).out


def test_a_site_without_a_key_keeps_its_verdicts_and_says_in_each_letter_that_nothing_is_sealed(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0
        assert "UNSEALED: the configuration names no evidence key" in " ".join(said.out.split())
        assert not (record_folder(stage, 1) / "statement.json").exists()
        assert dfwarm(stage, "keys", "show").code == 31
        assert dfwarm(stage, "verify", "--all").code == 31


def test_a_key_that_is_not_usable_costs_the_seal_and_not_the_facts_and_the_seal_comes_late(stage: Stage) -> None:
    key = stage.state / "keys" / "evidence"
    key.chmod(0o644)
    said = dfwarm(stage, "cycle", "120")
    assert said.code == 0
    assert "UNSEALED: KeyUnusable" in said.out
    folder = record_folder(stage, 1)
    assert "mode 0644" in (folder / "unsealed.txt").read_text()
    assert not any((folder / name).exists() for name in ("SHA256SUMS", "statement.json", "statement.json.sig"))
    said = dfwarm(stage, "verify", "--all")
    assert (said.code, "not sealed" in said.out) == (33, True)
    assert dfwarm(stage, "seal", "120-00001").code == 30
    assert "unsealed" in dfwarm(stage, "status").out
    key.chmod(0o600)
    said = dfwarm(stage, "seal", "120-00001")
    assert (said.code, "sealed, late" in said.out) == (0, True), said.out + said.err
    verified = dfwarm(stage, "verify", "--all")
    assert (verified.code, "sealed late" in verified.out) == (0, True), verified.out  # it stands in the log as well
    assert verify_alone(folder).code == 0
    assert "sealed, late" in dfwarm(stage, "show", "120-00001").out


def test_an_authority_that_fails_leaves_the_token_pending_and_it_is_asked_for_again(stage: Stage) -> None:
    key = stage.state / "tsa" / "tsa.key"
    key.rename(key.with_name("away"))
    said = dfwarm(stage, "cycle", "120")
    assert said.code == 0
    assert "TIME-STAMP PENDING" in " ".join(said.out.split())
    assert "token pending: 1 of 1 tokens" in dfwarm(stage, "status").out
    folder = record_folder(stage, 1)
    for said in (dfwarm(stage, "verify", "120-00001"), verify_alone(folder)):
        assert "REFUSED at step 6, time" in said.out
    assert dfwarm(stage, "verify", "120-00001", "--accept-pending").code == 0
    assert verify_alone(folder, "--accept-pending").code == 0
    assert dfwarm(stage, "seal", "--pending").code == 32
    key.with_name("away").rename(key)
    said = dfwarm(stage, "seal", "--pending", "--json")
    assert (said.code, json.loads(said.out)[0]["state"]) == (0, "sealed")
    assert dfwarm(stage, "verify", "120-00001").code == 0
    assert verify_alone(folder).code == 0
    assert "PENDING" not in (folder / "letter.txt").read_text()
    assert json.loads(dfwarm(stage, "status", "--json").out)["seals"] == {"120": "sealed"}
    assert dfwarm(stage, "seal", "--pending").out == "nothing is pending\n"


def test_the_evidence_key_is_refused_on_a_standby_that_pulls_unless_the_site_says_so_and_then_it_is_told(
    tmp_path: Path,
) -> None:
    with play(tmp_path, Setting(PULL, (SMALL,), seals=True)) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        said = dfwarm(stage, "cycle", "120")
        for told in (said.out, dfwarm(stage, "status").out, dfwarm(stage, "keys", "show").out):
            assert "WARNING: the evidence key lies on the standby itself" in " ".join(told.split())
        statement = json.loads((record_folder(stage, 1) / "statement.json").read_text())["predicate"]
        assert statement["parties"]["production"]["hostKeyFingerprints"][0].startswith("ssh-ed25519 SHA256:")
        stage.config.write_text(stage.config.read_text().replace("allow_key_on_standby = true", ""))
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0
        assert "UNSEALED: KeyUnusable: the evidence key lies on the standby" in " ".join(said.out.split())


def test_a_key_is_rotated_and_revoked_by_name_and_what_was_sealed_before_stays_or_falls(stage: Stage) -> None:
    assert dfwarm(stage, "keys", "init").code == 31
    assert dfwarm(stage, "cycle", "120").code == 0
    before = json.loads(dfwarm(stage, "keys", "show", "--json").out)
    said = dfwarm(stage, "keys", "rotate", "--reason", "yearly", "--by", "qa-1")
    assert said.code == 0, said.err
    assert dfwarm(stage, "cycle", "120").code == 0
    after = json.loads(dfwarm(stage, "keys", "show", "--json").out)
    assert before["key"] != after["key"]
    assert dfwarm(stage, "verify", "--all").out.count("GENUINE") == 2
    assert "key rotated" in dfwarm(stage, "audit", "show").out
    old = [signer for signer in after["signers"] if signer["fingerprint"] == before["key"]]
    assert {bool(signer["validBefore"]) for signer in old} == {True, False}
    assert dfwarm(stage, "keys", "revoke", "SHA256:", "--reason", "lost").code == 31
    assert dfwarm(stage, "keys", "revoke", before["key"], "--reason", "lost", "--since", "yesterday").code == 64
    assert dfwarm(stage, "keys", "revoke", before["key"], "--reason", "lost").code == 0
    said = dfwarm(stage, "verify", "120-00001", "120-00002")
    assert (said.code, "REFUSED at step 7, key" in said.out, "GENUINE  120-00002" in said.out) == (33, True, True)
    assert "REFUSED at step 7, key" in verify_alone(record_folder(stage, 1)).out
    assert "REVOKED" in dfwarm(stage, "keys", "show").out


def test_an_agent_seals_for_a_standby_that_pulls_and_where_it_is_gone_the_cycle_is_unsealed(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PULL, (SMALL,), seals=True)) as stage:
        key, socket = tmp_path / "key", tmp_path / "agent.sock"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        text = stage.config.read_text().partition("[evidence]")[0]
        stage.config.write_text(f'{text}[evidence]\nkey_agent = "{key}.pub"\nagent_socket = "{socket}"\n')
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        try:
            added = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
            for _ in range(200):
                if subprocess.run(["ssh-add", "-q", key], env=added, capture_output=True, check=False).returncode == 0:
                    break
            key.unlink()
            assert dfwarm(stage, "keys", "init").code == 0
            said = dfwarm(stage, "cycle", "120")
            assert "without time-stamp" in " ".join(said.out.split())
        finally:
            agent.terminate()
            agent.wait(10)
        said = dfwarm(stage, "verify", "120-00001")
        assert (said.code, "NOT PROVEN: no authority was asked" in said.out) == (0, True), said.out
        assert "NOT PROVEN: no token is there" in verify_alone(record_folder(stage, 1)).out
        assert "UNSEALED: KeyUnusable" in dfwarm(stage, "cycle", "120").out
        assert dfwarm(stage, "keys", "rotate", "--reason", "yearly").code == 31


def test_a_disk_without_room_for_the_bundle_keeps_the_facts_of_the_cycle(stage: Stage) -> None:
    """A limit on the size of a file stands for the disk: the large report does not fit, the record does."""
    (stage.production.datafax_dir / "reports").mkdir(exist_ok=True)
    report = stage.folder / "large.sh"
    report.write_text("#!/bin/sh\nyes 'site 1: 12345 records' | head -c 400000\n")
    report.chmod(0o755)
    text = stage.config.read_text()
    for side in ("production", "standby"):
        text += f'\n[{side}.reports]\nlarge = ["{report}"]\n'
    stage.config.write_text(text)
    said = dfwarm(stage, "cycle", "120", prefix=("prlimit", "--fsize=300000"))
    assert said.code == 0, said.err
    assert "UNSEALED: the bundle could not be written" in " ".join(said.out.split())
    folder = record_folder(stage, 1)
    assert outcome(stage, 1) == "EQUIVALENT"
    assert not (folder / "statement.json").exists()
    assert dfwarm(stage, "verify", "120-00001").code == 33
    said = dfwarm(stage, "seal", "120-00001")
    assert (said.code, "sealed, late" in said.out) == (0, True)


def test_what_is_to_be_verified_is_named_once(tmp_path: Path) -> None:
    config = tmp_path / "dfwarm.toml"
    evidence = f'[evidence]\nkey_file = "{tmp_path}/state/key"\n'
    config.write_text(CONFIG.format(folder=tmp_path) + evidence)
    (tmp_path / "state" / "trust").mkdir(parents=True)
    asked = (
        ((), 64),
        (("035", "036"), 64),
        (("120-00001", "--all"), 64),
        (("--full",), 64),
        (("--all", "--trust", "/nowhere"), 33),
        (("--all",), 33),
    )
    for words, code in asked:
        done = CliRunner().invoke(cli, ["--config", str(config), "verify", *words])
        found = done.exception if isinstance(done.exception, DfwarmError) else None
        assert (found.exit_code if found else 64 if done.exit_code == 2 else done.exit_code) == code, (
            words,
            done.output,
        )
    TrustFolder(tmp_path / "state" / "trust").allow(Signer("a@b", HeldKey(Ed25519PrivateKey.generate()).key, ("x@y",)))
    for words, code in ((("120-00099",), 27), (("nonsense",), 27)):
        done = CliRunner().invoke(cli, ["--config", str(config), "verify", *words])
        assert isinstance(done.exception, DfwarmError)
        assert done.exception.exit_code == code
    assert CliRunner().invoke(cli, ["--config", str(config), "verify", "--all"]).output == "no cycle is on record\n"


def test_a_cycle_that_ended_before_the_standby_was_listed_is_evidence_too(stage: Stage) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    for path in stage.production.study_dir(STUDY).glob("pages/*/*"):
        path.unlink()
    said = dfwarm(stage, "cycle", "120")
    assert said.code == 49, said.err
    folder = record_folder(stage, 2)
    statement = json.loads((folder / "statement.json").read_text())["predicate"]
    assert (statement["decision"]["verdict"], statement["decision"]["error"]["kind"]) == (
        "INCONCLUSIVE",
        "ChangesHeld",
    )
    assert statement["content"]["standbyManifest"] == {"sha256": ""}
    assert statement["content"]["deleted"] > 0
    said = dfwarm(stage, "verify", "120-00002")
    assert said.code == 0, said.out
    assert verify_alone(folder).out.endswith("Its verdict is: INCONCLUSIVE\n")
