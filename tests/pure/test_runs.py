from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dfwarm.manifest.difference import Comparison, compare
from dfwarm.manifest.listing import Gap, GapKind, Manifest
from dfwarm.manifest.scope import Scope
from dfwarm.plan.runs import Run, RunKind, WarmPass, plan_closing, plan_runs
from manifest_maker import MTIME, Made, Tree

KEPT = tuple(Made(b"pages/0901/%07d" % number, b"same") for number in range(60))


def compared(ours: tuple[Made, ...], theirs: tuple[Made, ...]) -> tuple[Comparison, Manifest]:
    production = Tree((*KEPT, *ours)).manifest()
    return compare(production, Tree((*KEPT, *theirs)).manifest(), Scope()), production


def planned(
    ours: tuple[Made, ...],
    theirs: tuple[Made, ...],
    *,
    mends: bool = False,
    is_remote: bool = True,
    can_list: bool = True,
) -> tuple[Run, ...]:
    comparison, production = compared(ours, theirs)
    return plan_runs(comparison, production, mends=mends, can_list=can_list, source_is_remote=is_remote)


NEW, GONE = Made(b"data/new", b"n"), Made(b"work/gone", b"g")
UNSEEN = (Made(b"lib/x", b"good"), Made(b"lib/x", b"evil"))


def test_equal_trees_need_no_run() -> None:
    assert planned((), ()) == ()


def test_deletions_come_last_and_from_a_remote_source_in_a_run_of_their_own() -> None:
    send, delete = planned((NEW,), (GONE,))
    assert (send.kind, delete.kind) == (RunKind.SEND, RunKind.DELETE)
    assert b"data/new" in send.paths
    assert delete.paths == (b"work",)
    assert delete.folders == (b".",)


def test_from_a_local_source_one_run_does_both() -> None:
    (run,) = planned((NEW,), (GONE,), is_remote=False)
    assert run.kind is RunKind.SEND
    assert {b"data/new", b"work"} <= set(run.paths)


def test_a_file_that_was_altered_unseen_goes_only_when_asked() -> None:
    assert planned(UNSEEN[:1], UNSEEN[1:]) == ()
    assert planned(UNSEEN[:1], UNSEEN[1:], mends=True) == (Run(RunKind.SEND, (b"lib/x",), (b".", b"lib")),)


def test_an_rsync_that_takes_no_list_compares_the_whole_tree() -> None:
    assert planned((NEW,), (GONE,), can_list=False) == (Run(RunKind.WHOLE),)
    assert [run.kind for run in planned(UNSEEN[:1], UNSEEN[1:], mends=True, can_list=False)] == [
        RunKind.SEND,
        RunKind.WHOLE,
    ]


def test_what_could_not_be_examined_is_never_decided_by_a_list() -> None:
    comparison, production = compared((NEW,), (GONE,))
    gapped = replace(comparison, gaps=(Gap(b"lib", GapKind.UNREADABLE, "Permission denied"),))
    assert plan_runs(gapped, production, mends=False, can_list=True, source_is_remote=True) == (Run(RunKind.WHOLE),)


def test_a_first_copy_is_a_whole_run() -> None:
    ours = tuple(Made(b"data/plt%03d.dat" % number, b"x") for number in range(50))
    assert planned(ours, ()) == (Run(RunKind.WHOLE),)


names = st.sampled_from([b"data/a", b"data/b", b"data/deep/c", b"lib/d", b"lut/e/f", b"work/g", b"h"])
trees = st.dictionaries(
    names, st.tuples(st.sampled_from([b"1", b"22"]), st.sampled_from([MTIME, MTIME + 1])), max_size=6
)


@given(trees, trees, st.booleans())
def test_the_lists_hold_exactly_what_differs_and_every_folder_above(
    ours: dict[bytes, tuple[bytes, int]], theirs: dict[bytes, tuple[bytes, int]], is_remote: bool
) -> None:
    sides = [
        tuple(Made(path, content, mtime_ns=mtime) for path, (content, mtime) in tree.items()) for tree in (ours, theirs)
    ]
    comparison, production = compared(*sides)
    runs = planned(*sides, is_remote=is_remote)
    listed = {path for run in runs for path in run.paths}
    wanted = {each.path for each in comparison.differences if not each.is_unseen}
    assert listed <= wanted
    assert all(any(path == top or path.startswith(top + b"/") for top in listed) for path in wanted)
    standing = {block.folder for block in production.blocks}
    assert all(set(run.folders) <= standing for run in runs)
    gone = {path for run in runs if run.kind is RunKind.DELETE for path in run.paths}
    assert all(path not in ours and not any(own.startswith(path + b"/") for own in ours) for path in gone)
    for run in runs:
        for path in run.paths:
            assert b"." in run.folders
            assert path.rpartition(b"/")[0] in {*run.folders, *run.paths, b""} | (wanted - standing)


def test_what_lies_below_a_folder_that_became_a_file_goes_with_it() -> None:
    send, *others = planned((Made(b"lut/was", b"file"),), (Made(b"lut/was/inside", b"x"),))
    assert (send.paths, send.folders) == ((b"lut/was",), (b".", b"lut"))
    assert others == []


@given(trees, trees, st.sets(names), st.sets(names), st.sets(names))
def test_the_closing_pass_sends_copies_alone_and_never_the_whole_tree(
    now: dict[bytes, tuple[bytes, int]],
    warm: dict[bytes, tuple[bytes, int]],
    unsure: set[bytes],
    staged: set[bytes],
    carried: set[bytes],
) -> None:
    sides = [
        tuple(Made(path, content, mtime_ns=mtime) for path, (content, mtime) in tree.items()) for tree in (now, warm)
    ]
    comparison, production = compared(*sides)
    runs = plan_closing(
        comparison, production, WarmPass(frozenset(unsure), frozenset(carried)), frozenset(staged), mends=False
    )
    sent = {path for run in runs if run.kind is RunKind.SEND for path in run.paths}
    differing = {each.path for each in comparison.differences if not each.is_unseen}
    assert all(run.kind is not RunKind.WHOLE for run in runs)
    assert sent <= staged
    assert sent <= differing | unsure
    assert staged & differing & now.keys() <= sent
    gone = {path for run in runs if run.kind is RunKind.DELETE for path in run.paths}
    assert all(path not in now and not any(own.startswith(path + b"/") for own in now) for path in gone)
    assert gone <= carried | {each.path for each in comparison.differences} | now.keys() | warm.keys()
    standing = {block.folder for block in production.blocks}
    assert {path for path in carried - now.keys() if (path.rpartition(b"/")[0] or b".") in standing} <= gone | standing


def test_what_the_warm_pass_carried_though_neither_listing_has_it_goes_from_the_standby_too() -> None:
    tree = (Made(b"QC/old", b"x"),)
    comparison, production = compared(tree, tree)
    warm = WarmPass(carried=frozenset({b"QC/old", b"QC/came-and-went", b"."}))
    (run,) = plan_closing(comparison, production, warm, frozenset(), mends=False)
    assert (run.kind, run.paths, run.folders) == (RunKind.DELETE, (b"QC/came-and-went",), (b".", b"QC"))
