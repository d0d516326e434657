"""Evidence in a bucket with object lock, against a real server process that speaks S3."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from test_places import copying

from archive_maker import fill_archive
from dfwarm.equipment.bucket import Address, Bucket
from dfwarm.errors import CopyFailed, ToolMissing
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting
from guide_pages import blocks, commands
from stage_play import STUDY, adopt, dfwarm, play

pytestmark = pytest.mark.requirement("URS-EVD-06")
SECRET = "secret-of-the-bucket"
NAME = "records/035/035-00001/letter.txt"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 service of its own on the loopback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    log = (tmp_path_factory.mktemp("s3") / "log").open("wb")
    argv = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(argv, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urlopen(url, timeout=5).close()
                break
            except (URLError, OSError):
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def client(service: str) -> Any:
    keys = {"aws_access_key_id": "EVIDENCE", "aws_secret_access_key": SECRET}
    return Session().create_client("s3", region_name="us-east-1", endpoint_url=service, **keys)


def bucket(service: str, name: str, *, is_locked: bool = True, years: int = 25) -> Bucket:
    client(service).create_bucket(Bucket=name, ObjectLockEnabledForBucket=is_locked)
    address = Address(service, "us-east-1", name, "pair/", "EVIDENCE", (), 60)
    return Bucket("vault", address, lambda: SECRET, years, lambda: datetime.now(UTC))


def test_evidence_is_put_under_lock_with_receipts_and_read_back(service: str, tmp_path: Path) -> None:
    fill_archive(tmp_path, 2)
    place = bucket(service, "evidence")
    (done,) = copying(tmp_path, place).copy(is_thorough=False)
    assert (done.trouble, done.waiting, done.held) == ("", 0, 2)
    kept = client(service).head_object(Bucket="evidence", Key=f"pair/{NAME}")
    until = kept["ObjectLockRetainUntilDate"]
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert timedelta(days=25 * 365) < until - datetime.now(UTC) < timedelta(days=25 * 366)
    assert [each.says for each in copying(tmp_path, place).read_back(0, 9).copies] == [(), ()]
    with pytest.raises(ClientError, match="AccessDenied"):
        client(service).delete_object(Bucket="evidence", Key=f"pair/{NAME}", VersionId=kept["VersionId"])
    assert copying(tmp_path, place).copy(is_thorough=True)[0].trouble == ""
    versions = client(service).list_object_versions(Bucket="evidence", Prefix=f"pair/{NAME}")["Versions"]
    assert len(versions) == 1, "a file that is there is never put again"


def test_a_copy_that_somebody_covered_or_hid_is_told_when_it_is_read_back(service: str, tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    place = bucket(service, "covered")
    copying(tmp_path, place).copy(is_thorough=False)
    until = datetime.now(UTC) + timedelta(days=10_000)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    client(service).put_object(Bucket="covered", Key=f"pair/{NAME}", Body=b"another", **lock)
    (found,) = copying(tmp_path, place).read_back(0, 9).copies
    assert found.says == ("letter.txt is altered",)
    client(service).delete_object(Bucket="covered", Key=f"pair/{NAME}")
    (found,) = copying(tmp_path, place).read_back(0, 9).copies
    assert found.says == ("letter.txt is missing",)


def test_a_copy_that_is_not_locked_or_for_too_short_a_time_does_not_count(service: str, tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    place = bucket(service, "loose")
    client(service).put_object(Bucket="loose", Key=f"pair/{NAME}", Body=b"letter\n")
    assert (
        "is not locked as it should be: it is held by nothing"
        in copying(tmp_path, place).copy(is_thorough=False)[0].trouble
    )
    with pytest.raises(CopyFailed, match="is held by nothing"):
        place.read("records/035/035-00001")
    until = datetime.now(UTC) + timedelta(days=10_000)
    client(service).put_object(
        Bucket="loose", Key=f"pair/{NAME}", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )
    with pytest.raises(CopyFailed, match="is held by GOVERNANCE"):
        place.read("records/035/035-00001")


def test_a_file_that_changed_is_refused_and_the_first_one_stays(service: str, tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    place = bucket(service, "first")
    copying(tmp_path, place).copy(is_thorough=False)
    (tmp_path / NAME).write_text("another")
    (done,) = copying(tmp_path, place).copy(is_thorough=True)
    assert "is there already and is another file" in done.trouble
    assert client(service).get_object(Bucket="first", Key=f"pair/{NAME}")["Body"].read() == b"letter\n"


def test_a_bucket_without_object_lock_and_one_that_is_not_there_are_refused(service: str, tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    place = bucket(service, "unlocked", is_locked=False)
    (done,) = copying(tmp_path, place).copy(is_thorough=False)
    assert (done.held, "has no object lock" in done.trouble) == (0, True)
    nowhere = Bucket("vault", Address(service, "us-east-1", "nowhere", "", "EVIDENCE", (), 60), *_rest())
    assert "NoSuchBucket" in copying(tmp_path, nowhere).copy(is_thorough=False)[0].trouble


def test_a_service_that_is_away_costs_a_line_without_the_secret(tmp_path: Path) -> None:
    fill_archive(tmp_path, 1)
    away = Bucket("vault", Address("http://127.0.0.1:9", "us-east-1", "evidence", "", "EVIDENCE", (), 5), *_rest())
    (line,) = copying(tmp_path, away).after_cycle()
    assert "Could not connect" in line
    assert SECRET not in line


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    away = Bucket("vault", Address("http://127.0.0.1:9", "us-east-1", "evidence", "", "EVIDENCE", (), 5), *_rest())
    with pytest.raises(ToolMissing, match="botocore is not installed") as caught:
        away.read("records/035/035-00001")
    assert "dfwarm[s3]" in caught.value.hint


@pytest.mark.requirement("URS-EVD-11")
def test_the_configuration_names_a_bucket_whose_secret_stands_in_a_file_of_its_owner(
    service: str, tmp_path: Path
) -> None:
    bucket(service, "configured")
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    with play(tmp_path / "play", Setting(LOCAL, (SMALL,))) as stage:
        adopt(stage)
        (table,) = blocks("archive-in-a-bucket.md", "toml")
        for shown, ours in (
            ("https://s3.example.org", service),
            ("dfwarm-evidence", "configured"),
            ("AKIAEXAMPLE", "EVIDENCE"),
            ("/etc/dfwarm/s3.secret", str(secret)),
        ):
            assert shown in table
            table = table.replace(shown, ours)
        stage.config.write_text(f"{stage.config.read_text()}\n{table}")
        copy, status, readback = commands("archive-in-a-bucket.md", STUDY)
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        assert dfwarm(stage, *copy).code == 0
        told = json.loads(dfwarm(stage, *status, "--json").out)["places"]
        assert [(each["place"], each["held"] > 0, each["waiting"]) for each in told] == [("bucket", True, 0)]
        assert dfwarm(stage, *readback).code == 0
        kept = client(service).list_objects_v2(Bucket="configured")["Contents"]
        assert all(each["Key"].startswith("toronto/") for each in kept)
        secret.chmod(0o644)
        said = dfwarm(stage, *readback)
        assert (said.code, "is open to others" in said.err, SECRET in said.err) == (36, True, False)
        stage.config.write_text(stage.config.read_text().replace(f', secret_file = "{secret}"', ""))
        assert "needs one secret, and one alone" in dfwarm(stage, "config", "check").err


def _rest() -> tuple[Any, ...]:
    return (lambda: SECRET, 25, lambda: datetime.now(UTC))
