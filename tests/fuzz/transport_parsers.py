"""The readers of what other programs print, what two hosts say to each other, and what an operator writes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dfwarm import wire
from dfwarm.config.reading import parse_config
from dfwarm.datafax.reports.partial import PartialUnusable, read_answer
from dfwarm.datafax.reports.partial import encode as encode_partial
from dfwarm.datafax.reports.stream import decode as decode_reports
from dfwarm.datafax.reports.stream import encode as encode_reports
from dfwarm.errors import AnswerRefused, AuditBroken, ConfigInvalid, FreezeRefused, LedgerBroken, LineUnreadable
from dfwarm.evidence.record import CycleRecord
from dfwarm.facts.audit import GENESIS as TRAIL_GENESIS
from dfwarm.facts.audit import Actor, Entry, read_trail
from dfwarm.facts.chain import digest_of as chain_digest
from dfwarm.facts.doors import our_lines
from dfwarm.facts.hostkey import pinned_keys
from dfwarm.facts.ledger import GENESIS, Act, Line, digest_of, read_ledger
from dfwarm.facts.ruling import Ruling, read_claim, read_ruling, spell_ruling
from dfwarm.facts.transfer import read_transfer
from dfwarm.facts.wanted import Wanted, WantedKind, read_word
from dfwarm.facts.witness import Growth, read_growth
from dfwarm.gate.freeze import read_order
from dfwarm.gate.site import read_site
from dfwarm.manifest.stream import decode, encode
from dfwarm.manifest.sums import parse_sum
from dfwarm.plan.schedule import Schedule
from dfwarm.rsync.itemize import parse_change
from dfwarm.rsync.log import parse_log
from dfwarm.rsync.outcome import judge_run
from dfwarm.rsync.stderr import read_line
from dfwarm.rsync.version import parse_version
from dfwarm.spelling import spell, unspell
from dfwarm.terms import CycleId, Side, read_time
from fuzz.parser import FileReader, Parser
from manifest_maker import Made, Tree, link
from partial_maker import plate_partial, record
from record_maker import FULL

_SPOKEN = Path(__file__).parent.parent / "spoken"
_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2i4xkW0wC2qQh0q7m0VdT7S6lI3K9mFQ0k0z1l2m3n"
_KNOWN = b"prod.site.example " + _KEY + b"\n[127.0.0.1]:2222 " + _KEY + b" note\n@revoked * " + _KEY + b"\n"
_DOORS = (
    b'restrict,command="dfwarm gate --config /etc/dfwarm.toml --side production --function pull" ' + _KEY + b" dfwarm\n"
)
_STDERR = (
    b'rsync: [sender] send_files failed to open "/opt/studies/035/data/plt001.dat": Permission denied (13)\n',
    b'file has vanished: "/opt/studies/035/pages/1607/N0001"\n',
    b"rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [sender=3.2.7]\n",
)
_THEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
_RULING = Ruling("toronto", 3, Side.PRODUCTION, _THEN, "qa-1", "site lost")
_GROWTH = Growth(5, b"r" * 32, b"s" * 68, (b"a" * 32, b"b" * 32))
_CONFIG = b"""\
[pair]
name = "toronto"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = ["035", "254"]
[production]
reach = "ssh"
host = "dfprod1"
user = "dfwarm"
identity_file = "/etc/dfwarm/pull_ed25519"
known_hosts = "/etc/dfwarm/known_hosts"
[standby]
reach = "local"
datafax_dir = "/opt/dfdiscover"
release = "5"
stop = "study"
"""
_CHANGES = (
    b">f+++++++++ pages/1607/N0012003", b"*deleting   pages/1607/0012003", b".d..t...... data/", b"cL+++++++++ a -> b",
    b"hf+++++++++ b => a", b">f.st...... data/plt\\#303\\#251.dat", b"<f+++++++ old",
)  # fmt: skip


def transport_parsers() -> tuple[Parser, ...]:
    """One parser a form."""
    line, answer = (LineUnreadable,), (AnswerRefused,)
    logs = tuple((_SPOKEN / name).read_bytes()[:4_000] for name in ("deck.rsync.txt",))
    own = tuple(_whole_lines(path) for path in sorted(_SPOKEN.glob("rsync-*.rsync.txt")))
    partial = plate_partial(2, [record(1, b"1607/0012003", 2, 1, 1003), record(0, b"0000/0000000", 2, 1, 1004)])
    manifest = Tree((Made(b"data/plt001.dat", b"a"), link(b"lib/x", b"y"))).manifest()
    return (
        Parser("itemized change", parse_change, _CHANGES, line),
        Parser("rsync's log, of any release", lambda text: parse_log(text, has_size=False), logs, line),
        Parser("rsync's log, in our own form", lambda text: read_transfer(parse_log(text)), own, line),
        Parser("a line of rsync's stderr", read_line, _STDERR),
        Parser("how rsync ended", lambda text: judge_run(23, text), (b"".join(_STDERR),)),
        Parser(
            "rsync -VV",
            _text(parse_version),
            tuple(path.read_bytes() for path in sorted(_SPOKEN.glob("version-*"))),
            line,
        ),
        Parser("listing in a stream", decode, (b"".join(encode(manifest)),), answer),
        Parser(
            "sum of a file", parse_sum, (b"0" * 64 + b"  ./data/plt001.dat\n", b"\\" + b"0" * 64 + b"  ./a\\nb\n"), line
        ),
        Parser("partial of a data file", read_answer, (b"".join(encode_partial(partial)),), (PartialUnusable,)),
        Parser("reports in a stream", decode_reports, (b"".join(encode_reports(())),), answer),
        Parser("record of a cycle", lambda text: wire.load(CycleRecord, text), (wire.dump(FULL),), answer),
        Parser("ledger", read_ledger, (_ledger(),), (LedgerBroken,)),
        Parser("audit trail", read_trail, (_trail(),), (AuditBroken,)),
        Parser("words of a ruling", _words(read_ruling), (" ".join(spell_ruling(_RULING)).encode(),), answer),
        Parser("claim of an epoch", _text(read_claim), (b"epoch:toronto:3",)),
        Parser("words of a growth", _words(read_growth), (" ".join(_GROWTH.words).encode(),), answer),
        Parser("words of a freeze", _words(read_order), (b"access 10 0 ask",), (FreezeRefused, *answer)),
        Parser(
            "wanted paths",
            _text(read_word),
            (Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/usr/bin/env").word.encode(),),
            answer,
        ),
        Parser("lines of authorized_keys", our_lines, (_DOORS + _KEY + b"\n",), line),
        Parser("known_hosts", lambda text: pinned_keys(text, "127.0.0.1", 2222), (_KNOWN,), line),
        Parser("configuration", _configuration, (_CONFIG,), (ConfigInvalid,)),
        Parser(
            "configuration, by the gate",
            FileReader(lambda file: read_site(file, Side.STANDBY)),
            (_CONFIG,),
            (ConfigInvalid,),
        ),
        Parser(
            "schedule",
            _text(lambda text: Schedule.parse(text, "Europe/Zurich")),
            (b"*-*-* 02:30:00", b"Mon *-*-* *:00"),
            (ValueError,),
        ),
        Parser("time", _text(read_time), (b"2026-11-24T02:00:07.123Z", b"2026-11-24T02:00:07Z"), (ValueError,)),
        Parser("number of a cycle", _text(CycleId.parse), (b"035-00042",), (ValueError,)),
        Parser(
            "spelled name",
            lambda text: _same(text, unspell(spell(text))),
            (b"a\\\\\xff\n\x1b[31m", "Ångström".encode()),
        ),
    )


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """A reader of text, of what bytes say as the product takes them in."""
    return lambda content: read(content.decode("utf-8", "surrogateescape"))


def _words(read: Callable[[tuple[str, ...]], object]) -> Callable[[bytes], object]:
    """A reader of words that came through the gate's grammar."""
    return lambda content: read(tuple(content.decode("ascii", "backslashreplace").split(" ")))


def _same(given: bytes, found: bytes) -> bytes:
    if given != found:
        raise AssertionError(f"{given!r} came back as {found!r}")
    return found


def _configuration(text: bytes) -> object:
    return parse_config(text, Path("dfwarm.toml"))


def _ledger() -> bytes:
    lines: list[bytes] = []
    for act in (Act.CYCLE_BEGUN, Act.STEP_BEGUN, Act.STEP_DONE, Act.CYCLE_CLOSED):
        previous = digest_of(lines[-1]) if lines else GENESIS
        lines.append(Line(_THEN, act, "035-00042", {"step": "1"}, previous).encode())
    return b"".join(lines)


def _trail() -> bytes:
    actor = Actor("dfwarm", "root", "qa-1")
    first = Entry(_THEN, actor, "note", "1", "since", "", "x", TRAIL_GENESIS).encode()
    return first + Entry(_THEN, actor, "note", "2", "since", "a", "b", chain_digest(first)).encode()


def _whole_lines(path: Path) -> bytes:
    """The first changes of a log, and how it ends."""
    lines = path.read_bytes().splitlines(keepends=True)
    return b"".join(lines[:8] + lines[-20:])
