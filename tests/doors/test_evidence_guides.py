"""The guides about evidence: what they show can be typed, and what the auditor types does what they say."""

import re
import subprocess
from pathlib import Path

import pytest
from test_mail_guides import HOW_TO, parse

from bundle_forge import make_site
from dfwarm.evidence import sshsig
from dfwarm.terms import CycleId

GUIDES = (HOW_TO / "verify-a-bundle.md", HOW_TO / "keys.md")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_what_a_guide_shows_can_be_typed(guide: Path) -> None:
    commands = re.findall(r"^# (dfwarm .*)$", guide.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(commands) >= 3
    for command in commands:
        parse(command)


@pytest.mark.requirement("URS-EVD-05")
def test_what_an_auditor_types_works_on_a_bundle(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    sealed = site.seal(42)
    text = (HOW_TO / "verify-a-bundle.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    cycle = str(CycleId.parse(sealed.name))
    told: list[str] = []
    for block in blocks:
        script = re.sub(r"^ +", "", block, flags=re.MULTILINE).replace("120/120-00001", f"035/{cycle}")
        done = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        told.append(done.stdout)
    fingerprint = sshsig.fingerprint(site.key.key)
    assert fingerprint in told[0]
    assert f"GENUINE: this is the evidence of cycle {cycle}" in told[1]
    assert told[2].startswith("1\n")
    assert "  ./data/plt001.dat" in told[2]
