"""Letters on their way: a real mail server, every way in which it can refuse, and the spool behind it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.equipment.mail import Login, Protection, Route
from dfwarm.equipment.postman import NO_MAIL, NoRoute, Postman, retry_waiting, send_letter
from dfwarm.equipment.spool import Damaged, Receipt, Spool, WaitingLetter
from dfwarm.errors import MailUndelivered
from dfwarm.evidence.envelope import letter_id
from dfwarm.evidence.letter import Letter
from dfwarm.evidence.notice import write_test_letter
from mail_server import PASSWORD, USER, MailServer, mail_server

AT = datetime(2026, 11, 23, 2, 4, 7, tzinfo=UTC)
LETTER = write_test_letter("dfwarm2", "toronto", AT)
SECOND = write_test_letter("dfwarm2", "toronto", AT + timedelta(hours=1))
OPS, QA = "ops@example.org", "qa@example.org"


def now() -> datetime:
    return AT


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as running:
        yield running


def route_to(server: MailServer, **changes: object) -> Route:
    route = Route("127.0.0.1", server.port, Protection.STARTTLS, "dfwarm@example.org", (OPS, QA))
    return replace(route, **{"authorities": (server.authority,), "deadline_seconds": 10.0, **changes})


@pytest.mark.requirement("URS-OPS-01")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_letter_arrives_protected_with_text_and_page(tls: str, tmp_path: Path, spool: Spool) -> None:
    with mail_server(tmp_path, tls=tls, needs_login=True) as server:
        route = route_to(server, protection=Protection(tls), login=Login(USER, lambda: PASSWORD))
        delivery = send_letter(LETTER, route, spool, now)
    ((recipients, message),) = server.mailbox.taken
    assert server.mailbox.was_protected == [True]
    assert recipients == delivery.accepted == (OPS, QA)
    assert message["Subject"] == LETTER.subject
    assert message["Date"] == "Mon, 23 Nov 2026 02:04:07 +0000"
    plain, page = message.iter_parts()
    assert plain.get_content().splitlines() == LETTER.text.splitlines()
    assert page.get_content_type() == "text/html"
    assert not delivery.is_waiting
    assert spool.waiting() == ()


def test_a_mail_server_without_a_password_on_this_network_is_served_too(tmp_path: Path, spool: Spool) -> None:
    with mail_server(tmp_path, tls="none") as server:
        delivery = send_letter(LETTER, route_to(server, protection=Protection.NONE), spool, now)
    assert delivery.say() == f"2026-11-23 02:04:07 UTC delivered to {OPS}, {QA}"


def refused_reason(route: Route, spool: Spool) -> str:
    delivery = send_letter(LETTER, route, spool, now)
    assert delivery.is_waiting
    assert delivery.accepted == ()
    (waiting,) = spool.waiting()
    assert isinstance(waiting, WaitingLetter)
    assert waiting.reason == delivery.reason
    assert letter_id(LETTER) in delivery.say()
    return delivery.reason


@pytest.mark.hazard("H43")
def test_a_server_that_demands_starttls_is_understood(server: MailServer, spool: Spool) -> None:
    assert "530" in refused_reason(route_to(server, protection=Protection.NONE), spool)


def test_nothing_goes_out_in_clear_text_where_protection_is_asked_for(tmp_path: Path, spool: Spool) -> None:
    with mail_server(tmp_path, tls="none") as server:
        reason = refused_reason(route_to(server, login=Login(USER, lambda: PASSWORD)), spool)
    assert "offers no STARTTLS" in reason
    assert server.mailbox.taken == []


def test_a_password_never_goes_over_an_open_line(tmp_path: Path, spool: Spool) -> None:
    with mail_server(tmp_path, tls="none") as server:
        route = route_to(server, protection=Protection.NONE, login=Login(USER, lambda: PASSWORD))
        assert "without protection" in refused_reason(route, spool)


def test_a_wrong_password_is_refused_and_never_repeated(server: MailServer, spool: Spool) -> None:
    reason = refused_reason(route_to(server, login=Login(USER, lambda: "sesame-1234")), spool)
    assert "refuses the login: 535" in reason
    assert "(hidden)" in reason
    for path in spool.folder.rglob("*"):
        assert path.is_dir() or b"sesame-1234" not in path.read_bytes()


def test_a_password_that_smtp_cannot_carry_is_named_as_such_and_not_shown(server: MailServer, spool: Spool) -> None:
    reason = refused_reason(route_to(server, login=Login(USER, lambda: "pässwörd")), spool)
    assert "not ASCII" in reason
    assert "pässwörd" not in reason


def test_an_untrusted_certificate_stops_the_letter(server: MailServer, spool: Spool) -> None:
    assert "is not trusted" in refused_reason(route_to(server, authorities=()), spool)
    assert server.mailbox.taken == []


def test_a_certificate_for_another_host_stops_the_letter(server: MailServer, spool: Spool) -> None:
    assert "is not trusted" in refused_reason(route_to(server, host="localhost"), spool)


def test_a_missing_file_of_authorities_is_named(server: MailServer, spool: Spool, tmp_path: Path) -> None:
    reason = refused_reason(route_to(server, authorities=(tmp_path / "gone.pem",)), spool)
    assert "gone.pem cannot be read: No such file" in reason


def test_a_server_that_is_down_is_named(spool: Spool, tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        pass
    assert refused_reason(route_to(server), spool) == f"nothing answers at 127.0.0.1:{server.port}"


def test_a_host_that_nobody_knows_is_named(spool: Spool, server: MailServer) -> None:
    assert "is not known" in refused_reason(route_to(server, host="mail.invalid"), spool)


@contextmanager
def bad_server(*pieces: bytes, then_closes: bool = False) -> Iterator[int]:
    """A server that says each piece again and again, slowly, or nothing at all."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while not ended.wait(0.02) and not then_closes:
                    try:
                        connection.sendall(b"".join(pieces))
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(10)


