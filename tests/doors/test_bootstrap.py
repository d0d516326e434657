import os
import re
import shutil
import subprocess
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_who_may_not_install_is_told_the_line_and_gets_a_clear_code(tmp_path: Path) -> None:
    """Without rsync on the path, without root and without sudo, nothing is changed and the apt line is printed."""
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(ROOT / "bootstrap.sh", folder)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "dirname", "id", "sed", "cat", "sha256sum", "cut"):
        (programs / name).symlink_to(shutil.which(name) or "")
    (programs / "id").unlink()
    (programs / "id").write_text("#!/bin/sh\necho 1000\n")
    (programs / "id").chmod(0o755)
    said = subprocess.run(
        ["sh", "./bootstrap.sh", "demo"],
        cwd=folder,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 3
    assert "sudo apt-get install -y --no-install-recommends rsync openssh-client" in said.stderr
    assert sorted(os.listdir(folder)) == ["bootstrap.sh"]


def test_the_lock_files_name_no_host_and_pin_every_package_by_hash() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if "==" in line]
        assert len(pins) > 20
        assert text.count("--hash=sha256:") >= len(pins)


def test_a_package_that_is_asked_for_with_an_extra_is_pinned_with_it() -> None:
    """Plain pip takes the newest release of a package with an extra when the lock pins it without, and then refuses."""
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements-test.lock").read_text().splitlines()}
    names = {name.partition("[")[0] for name in pinned}
    asked = {
        f"{found['name'].lower()}[{found['extra']}]"
        for each in distributions()
        for text in each.requires or ()
        if (found := re.match(r"(?P<name>[A-Za-z0-9._-]+)\[(?P<extra>[a-z0-9-]+)\]", text))
        and "extra ==" not in text
        and each.name.lower().replace("_", "-") in names
        and found["name"].lower() in names
    }
    assert "coverage[toml]" in asked
    assert asked <= pinned
