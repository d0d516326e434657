import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.users import RecordKind, UserDatabase, parse_users
from dfwarm.errors import AnswerRefused, LineUnreadable
from dfwarm.facts.environment import ClockOffset, clock_offset, clock_offset_around
from dfwarm.facts.hostkey import pinned_keys
from dfwarm.facts.mounts import Mount, mount_of, parse_fstab, parse_mountinfo, unmounted
from dfwarm.facts.wanted import WORDS_AT_MOST, Wanted, WantedKind, batches, read_word
from dfwarm.gate.door import _WORD as GATE_WORD

THEN = datetime(2026, 11, 23, 2, tzinfo=UTC)
MOUNTINFO = rb"""25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 25 8:2 / /opt/my\040studies rw,noatime - xfs /dev/sdb1 ro,attr2
32 25 0:4 / /proc rw - proc proc rw
33 31 8:3 / /opt/my\040studies rw - btrfs /dev/sdc rw
"""
FSTAB = rb"""# what should be there
/dev/sda1 / ext4 defaults 0 1
/dev/sdb1 /opt/my\040studies xfs noatime,nofail 0 2
/dev/sdd1 /opt/images/ ext4

/dev/sr0 /media/cd iso9660 noauto,user 0 0
UUID=1 none swap sw 0 0
"""
BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519 and a key").decode()
PRINT = "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(BLOB)).digest()).decode().rstrip("=")


def test_what_is_mounted_is_read_with_its_blanks_and_its_options() -> None:
    mounts = parse_mountinfo(MOUNTINFO)
    assert mounts[0] == Mount(b"/", "ext4", is_read_only=False)
    assert mounts[1] == Mount(b"/opt/my studies", "xfs", is_read_only=True)
    assert mount_of(b"/opt/my studies/035", mounts).kind == "btrfs"
    assert mount_of(b"/opt/my", mounts).kind == "ext4"
    with pytest.raises(ValueError, match="no file system"):
        mount_of(b"/opt", ())


@pytest.mark.parametrize(
    "line", [b"25 1 8:1 / / rw ext4", b"a b - ext4 /dev/sda1 rw", b"25 1 8:1 / / rw - ext4 x", b"x"]
)
def test_a_mount_that_is_not_understood_is_an_error(line: bytes) -> None:
    with pytest.raises(LineUnreadable, match="mountinfo line 1"):
        parse_mountinfo(line)


@pytest.mark.hazard("H02")
@pytest.mark.hazard("H03")
def test_a_mount_point_that_fstab_promises_above_or_below_a_root_is_missed() -> None:
    wanted = parse_fstab(FSTAB)
    assert wanted == (b"/", b"/opt/my studies", b"/opt/images")
    mounts = parse_mountinfo(MOUNTINFO)
    assert unmounted(b"/opt/images/035", wanted, mounts) == (b"/opt/images",)
    assert unmounted(b"/opt", wanted, mounts) == (b"/opt/images",)
    assert unmounted(b"/opt/my studies/035", wanted, mounts) == ()
    with pytest.raises(LineUnreadable, match="fstab line 2"):
        parse_fstab(b"\n/dev/sda1 /\n")


@given(st.binary(max_size=120))
def test_any_bytes_of_a_mount_table_are_read_or_refused(text: bytes) -> None:
    for read in (parse_mountinfo, parse_fstab):
        try:
            assert isinstance(read(text), tuple)
        except LineUnreadable:
            continue


def test_the_work_itself_does_not_blur_the_clock() -> None:
    asked, answered = THEN, THEN + timedelta(seconds=60)
    ahead = timedelta(seconds=5)
    began, ended = asked + timedelta(seconds=1) + ahead, answered - timedelta(seconds=1) + ahead
    assert clock_offset_around(asked, began, ended, answered) == ClockOffset(5_000, 1_000)
    assert clock_offset(asked, answered, asked + timedelta(seconds=30)) == ClockOffset(0, 30_000)


@given(
    st.integers(-(10**7), 10**7), st.integers(0, 10**5), st.integers(0, 10**6), st.integers(0, 10**5)
)  # offset and the three spans, all in milliseconds
def test_the_true_offset_lies_within_what_is_told(offset: int, there: int, work: int, back: int) -> None:
    def at(milliseconds: int) -> datetime:
        return THEN + timedelta(milliseconds=milliseconds)

    told = clock_offset_around(THEN, at(there + offset), at(there + work + offset), at(there + work + back))
    assert abs(told.offset_ms - offset) <= told.uncertainty_ms + 1
    assert told.uncertainty_ms <= (there + back) / 2 + 1