@pytest.mark.hazard("H56")
@pytest.mark.parametrize("pieces", [(), (b"2",), (b"220-wait\r\n",)])
@pytest.mark.parametrize("protection", list(Protection))
def test_a_server_that_hangs_or_drips_is_left(
    pieces: tuple[bytes, ...], protection: Protection, server: MailServer, spool: Spool
) -> None:
    with bad_server(*pieces) as port:
        route = route_to(server, port=port, protection=protection, deadline_seconds=0.25)
        reason = refused_reason(route, spool)
    if pieces and protection is Protection.TLS:
        assert "SSL" in reason
    else:
        assert "did not take the letter within 0.25 s" in reason


def test_a_server_that_hangs_up_is_left(server: MailServer, spool: Spool) -> None:
    with bad_server(then_closes=True) as port:
        assert "closed" in refused_reason(route_to(server, port=port), spool)


@pytest.mark.hazard("H43")
def test_a_greylisted_letter_goes_out_at_the_next_try_with_its_message_id(server: MailServer, spool: Spool) -> None:
    server.mailbox.data_answers = ["451 4.7.1 try again later"]
    assert "451 4.7.1 try again later" in refused_reason(route_to(server), spool)
    (delivery,) = retry_waiting(route_to(server), spool, lambda: AT + timedelta(hours=1))
    assert not delivery.is_waiting
    ((_, message),) = server.mailbox.taken
    assert letter_id(LETTER) in message["Message-ID"]
    assert message["Date"] == "Mon, 23 Nov 2026 02:04:07 +0000"
    assert spool.waiting() == ()


def test_a_recipient_who_is_refused_for_good_is_on_record_and_the_letter_is_done(
    server: MailServer, spool: Spool
) -> None:
    server.mailbox.answers = {QA: "550 5.1.1 no such person"}
    delivery = send_letter(LETTER, route_to(server), spool, now)
    assert not delivery.is_waiting
    assert f"delivered to {OPS}; refused for {QA}: 550 5.1.1 no such person" in delivery.say()
    receipt = spool.receipt(letter_id(LETTER))
    assert receipt is not None
    assert [refusal.address for refusal in receipt.refused] == [QA]


