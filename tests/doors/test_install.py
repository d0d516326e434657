"""`dfwarm install`, as an operator runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.equipment import units

CONFIG = """
[pair]
name = "toronto"
state = "{folder}/state"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = "all"
[production]
reach = "ssh"
host = "dfprod1"
user = "dfwarm"
identity_file = "/etc/dfwarm/id"
known_hosts = "/etc/dfwarm/known_hosts"
[standby]
reach = "local"
datafax_dir = "{folder}/dfdiscover"
release = "5"
stop = "server"
"""
PUSH = CONFIG.replace("[production]", "[x]").replace("[standby]", "[production]").replace("[x]", "[standby]")
MAIL = """
[mail]
from = "dfwarm@example.org"
to = ["ops@example.org"]
host = "mail.example.org"
port = 587
security = "starttls"
user = "dfwarm"
password_{secret}
ca_file = "/root/authority.pem"
"""


def dfwarm(config: Path, *words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["--config", str(config), "install", *map(str, words)])
    return int(ending.value.code or 0)


def write_config(folder: Path, text: str = CONFIG) -> Path:
    path = folder / "dfwarm.toml"
    path.write_text(text.replace("{folder}", str(folder)))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A standby with one study, and the configuration that pulls to it."""
    (tmp_path / "dfdiscover" / "lib").mkdir(parents=True)
    conf = tmp_path / "studies" / "035" / "lib" / "DFserver.cf"
    line = f"035|dfhost|1|2|/opt/bin/DFserver.rpc -c {conf}|dfhost|Study 035\n"
    (tmp_path / "dfdiscover" / "lib" / "DFstudies.db").write_text(line)
    return write_config(tmp_path)


@pytest.fixture
def unit_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "units"
    folder.mkdir()
    return folder


@pytest.fixture
def without_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "SYSTEMD_RUNS", tmp_path / "no-systemd-here")


@pytest.mark.requirement("URS-CYC-04")
def test_units_are_written_that_systemd_accepts(
    config: Path, unit_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"wrote {unit_dir}/{name} (new)" for name in ("dfwarm.service", "dfwarm.timer", "dfwarm-alert@.service")
    ]
    assert f"next: install -d -m 700 {tmp_path}/state && systemctl daemon-reload" in said.err
    service = (unit_dir / "dfwarm.service").read_text()
    assert f"ReadWritePaths={tmp_path}/state -{tmp_path}/dfdiscover -{tmp_path}/studies/035\n" in service
    assert f"ExecStart={sys.executable} -I -m dfwarm --config {config} cycle --all\n" in service
    if shutil.which("systemd-analyze"):
        argv = ["systemd-analyze", "verify", *sorted(map(str, unit_dir.iterdir()))]
        verified = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stderr) == (0, "")


def test_the_command_in_the_unit_runs(config: Path, unit_dir: Path) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    service = (unit_dir / "dfwarm.service").read_text()
    (line,) = [line for line in service.splitlines() if line.startswith("ExecStart=")]
    argv = line.removeprefix("ExecStart=").split()[:-2]
    said = subprocess.run([*argv, "config", "check"], capture_output=True, text=True, check=False, cwd="/", env={})
    assert (said.returncode, said.stderr) == (0, "")