def test_users_are_read_without_their_secrets() -> None:
    found = parse_users(
        b"# exported\n1|USER|x|bob|hash\n\n2|USER|x|ann|hash\r\n3|ROLE|monitor|read\n4|ROLE|all|write\n"
    )
    assert found.logins == ("ann", "bob")
    assert [(kind.name, len(kind.digests)) for kind in found.kinds] == [("ROLE", 2)]
    assert parse_users(b"7|ROLE|all|write\n9|ROLE|monitor|read\n").kinds == found.kinds
    assert parse_users(b"") == UserDatabase((), ())
    assert isinstance(found.kinds[0], RecordKind)


@pytest.mark.parametrize("line", [b"hunter2", b"1||x|hunter2", b"1|USER|hunter2", b"1|USER|hunter2| |"])
def test_a_line_of_users_that_is_not_understood_is_an_error_that_keeps_the_secret(line: bytes) -> None:
    with pytest.raises(LineUnreadable, match="line 2") as refusal:
        parse_users(b"1|USER|x|ann\n" + line)
    assert "hunter2" not in str(refusal.value)


@given(
    st.builds(
        Wanted, st.sampled_from(WantedKind), st.binary(min_size=1, max_size=100).filter(lambda name: b"\0" not in name)
    )
)
def test_a_word_comes_back_as_what_was_wanted_and_fits_the_gate(wanted: Wanted) -> None:
    assert wanted.can_be_asked
    assert GATE_WORD.fullmatch(wanted.word)
    assert read_word(wanted.word) == wanted


@pytest.mark.parametrize("word", ["", "u", "u.", "x.YQ", "u.YQ==", "u.Y", "u.YR", "u.AA", "u.Y Q", "uu.YQ", "u.é"])
def test_a_word_that_means_nothing_is_refused(word: str) -> None:
    with pytest.raises(AnswerRefused, match="not a word"):
        read_word(word)


def test_many_things_are_asked_in_several_questions_and_a_name_too_long_in_none() -> None:
    wanted = tuple(Wanted(WantedKind.PATH_PROGRAM, b"%d" % number) for number in range(WORDS_AT_MOST + 1))
    long = Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/" + b"x" * 200)
    assert not long.can_be_asked
    asked = batches((long, *wanted))
    assert [len(batch) for batch in asked] == [WORDS_AT_MOST, 1]
    assert [one for batch in asked for one in batch] == list(wanted)
    assert batches(()) == ()


def hashed(name: bytes) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, name, hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


@pytest.mark.hazard("H58")
@pytest.mark.parametrize(
    ("names", "host", "port", "is_pinned"),
    [
        ("dr.example.org,10.0.0.7", "10.0.0.7", 22, True),
        ("DR.example.org", "dr.EXAMPLE.org", 22, True),
        ("*.example.org,!dr.example.org", "dr.example.org", 22, False),
        ("*.example.org,!dr.example.org", "db.example.org", 22, True),
        ("dr", "dr", 2222, False),
        ("[dr]:2222", "dr", 2222, True),
        ("[dr]:2222", "d", 2222, False),
        ("dr?", "dr1", 22, True),
        (hashed(b"dr"), "dr", 22, True),
        (hashed(b"[dr]:2222"), "dr", 2222, True),
        (hashed(b"dr"), "db", 22, False),
        ("|1|&&|&&", "dr", 22, False),
        ("|1|abc", "dr", 22, False),
    ],
)
def test_a_key_is_pinned_for_the_names_of_its_line(names: str, host: str, port: int, *, is_pinned: bool) -> None:
    found = pinned_keys(f"# pinned\n\n{names} ssh-ed25519 {BLOB} remark\n".encode(), host, port)
    assert [key.fingerprint for key in found] == ([PRINT] if is_pinned else [])


def test_a_revoked_key_is_told_as_such() -> None:
    (key,) = pinned_keys(f"@revoked dr ssh-ed25519 {BLOB}".encode(), "dr", 22)
    assert key.is_revoked
    assert not pinned_keys(f"@cert-authority dr ssh-ed25519 {BLOB}".encode(), "dr", 22)[0].is_revoked


@pytest.mark.parametrize("line", ["dr ssh-ed25519", f"@what dr ssh-ed25519 {BLOB}", "dr ssh-ed25519 &&&"])
def test_a_line_of_known_hosts_that_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(LineUnreadable, match="known_hosts line 1"):
        pinned_keys(line.encode(), "dr", 22)


@given(st.binary(max_size=120))
def test_any_known_hosts_is_read_or_refused(text: bytes) -> None:
    try:
        assert isinstance(pinned_keys(text, "dr", 22), tuple)
    except LineUnreadable:
        return