def test_only_who_has_not_got_it_gets_it_at_the_next_try(server: MailServer, spool: Spool) -> None:
    server.mailbox.answers = {QA: "450 4.2.1 mailbox busy"}
    delivery = send_letter(LETTER, route_to(server), spool, now)
    assert delivery.is_waiting
    assert delivery.accepted == (OPS,)
    server.mailbox.answers = {}
    (again,) = retry_waiting(route_to(server), spool, now)
    assert [recipients for recipients, _ in server.mailbox.taken] == [(OPS,), (QA,)]
    assert again.accepted == (OPS, QA)
    assert again.refused == ()


def test_a_letter_that_nobody_got_goes_to_the_recipients_of_today(server: MailServer, spool: Spool) -> None:
    server.mailbox.answers = {QA: "550 no such person", OPS: "550 no such person"}
    delivery = send_letter(LETTER, route_to(server), spool, now)
    assert delivery.is_waiting
    assert len(delivery.refused) == 2
    (again,) = retry_waiting(route_to(server, recipients=("new@example.org",)), spool, now)
    assert again.accepted == ("new@example.org",)
    assert again.refused == ()


def test_a_letter_that_was_taken_is_never_sent_again(server: MailServer, spool: Spool) -> None:
    first = send_letter(LETTER, route_to(server), spool, now)
    again = send_letter(LETTER, route_to(server), spool, lambda: AT + timedelta(days=1))
    assert again == first
    assert len(server.mailbox.taken) == 1


def test_after_a_crash_before_the_receipt_the_message_id_is_the_same(server: MailServer, spool: Spool) -> None:
    send_letter(LETTER, route_to(server), spool, now)
    (spool.folder / "sent" / f"{letter_id(LETTER)}.json").unlink()
    spool.keep(WaitingLetter(LETTER, AT))
    retry_waiting(route_to(server), spool, now)
    (_, first), (_, second) = server.mailbox.taken
    assert first.as_bytes() == second.as_bytes()


