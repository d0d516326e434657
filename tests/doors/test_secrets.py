"""No secret that a configuration knows gets out: not by arguments, environments, logs, records, evidence or letters."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from secret_cast import (
    files_with,
    forms_of,
    forms_of_key,
    new_secret,
    sees_a_secret_in_the_open,
    watching,
    write_secret,
)

import mail_server
from alert_server import Alerted, alert_server
from dfwarm.cli.main import main
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, Setting, Stage
from stage_play import STUDY, Said, dfwarm, play

KINDS = ("mail", "webhook", "ping", "bucket", "environment")


@pytest.fixture
def secrets() -> dict[str, str]:
    return {kind: new_secret(kind) for kind in KINDS}


@pytest.fixture
def alerted() -> Iterator[Alerted]:
    with alert_server() as server:
        yield server


def tables(folder: Path, secrets: dict[str, str], alerted: Alerted, mail: mail_server.MailServer) -> str:
    address = alerted.url.rpartition("/")[0]
    for way in ("webhook", "ping"):
        write_secret(folder / f"{way}.secret", f"{address}/{secrets[way]}")
    write_secret(folder / "bucket.secret", secrets["bucket"])
    write_secret(folder / "mail.secret", secrets["mail"])
    return f"""
[mail]
from = "dfwarm@example.org"
to = ["ops@example.org"]
host = "127.0.0.1"
port = {mail.port}
security = "starttls"
user = "{mail_server.USER}"
password_file = "{folder}/mail.secret"
ca_file = "{mail.authority}"

[alerts]
webhook_file = "{folder}/webhook.secret"
ping_file = "{folder}/ping.secret"
answer_within = "2s"

[archive]
[[archive.places]]
name = "vault"
kind = "s3"
endpoint = "http://127.0.0.1:9"
bucket = "evidence"
access_key = "EVIDENCE"
secret_file = "{folder}/bucket.secret"
deadline = "3s"
"""


def a_day_with_failures(stage: Stage, alerted: Alerted, environment: dict[str, str]) -> dict[str, Said]:
    """Cycles that go well and badly, while mail, webhook, ping and bucket refuse; then everything that speaks of them."""

    def cycle() -> Said:
        prefix = ("sh", "-c", 'umask 000; exec "$@"', "umask")
        return dfwarm(stage, "cycle", "120", environment=environment, prefix=prefix)

    alerted.status = 500
    os.umask(0)
    said = {"keys": ask(stage, "keys", "init"), "cycle": cycle()}
    next((stage.production.study_dir(STUDY) / "data").glob("plt*.dat")).unlink()
    said["held"] = cycle()
    kept = stage.config.read_text()
    port = f"port = {(stage.folder / 'ssh' / 'known_hosts').read_text().split()[0].rpartition(':')[2]}"
    stage.config.write_text(kept.replace(port, "port = 9", 1))
    said["unreachable"] = cycle()
    stage.config.write_text(kept)
    for words in (
        "mail retry", "alert test", "alert retry", "alert list --json", "archive copy", "archive status --json",
        "status --json", "config show", "audit show", "verify 120-00001",
    ):  # fmt: skip
        said[words] = ask(stage, *words.split())
    return said


def ask(stage: Stage, *words: str) -> Said:
    """Type a command in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ending:
        main(["--config", str(stage.config), *words])
    return Said(int(ending.value.code or 0), out.getvalue(), err.getvalue())


@pytest.mark.timeout(240)
@pytest.mark.hazard("H70")
@pytest.mark.requirement("URS-SEC-01")
def test_a_secret_is_nowhere_after_a_day_with_failures_and_what_is_written_is_for_its_owner_alone(
    tmp_path: Path, secrets: dict[str, str], alerted: Alerted
) -> None:
    assert sees_a_secret_in_the_open(new_secret("open"))
    (tmp_path / "mail").mkdir()
    with ExitStack() as stack:
        mail = stack.enter_context(mail_server.mail_server(tmp_path / "mail", needs_login=True))
        setting = Setting(PULL, (SMALL,), mail=tables(tmp_path, secrets, alerted, mail), seals=True)
        stage = stack.enter_context(play(tmp_path, setting))
        needles = {kind: forms_of(secret) for kind, secret in secrets.items()}
        identities = sorted((stage.folder / "ssh").glob("*_ed25519"))
        needles |= {path.name: forms_of_key(path) for path in identities}
        variables = {"AWS_SECRET_ACCESS_KEY": secrets["environment"], "SMTP_PASSWORD": secrets["environment"]}
        watch = stack.enter_context(watching(needles))
        said = a_day_with_failures(stage, alerted, variables)
        watch.end()
        evidence = stage.state / "keys" / "evidence"
        needles["evidence"] = forms_of_key(evidence)
        seed = (stage.state / "keys" / "log.seed").read_bytes().strip()
        needles["log"] = (seed, seed.hex().encode())

        assert [said[name].code for name in ("cycle", "held", "unreachable")] == [0, 49, 11], said["unreachable"].err
        assert said["mail retry"].code != 0
        assert "(hidden)" in said["mail retry"].err + said["mail retry"].out, "the mail server repeated the password"
        assert said["alert retry"].code == 53
        assert any("ssh -" in each or each.startswith("ssh ") for each in watch.children)
        assert any("rsync --server" in each for each in watch.children)
        assert watch.seen == set()
        told = {name: (each.out + each.err).encode() for name, each in said.items()}
        leaks = {
            (kind, name) for kind, forms in needles.items() for name, text in told.items() for f in forms if f in text
        }
        assert leaks == set()
        own = {evidence, stage.state / "keys" / "log.seed", *identities}
        assert files_with(stage.folder, needles, own) == []
        assert {kind for kind, _ in files_with(tmp_path, needles, set())} == set(needles) - {"environment"}
        assert open_to_others(stage.state) == []
        assert open_to_others(stage.folder / "gate-state") == []


def open_to_others(folder: Path) -> list[tuple[str, str]]:
    modes = ((path, path.lstat().st_mode) for path in folder.rglob("*") if not path.is_symlink())
    found = [(os.fspath(path.relative_to(folder)), oct(mode)) for path, mode in modes if mode & 0o077]
    assert sum(1 for _ in folder.rglob("*")) > 2
    return [each for each in found if not stat.S_ISSOCK(int(each[1], 8))]


def test_a_letter_that_arrives_holds_no_secret_and_the_password_goes_to_the_server_alone(
    tmp_path: Path, secrets: dict[str, str], alerted: Alerted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_server, "PASSWORD", secrets["mail"])
    (tmp_path / "mail").mkdir()
    with mail_server.mail_server(tmp_path / "mail", needs_login=True) as mail:
        with play(tmp_path, Setting(plans=(SMALL,), mail=tables(tmp_path, secrets, alerted, mail))) as stage:
            assert dfwarm(stage, "cycle", "120").code == 0
            assert dfwarm(stage, "mail", "test").code == 0
            assert dfwarm(stage, "alert", "test").code == 0
        assert len(mail.mailbox.taken) == 3
        assert alerted.pings == 1
        letters = b"".join(message.as_bytes() for _, message in mail.mailbox.taken) + repr(alerted.posts).encode()
        assert [kind for kind, secret in secrets.items() if any(form in letters for form in forms_of(secret))] == []
        letters = b"".join(
            bytes(part.get_payload(decode=True) or b"") for _, m in mail.mailbox.taken for part in m.walk()
        )
        assert [kind for kind, secret in secrets.items() if secret.encode() in letters] == []
