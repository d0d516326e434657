"""What changes a host is announced in its log before it does: no verb of the gate is left out of that by oversight."""

import io
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from gate_cast import a_server, site_of

from dfwarm.equipment.call_log import CallLog
from dfwarm.errors import AnswerRefused
from dfwarm.facts.site import HostSite
from dfwarm.gate.door import ANNOUNCED, OPENING, _answer
from dfwarm.gate.verbs import VERBS

WORDS = {
    "studies": "",
    "look": "035",
    "prove": "035 035-00001",  # refused: nothing was captured
    "captured": "035 035-00001 STUDY_DIR",  # refused: nothing was captured
    "growth": "035 STUDY_DIR 0 whole",
    "vendor": "035",
    "manifest": "035 STUDY_DIR full",
    "approach": "035 035-00001",
    "flush": "035 STUDY_DIR",
    "beginnings": "035 STUDY_DIR",
    "records": f"035 STUDY_DIR {b'data/plt001.dat'.hex()}",
    "heads": f"035 STUDY_DIR {b'data/plt001.dat'.hex()}",
    "report": "all 035 quiesced",
    "partial": "035 plt001.dat",
    "examine": "035",
    "have": "",
    "identify": "035 toronto",
    "doors": "",
    "ruling": "toronto",
    "witnessed": "035 toronto",
}
"""A call of each verb that only looks."""

NOTES = "datafax/work"
"""Where the vendor's programs note each call of them."""

REMEMBERED = ("remembered", "image-kinds", "partials")
"""What a gate may remember of files below its own folder, of no use but speed."""


def state_of(place: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for path in sorted(place.rglob("*")):
        status = path.lstat()
        name = os.fspath(path.relative_to(place))
        if not name.startswith(NOTES):
            content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            found[name] = (status.st_mode, status.st_mtime_ns, content)
    return found


@pytest.mark.requirement("URS-SEC-01")
def test_each_verb_is_announced_opens_again_or_has_an_example_here_that_only_looks() -> None:
    assert set(VERBS) == ANNOUNCED | OPENING | set(WORDS)
    assert not ANNOUNCED & OPENING
    assert not (ANNOUNCED | OPENING) & set(WORDS)


@pytest.mark.hazard("H70")
def test_a_verb_that_is_not_announced_changes_nothing_on_its_host(tmp_path: Path) -> None:
    with a_server(tmp_path / "server") as made:
        state = tmp_path / "state"
        state.mkdir(mode=0o700)
        site: HostSite = site_of(made, state=os.fspath(state))
        log = CallLog(os.fspath(tmp_path / "calls"), "here")
        before, answered = state_of(tmp_path / "server"), set[str]()
        for verb, words in WORDS.items():
            with suppress(AnswerRefused):
                _answer(site, [verb, *words.split()], io.BytesIO(), log)
                answered.add(verb)
            assert state_of(tmp_path / "server") == before, verb
        # A witness makes its own key when it is first asked.
        kept = {path.relative_to(state).parts[0] for path in state.rglob("*") if path.is_file()}
        assert {name for name in kept if not name.startswith(REMEMBERED)} <= {"gate.calls", "witness"}
        assert not {each.split("\t")[2] for each in Path(log.path).read_text().splitlines() if "\tbegins\t" in each}
        assert set(WORDS) - answered <= {"captured", "prove"}, "an example that is refused proves nothing"