@pytest.mark.hazard("H51")
def test_a_letter_goes_out_even_where_the_spool_cannot_be_written(server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where a folder should be")
    delivery = send_letter(LETTER, route_to(server), Spool(tmp_path / "spool"), now)
    assert delivery.accepted == (OPS, QA)
    assert "the spool cannot be written" in delivery.say()


def test_a_letter_that_neither_server_nor_spool_takes_is_an_error(server: MailServer, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where a folder should be")
    server.mailbox.data_answers = ["554 no"]
    with pytest.raises(MailUndelivered, match=r"554 no.*the spool cannot be written"):
        send_letter(LETTER, route_to(server), Spool(tmp_path / "spool"), now)


def test_a_letter_whose_receipt_cannot_be_written_is_said_to_be_delivered_and_waiting(
    server: MailServer, spool: Spool
) -> None:
    spool.folder.mkdir()
    (spool.folder / "sent").write_text("a file where a folder should be")
    delivery = send_letter(LETTER, route_to(server), spool, now)
    assert delivery.accepted == (OPS, QA)
    assert delivery.is_waiting
    assert "the spool cannot be written" in delivery.reason


def test_the_next_cycle_sends_what_waits(server: MailServer, spool: Spool) -> None:
    server.mailbox.data_answers = ["451 later"]
    postman = Postman(route_to(server), spool, now)
    assert "not delivered" in postman.send(LETTER)
    said = postman.send(SECOND).splitlines()
    assert [message["Subject"] for _, message in server.mailbox.taken] == [SECOND.subject, LETTER.subject]
    assert "delivered" in said[0]
    assert said[1].startswith(f"also: {LETTER.subject}")


def test_trouble_with_an_older_letter_does_not_hide_what_became_of_this_one(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(SECOND, AT))
    (spool.folder / "sent").mkdir()
    (spool.folder / "sent" / f"{letter_id(SECOND)}.json").write_text("{")
    first, second = Postman(route_to(server), spool, now).send(LETTER).splitlines()
    assert f"delivered to {OPS}, {QA}" in first
    assert "may have been sent" in second


def test_one_letter_that_the_server_will_not_have_does_not_hold_up_the_others(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(LETTER, AT))
    spool.keep(WaitingLetter(SECOND, AT + timedelta(hours=1)))
    server.mailbox.data_answers = ["552 too big"]
    first, second = retry_waiting(route_to(server), spool, now)
    assert first.is_waiting
    assert not second.is_waiting


def test_a_server_that_is_down_is_asked_once_a_round(spool: Spool, tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        pass
    spool.keep(WaitingLetter(LETTER, AT))
    spool.keep(WaitingLetter(SECOND, AT))
    assert len(retry_waiting(route_to(server), spool, now)) == 1


def test_a_damaged_file_of_the_spool_is_shown_and_left_alone(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(LETTER, AT))
    (spool.folder / "waiting" / "00.json").write_text("{")
    stranger = spool.folder / "waiting" / f"{letter_id(SECOND)}.json"
    stranger.write_bytes((spool.folder / "waiting" / f"{letter_id(LETTER)}.json").read_bytes())
    assert len(retry_waiting(route_to(server), spool, now)) == 1
    reasons = [entry.reason for entry in spool.waiting() if isinstance(entry, Damaged)]
    assert len(reasons) == 2
    assert any("not the digest" in reason for reason in reasons)


def test_a_letter_whose_file_was_damaged_is_an_error(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(LETTER, AT))
    (spool.folder / "waiting" / f"{letter_id(LETTER)}.json").write_text("{")
    with pytest.raises(MailUndelivered, match="not in the spool any more"):
        send_letter(LETTER, route_to(server), spool, now)


def test_a_receipt_that_cannot_be_read_sends_nothing(server: MailServer, spool: Spool) -> None:
    send_letter(LETTER, route_to(server), spool, now)
    (spool.folder / "sent" / f"{letter_id(LETTER)}.json").write_text("{")
    with pytest.raises(MailUndelivered, match="may have been sent"):
        send_letter(LETTER, route_to(server), spool, now)
    assert len(server.mailbox.taken) == 1


@pytest.mark.hazard("H55")
def test_while_another_process_sends_the_letter_waits(server: MailServer, spool: Spool) -> None:
    with spool.held(0) as is_held:
        delivery = send_letter(LETTER, route_to(server, deadline_seconds=0.05), spool, now)
    assert is_held
    assert delivery.reason == "another process is sending"
    assert server.mailbox.connections == 0


def test_waiting_letters_are_tried_on_request(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(LETTER, AT))
    (delivery,) = Postman(route_to(server), spool, now).retry()
    assert delivery.accepted == (OPS, QA)


def test_a_receipt_for_a_letter_that_never_waited_is_kept_too(spool: Spool) -> None:
    receipt = Receipt(letter_id(LETTER), LETTER.subject, AT, (OPS,), ())
    spool.settle(receipt)
    assert spool.receipt(receipt.identity) == receipt


def test_a_spool_that_cannot_be_locked_is_an_error(server: MailServer, spool: Spool) -> None:
    spool.keep(WaitingLetter(LETTER, AT))
    (spool.folder / "lock").mkdir()
    with pytest.raises(MailUndelivered, match="cannot be locked"):
        retry_waiting(route_to(server), spool, now)


def test_a_site_without_mail_hears_so(spool: Spool) -> None:
    postman = Postman(NoRoute(), spool, now)
    assert postman.send(LETTER) == NO_MAIL
    with pytest.raises(MailUndelivered):
        postman.retry()


def test_spooled_letters_are_for_their_owner_alone(server: MailServer, spool: Spool) -> None:
    server.mailbox.data_answers = ["451 later"]
    send_letter(Letter("subject", "text", "page"), route_to(server), spool, now)
    for path in (spool.folder, *spool.folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0


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
stop = "study"
"""
MAIL = """
[mail]
from = "dfwarm@example.org"
to = ["ops@example.org", "qa@example.org"]
host = "127.0.0.1"
port = {port}
security = "starttls"
user = "dfwarm"
password_file = "{folder}/password"
ca_file = "{folder}/authority.pem"
"""


def write_config(folder: Path, server: MailServer, *, mode: int = 0o600) -> Path:
    path, password = folder / "dfwarm.toml", folder / "password"
    path.write_text((CONFIG + MAIL).format(folder=folder, port=server.port))
    password.write_text(f"{PASSWORD}\n")
    password.chmod(mode)
    return path


def dfwarm(config: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["--config", str(config), *words])
    return int(ending.value.code or 0)


@pytest.fixture
def config(tmp_path: Path, server: MailServer) -> Path:
    return write_config(tmp_path, server)


def test_a_test_letter_goes_out_at_once(
    config: Path, server: MailServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert dfwarm(config, "mail", "test") == 0
    assert f"taken by 127.0.0.1:{server.port} for {OPS}" in capsys.readouterr().out
    assert not (tmp_path / "state").exists()


def test_a_test_letter_that_does_not_go_out_is_an_error_and_waits_nowhere(
    config: Path, server: MailServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server.mailbox.answers = {QA: "550 no such person"}
    assert dfwarm(config, "mail", "test", "--json") == 20
    said = capsys.readouterr()
    assert json.loads(said.out)["accepted"] == [OPS]
    assert "550 no such person" in said.err
    assert not (tmp_path / "state").exists()


@pytest.mark.requirement("URS-OPS-01")
def test_an_alert_is_sent_once_waits_if_it_must_and_is_retried(
    config: Path, server: MailServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", "exit-code")
    monkeypatch.setenv("MONITOR_EXIT_STATUS", "23")
    server.mailbox.data_answers = ["451 later", "451 later"]
    assert dfwarm(config, "mail", "alert", "dfwarm.service") == 0
    assert "waits in the spool" in capsys.readouterr().out
    assert dfwarm(config, "mail", "retry") == 20
    assert "letters that wait in the spool: 1" in capsys.readouterr().err
    assert dfwarm(config, "mail", "list", "--json") == 0
    (waiting,) = json.loads(capsys.readouterr().out)["waiting"]
    assert (waiting["tries"], "451 later" in waiting["reason"]) == (2, True)
    assert dfwarm(config, "mail", "list") == 0
    assert "2 tries  FAILED - dfwarm.service" in capsys.readouterr().out
    assert dfwarm(config, "mail", "retry", "--json") == 0
    assert json.loads(capsys.readouterr().out)["deliveries"][0]["accepted"] == [OPS, QA]
    ((_, message),) = server.mailbox.taken
    body = message.get_body(("plain",))
    assert body is not None
    assert "ServerStuck" in body.get_content()


def test_an_empty_spool_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm(config, "mail", "list") == 0
    assert dfwarm(config, "mail", "retry") == 0
    assert capsys.readouterr().out == "no letter waits\n" * 2


def test_a_damaged_letter_is_listed(config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "state" / "spool" / "waiting").mkdir(parents=True)
    (tmp_path / "state" / "spool" / "waiting" / "00.json").write_text("{")
    assert dfwarm(config, "mail", "list") == 0
    assert "this file is damaged" in capsys.readouterr().out
    assert dfwarm(config, "mail", "retry") == 20


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_password_file_that_others_may_read_is_refused(
    mode: int, tmp_path: Path, server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dfwarm(write_config(tmp_path, server, mode=mode), "mail", "test") == 20
    said = capsys.readouterr()
    assert "is open to others" in said.err
    assert PASSWORD not in said.out + said.err
    assert server.mailbox.taken == []


@pytest.mark.parametrize("verb", ["test", "retry"])
def test_without_a_mail_table_there_is_nothing_to_test(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text(CONFIG.format(folder=tmp_path))
    assert dfwarm(path, "mail", verb) == 20
    assert "has no [mail] table" in capsys.readouterr().err
