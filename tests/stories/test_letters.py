"""The letter of a real cycle, with a real mail server that is down at first."""

from pathlib import Path

import pytest

from mail_server import mail_server
from stage_play import dfwarm, is_up, outcome, play, record_folder

MAIL = """
[mail]
from = "dfwarm@example.org"
to = ["ops@example.org"]
host = "127.0.0.1"
port = {port}
security = "starttls"
ca_file = "{folder}/authority.pem"
"""


@pytest.mark.hazard("H43")
@pytest.mark.requirement("URS-OPS-01")
def test_a_mail_server_that_is_down_changes_no_verdict_and_the_letter_comes_later(tmp_path: Path) -> None:
    with play(tmp_path) as stage, mail_server(tmp_path) as server:
        usual = stage.config.read_text()
        stage.config.write_text(usual + MAIL.format(port=1, folder=tmp_path))
        assert dfwarm(stage, "cycle", "--all").code == 0
        assert (outcome(stage, 1), is_up(stage)) == ("EQUIVALENT", True)
        delivery = (record_folder(stage, 1) / "delivery.txt").read_text()
        assert "not delivered: nothing answers at 127.0.0.1:1; waits in the spool" in delivery

        stage.config.write_text(usual + MAIL.format(port=server.port, folder=tmp_path))
        assert dfwarm(stage, "mail", "retry").code == 0
        ((_, message),) = server.mailbox.taken
        plain = message.get_body(("plain",))
        assert plain is not None
        assert plain.get_content().splitlines() == (record_folder(stage, 1) / "letter.txt").read_text().splitlines()
        assert dfwarm(stage, "mail", "list").out == "no letter waits\n"
