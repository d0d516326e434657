from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.facts.activity import Activity, Growth, Next, StatusFile, Users, decide, describe_quiet, signs_of_work
from dfwarm.terms import Access
from dfwarm.wire import dump, load

THEN = datetime(2026, 11, 23, 2, tzinfo=UTC)
LATER = THEN + timedelta(seconds=15)
NOBODY = Users(is_known=True, names=())
QUIET = Activity(
    access=Access.ENABLED,
    is_enabled=True,
    processes=(4711,),
    users=NOBODY,
    status_files=(StatusFile(b"/opt/datafax/lib/.serverstatus35", THEN),),
    growth=Growth(100, 200, THEN, b"2647", THEN, THEN),
    seen_at=THEN,
)


def test_an_open_study_in_which_nobody_works_shows_no_sign() -> None:
    assert signs_of_work(QUIET, QUIET) == ()
    assert decide(QUIET, None, "skip", 0, 0).next is Next.GO_ON
    assert describe_quiet(QUIET) == ("nobody is logged in",)


@pytest.mark.parametrize(
    ("busy", "says"),
    [
        (replace(QUIET, access=Access.UNKNOWN), "the access state is not known"),
        (replace(QUIET, access=Access.UNKNOWN, access_problem="status 1"), "the access state is not known: status 1"),
        (replace(QUIET, access=Access.DISABLED), "the study is disabled, but 1 processes serve it"),
        (replace(QUIET, users=Users(is_known=True, names=("ann", "bob"))), "2 logged in: ann, bob"),
        (replace(QUIET, users=Users(is_known=False, names=(), problem="no answer")), "who is logged in is not known: no answer"),
        (replace(QUIET, growth=replace(QUIET.growth, problem="data: Permission denied")), "not known: data: Permission denied"),
        (replace(QUIET, status_problem="lib cannot be read"), "not known: lib cannot be read"),
    ],
)  # fmt: skip
def test_a_person_or_a_question_that_failed_is_a_sign_at_the_first_look(busy: Activity, says: str) -> None:
    assert says in "; ".join(signs_of_work(busy, None))
    assert decide(busy, None, "skip", 0, 0).next is Next.SKIP


@pytest.mark.parametrize(
    ("grown", "says"),
    [
        (replace(QUIET.growth, journal_bytes=90, newest_at=LATER), "the journals changed by -10 bytes"),
        (replace(QUIET.growth, data_bytes=1300), "the data changed by +1,100 bytes"),
        (replace(QUIET.growth, newest_at=LATER), "a data file was written"),
        (replace(QUIET.growth, pages_at=LATER), "pages changed in week 2647"),
        (replace(QUIET.growth, page_week=b"2648"), "pages changed in week 2648"),
        (replace(QUIET.growth, setup_at=LATER), "the study's setup was changed"),
    ],
)
def test_whatever_changes_between_two_looks_is_a_sign(grown: Growth, says: str) -> None:
    assert signs_of_work(replace(QUIET, growth=grown), QUIET) == (says,)
    assert signs_of_work(replace(QUIET, growth=grown), None) == ()


@pytest.mark.parametrize("files", [(), (StatusFile(b"/opt/datafax/lib/.serverstatus35", LATER),)])
def test_a_status_file_that_came_went_or_changed_is_a_sign(files: tuple[StatusFile, ...]) -> None:
    signs = signs_of_work(replace(QUIET, status_files=files), QUIET)
    assert signs == ("server status file /opt/datafax/lib/.serverstatus35 changed",)


def test_users_do_not_count_in_a_study_that_nobody_may_enter() -> None:
    users = Users(is_known=False, names=(), problem="the master is down")
    closed = replace(QUIET, access=Access.DISABLED, processes=(), users=users)
    assert signs_of_work(closed, closed) == ()
    assert describe_quiet(closed) == ("nobody can work in the study: it is disabled",)


def test_a_question_that_nobody_asked_does_not_read_as_nobody() -> None:
    (says,) = describe_quiet(replace(QUIET, users=Users(is_known=False, names=())))
    assert "was not asked" in says


def test_the_policy_waits_only_so_long_and_goes_on_only_when_told() -> None:
    busy = replace(QUIET, access=Access.UNKNOWN)
    assert decide(busy, None, "wait", 0, 60).next is Next.WAIT
    assert decide(busy, None, "wait", 60, 60).next is Next.SKIP
    assert decide(busy, None, "go-on", 0, 0) == decide(busy, None, "go-on", 99, 0)
    assert decide(busy, None, "go-on", 0, 0).next is Next.GO_ON
    assert decide(busy, None, "go-on", 0, 0).signs


@given(
    st.builds(
        Activity,
        access=st.sampled_from(Access),
        is_enabled=st.booleans(),
        processes=st.lists(st.integers(1, 9), max_size=2).map(tuple),
        users=st.builds(Users, st.booleans(), st.just(()), st.sampled_from(["", "failed"])),
        status_files=st.just(()),
        growth=st.builds(Growth, st.integers(0, 9), st.integers(0, 9), st.just(THEN), problem=st.sampled_from(["", "x"])),
        seen_at=st.just(THEN),
    )
)  # fmt: skip
def test_a_cycle_never_goes_on_over_a_failed_question_by_itself(activity: Activity) -> None:
    has_failed = activity.access is Access.UNKNOWN or bool(activity.growth.problem)
    has_failed |= bool(activity.users.problem) and activity.access is not Access.DISABLED
    if has_failed:
        assert decide(activity, None, "skip", 0, 0).next is Next.SKIP
    assert load(Activity, dump(activity)) == activity