def test_a_second_time_nothing_changes(config: Path, unit_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    (config.parent / "state").mkdir()
    capsys.readouterr()
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    said = capsys.readouterr()
    assert said.out.count("left ") == 3
    assert "next: systemctl daemon-reload && systemctl enable --now dfwarm.timer" in said.err


def test_a_changed_unit_is_not_overwritten_and_the_difference_is_shown(
    config: Path, unit_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    changed = (unit_dir / "dfwarm.timer").read_text().replace("02:00:00 UTC", "03:00:00 UTC")
    (unit_dir / "dfwarm.timer").write_text(changed)
    (unit_dir / "dfwarm.service").unlink()
    capsys.readouterr()
    assert dfwarm(config, "--unit-dir", unit_dir) == 10
    said = capsys.readouterr().err
    assert "-OnCalendar=*-*-* 03:00:00 UTC" in said
    assert "+OnCalendar=*-*-* 02:00:00 UTC" in said
    assert (unit_dir / "dfwarm.timer").read_text() == changed
    assert not (unit_dir / "dfwarm.service").exists()
    assert dfwarm(config, "--unit-dir", unit_dir, "--force") == 0
    assert "02:00:00 UTC" in (unit_dir / "dfwarm.timer").read_text()


def test_a_second_pair_takes_another_name(config: Path, unit_dir: Path) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    assert dfwarm(config, "--unit-dir", unit_dir, "--name", "dfwarm-ottawa") == 0
    assert "OnFailure=dfwarm-ottawa-alert@%n.service" in (unit_dir / "dfwarm-ottawa.service").read_text()
    assert len(list(unit_dir.iterdir())) == 6
    assert dfwarm(config, "--unit-dir", unit_dir, "--name", "../x") == 64


@pytest.mark.usefixtures("without_systemd")
def test_without_systemd_it_says_so_and_prints_the_line_for_cron(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dfwarm(config) == 0
    said = capsys.readouterr()
    assert "systemd does not run on this host" in said.err
    line = said.out.splitlines()[-1]
    assert line == f"*/5 * * * * {sys.executable} -I -m dfwarm --config {config} cycle --all --if-due"
    assert dfwarm(config, "--systemd") == 25


def test_where_systemd_runs_units_go_to_its_folder(
    config: Path, tmp_path: Path, unit_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "SYSTEMD_RUNS", tmp_path)
    monkeypatch.setattr("dfwarm.cli.install._UNIT_DIR", unit_dir)
    assert dfwarm(config) == 0
    assert len(list(unit_dir.iterdir())) == 3


def test_cron_may_be_chosen(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm(config, "--cron", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["units"] == []
    assert "--if-due" in said["crontab"]
    assert dfwarm(config, "--cron", "--systemd") == 64


def test_datafax_in_the_sandbox_is_warned_of(config: Path, unit_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm(config, "--unit-dir", unit_dir, "--json") == 0
    assert "sandbox" in " ".join(json.loads(capsys.readouterr().out)["remarks"])
    start = '\n[standby.commands]\nstart = ["/usr/bin/systemctl", "start", "datafax"]\n'
    config.write_text(config.read_text() + start)
    assert dfwarm(config, "--unit-dir", unit_dir, "--json") == 0
    assert json.loads(capsys.readouterr().out)["remarks"] == []


def test_a_password_comes_as_a_credential(config: Path, unit_dir: Path, tmp_path: Path) -> None:
    write_config(tmp_path, CONFIG + MAIL.format(secret='credential = "dfwarm-mail"'))
    assert dfwarm(config, "--unit-dir", unit_dir, "--mail-password", tmp_path / "pw") == 0
    service = (unit_dir / "dfwarm.service").read_text()
    assert f"LoadCredential=dfwarm-mail:{tmp_path}/pw\n" in service
    assert "ProtectHome=read-only" in service
    assert f"LoadCredential=dfwarm-mail:{tmp_path}/pw\n" in (unit_dir / "dfwarm-alert@.service").read_text()


ARCHIVE = """
[evidence]
key_credential = "dfwarm-evidence"
allow_key_on_standby = true
authorities = []
[archive]
places = [
    {{ name = "vault", kind = "folder", folder = "{vault}" }},
    {{ name = "bucket", kind = "s3", endpoint = "https://s3.example.org", bucket = "evidence", access_key = "AKIAEXAMPLE", secret_credential = "dfwarm-s3" }},
]
"""


@pytest.mark.requirement("URS-EVD-06")
def test_copies_are_made_and_read_back_daily_with_the_secrets_and_folders_that_they_need(
    config: Path, unit_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path, CONFIG + ARCHIVE.format(vault=tmp_path / "vault"))
    assert dfwarm(config, "--unit-dir", unit_dir, "--name", "toronto") == 0
    said = capsys.readouterr().err
    assert "dfwarm-evidence is not there; until it is, cycles are left unsealed" in said
    assert "dfwarm-s3 is not there; until it is, copies for bucket wait" in said
    assert "systemctl enable --now toronto-archive.timer" in said
    assert f"{config} archive due\n" in (unit_dir / "toronto-archive.service").read_text()
    assert "OnCalendar=*-*-* 04:40:00 UTC\n" in (unit_dir / "toronto-archive.timer").read_text()
    for name in ("toronto.service", "toronto-archive.service"):
        unit = (unit_dir / name).read_text()
        for secret in ("dfwarm-evidence", "dfwarm-s3"):
            assert f"LoadCredential={secret}:/etc/dfwarm/{secret}\nSetCredential={secret}:" in unit
        assert f" -{tmp_path}/vault" in next(line for line in unit.splitlines() if line.startswith("ReadWritePaths="))
    assert dfwarm(config, "--cron") == 0
    assert f"40 4 * * * {sys.executable} -I -m dfwarm --config {config} archive due" in capsys.readouterr().out


def test_a_password_file_needs_no_credential(
    config: Path, unit_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "password"
    secret.write_text("x\n")
    secret.chmod(0o600)
    write_config(tmp_path, CONFIG + MAIL.format(secret=f'file = "{secret}"'))
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    assert "LoadCredential" not in (unit_dir / "dfwarm.service").read_text()
    assert dfwarm(config, "--unit-dir", unit_dir, "--mail-password", secret) == 64
    assert "password_credential" in capsys.readouterr().err


def test_a_controller_on_production_may_not_write_there(tmp_path: Path, unit_dir: Path) -> None:
    config = write_config(tmp_path, PUSH)
    assert dfwarm(config, "--unit-dir", unit_dir) == 0
    service = (unit_dir / "dfwarm.service").read_text()
    assert f"ReadWritePaths={tmp_path}/state -{tmp_path}/dfdiscover\n" in service
    assert "CAP_CHOWN" not in service


def test_an_unknown_standby_is_asked_for(tmp_path: Path, unit_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path)
    assert dfwarm(config, "--unit-dir", unit_dir) == 13
    assert "--writable" in capsys.readouterr().err
    assert dfwarm(config, "--unit-dir", unit_dir, "--writable", "/opt/studies") == 0
    assert "-/opt/studies\n" in (unit_dir / "dfwarm.service").read_text()


def test_a_folder_that_is_not_there_is_named(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm(config, "--unit-dir", tmp_path / "gone") == 10
    assert "gone/dfwarm.service: cannot be written: No such file" in capsys.readouterr().err
    (tmp_path / "odd" / "dfwarm.timer").mkdir(parents=True)
    assert dfwarm(config, "--unit-dir", tmp_path / "odd") == 10
    assert "cannot be read: Is a directory" in capsys.readouterr().err
