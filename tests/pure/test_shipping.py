"""What rsync is asked to do between cycles: to add, never to delete or to replace."""

from dfwarm.rsync.argv import Ends
from dfwarm.rsync.shipping import plan_shipping, shipped_paths

SHELL = ("ssh", "-o", "A=it's b")


def plan(source: str, target: str, *, bandwidth: int = 0, is_new_only: bool = True) -> tuple[str, ...]:
    ends = Ends(source, target, SHELL)
    return plan_shipping(ends, bandwidth_kib=bandwidth, timeout_seconds=30, is_new_only=is_new_only)


def test_a_page_goes_only_where_there_is_none_and_nothing_is_ever_deleted() -> None:
    argv = plan("prod:/srv/035", "/srv/035/")
    assert "--ignore-existing" in argv
    assert argv[-2:] == ("prod:/srv/035/", "/srv/035/")
    assert argv[argv.index("-e") + 1] == "ssh -o 'A=it''s b'"
    assert not [word for word in argv if "delete" in word or word in ("--force", "--inplace", "--append")]


def test_a_journal_from_a_folder_of_ours_brings_none_of_its_folders_attributes() -> None:
    argv = plan("/state/035", "/srv/035", is_new_only=False, bandwidth=100)
    assert "--no-implied-dirs" in argv
    assert "--ignore-existing" not in argv
    assert "--bwlimit=100" in argv
    assert "-e" not in argv


def test_a_journal_is_fetched_without_a_word_that_the_gate_of_production_refuses() -> None:
    argv = plan("prod:/srv/035", "/state/035", is_new_only=False)
    assert not {"--no-implied-dirs", "--ignore-existing"} & set(argv)


def test_what_a_run_says_it_touched_is_read_behind_the_itemized_code() -> None:
    assert shipped_paths(b">f+++++++++ pages/0901/a b\ncd+++++++++ pages/\n") == (b"pages/0901/a b", b"pages/")
