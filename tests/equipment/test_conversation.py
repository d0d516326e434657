import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dfwarm.equipment.conversation import Broken, Conversation
from dfwarm.errors import DeadlinePassed
from dfwarm.facts.fact import Transcript
from dfwarm.terms import HostName

HERE = HostName("here")
FRAME = (
    "def frame(status, body, refusal=b''):\n"
    "    out = status.to_bytes(4, 'big') + len(body).to_bytes(8, 'big') + len(refusal).to_bytes(8, 'big') + body + refusal\n"
    "    sys.stdout.buffer.write(out); sys.stdout.flush()\n"
)


def talk(program: str) -> Conversation:
    return Conversation((sys.executable, "-c", "import sys, time\n" + FRAME + program), HERE)


def test_many_questions_go_over_one_connection_and_each_has_its_answer() -> None:
    conversation = talk("for line in sys.stdin.buffer: frame(7, line * 100_000, b'no')")
    for word in ("one", "two"):
        said = conversation.ask((word, "035"), 10)
        assert isinstance(said, Transcript)
        assert (said.status, said.stdout, said.stderr) == (7, f"{word} 035\n".encode() * 100_000, b"no")
        assert said.argv[-2:] == (word, "035")
    conversation.close()
    conversation.close()


@pytest.mark.parametrize(
    "program",
    [
        "sys.stdin.readline(); sys.exit(5)",
        "sys.stdin.readline(); sys.stdout.write('half'); sys.stdout.flush(); sys.exit(5)",
    ],
)
def test_an_answer_that_is_cut_is_no_answer(program: str) -> None:
    said = talk(program).ask(("look",), 10)
    assert isinstance(said, Broken)
    assert said.status == 5


def test_a_frame_that_ends_before_its_length_is_no_answer() -> None:
    program = (
        "sys.stdin.readline()\n"
        "sys.stdout.buffer.write((0).to_bytes(4, 'big') + (100).to_bytes(8, 'big') + (0).to_bytes(8, 'big') + b'x' * 99)"
    )
    assert isinstance(talk(program).ask(("manifest",), 10), Broken)


@pytest.mark.hazard("H56")
def test_a_gate_that_hangs_is_given_up_at_the_deadline_and_ended(tmp_path: Path) -> None:
    conversation = talk(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid())); time.sleep(60)")
    with pytest.raises(DeadlinePassed, match="did not answer 'look 035' in time"):
        conversation.ask(("look", "035"), 0.7)
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_after_a_break_the_next_question_opens_a_new_conversation(tmp_path: Path) -> None:
    mark = tmp_path / "once"
    program = (
        f"import os\nline = sys.stdin.readline()\nif not os.path.exists({str(mark)!r}):\n"
        f"    open({str(mark)!r}, 'w').close(); sys.exit(3)\nframe(0, b'again')"
    )
    conversation = talk(program)
    assert isinstance(conversation.ask(("look",), 10), Broken)
    said = conversation.ask(("look",), 10)
    assert isinstance(said, Transcript)
    assert said.stdout == b"again"
    conversation.close()


@pytest.mark.hazard("H52")
def test_a_gate_goes_when_its_controller_is_killed(tmp_path: Path) -> None:
    program = (
        "import time\nfrom dfwarm.equipment.conversation import Conversation\n"
        f"gate = Conversation(('sh', '-c', 'echo $$ > {tmp_path}/gate; while read line; do sleep 0.1; done'), 'h')\n"
        "try:\n    gate.ask(('look',), 60)\nexcept Exception:\n    pass\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as controller:
        while not (tmp_path / "gate").exists() or not (tmp_path / "gate").read_text().endswith("\n"):
            time.sleep(0.01)
        gate = int((tmp_path / "gate").read_text())
        controller.kill()
    for _ in range(500):
        try:
            command = Path(f"/proc/{gate}/cmdline").read_bytes()
        except OSError:
            return
        if not command:
            return
        time.sleep(0.01)
    pytest.fail("the gate still runs")


def test_the_end_of_a_cycle_cuts_off_a_question_that_nobody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfwarm.equipment.conversation.PATIENCE_SECONDS", 0.2)
    conversation = talk("sys.stdin.readline(); time.sleep(600)")
    conversation.open()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(conversation.ask, ("report",), 500)
        while not conversation._lock.locked():
            time.sleep(0.01)
        conversation.close()
        assert isinstance(asked.result(60), Broken)
