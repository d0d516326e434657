"""What the configuration may say about keeping evidence."""

from pathlib import Path

import pytest

from dfwarm.config.mistake import MistakesFound
from dfwarm.config.reading import parse_config
from dfwarm.config.values import ArchiveConfig, Config, DropBoxPlace, FolderPlace
from dfwarm.facts.reach import SshReach

BASE = """\
pair = { name = "a", state = "/s", rpo = "24h", activity = "wait", hold = "none", studies = ["035"] }
production = { reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }
standby = { reach = "local", datafax_dir = "/d", release = "5", stop = "study" }
"""
FOLDER = 'places = [{ name = "vault", kind = "folder", folder = "/vault" }]'
BOX = (
    'places = [{ name = "box", kind = "dropbox", host = "arch", user = "drop", identity_file = "/i", '
    'known_hosts = "/k", read_identity_file = "/r" }]'
)


def parse(archive: str = "", index: str = "") -> Config:
    tables = (f"[archive]\n{archive}\n" if archive else "") + (f"[index]\n{index}\n" if index else "")
    return parse_config((BASE + tables).encode(), Path("dfwarm.toml"))


@pytest.mark.requirement("URS-EVD-09")
def test_without_the_table_evidence_is_kept_for_25_years_and_copied_nowhere() -> None:
    config = parse()
    assert config.archive == ArchiveConfig(25, 180 * 86400, 90 * 86400, ())
    assert config.index_url == ""


def test_a_folder_and_a_drop_box_become_places() -> None:
    assert parse(FOLDER).archive.places == (FolderPlace("vault", Path("/vault")),)
    reach = SshReach("arch", 22, "drop", Path("/i"), Path("/k"))
    assert parse(BOX).archive.places == (DropBoxPlace("box", reach, (Path("/r"),), 600),)
    assert parse(BOX.replace(', read_identity_file = "/r"', "")).archive.places == (
        DropBoxPlace("box", reach, (), 600),
    )


@pytest.mark.parametrize(
    ("archive", "mistake"),
    [
        ("retention_years = 0", "archive.retention_years"),
        (FOLDER.replace(', folder = "/vault"', ""), 'is missing, and kind = "folder" needs it'),
        (BOX.replace(', host = "arch"', ""), 'is missing, and kind = "dropbox" needs it'),
        (FOLDER.replace("/vault", "/s/vault"), "lies in, around or at the pair's state"),
        (FOLDER.replace("]", ', { name = "vault", kind = "folder", folder = "/other" }]'), "is the name of two places"),
        (FOLDER.replace('"folder"', '"tape"'), "archive.places[0].kind"),
        ("places = [1]", "archive.places[0]"),
        ('places = "x"', "archive.places"),
    ],
)
def test_a_place_that_could_not_work_is_refused(archive: str, mistake: str) -> None:
    with pytest.raises(MistakesFound) as caught:
        parse(archive)
    assert mistake in str(caught.value)


def test_a_database_is_named_without_a_password() -> None:
    assert parse(index='url = "postgresql+psycopg://u@h/d"').index_url == "postgresql+psycopg://u@h/d"
    for url in ("postgresql+psycopg://u:secret@h/d", "sqlite:///x", "mysql://h/d"):
        with pytest.raises(MistakesFound) as caught:
            parse(index=f'url = "{url}"')
        assert "without a password" in str(caught.value)
