"""Renewals that somebody altered, moved, dropped or made up: each one is refused by the step for renewals."""

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bundle_forge import SealingSite, make_site, now, record_of, token
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.authority import LocalAuthority
from dfwarm.equipment.history import History
from dfwarm.equipment.local_authority import make_local_authority
from dfwarm.equipment.log_key import LogKey
from dfwarm.equipment.own_keys import with_own_keys
from dfwarm.errors import BundleRefused, HistoryBroken, RecordUnknown, TokenRefused
from dfwarm.evidence.history import verify_history
from dfwarm.evidence.renewal import parse_renewal, renewed_files
from dfwarm.evidence.statement import Ties
from dfwarm.procedures.renewing import Renewing
from dfwarm.terms import CycleId, StudyNumber
from history_forge import problems

pytestmark = pytest.mark.requirement("URS-EVD-10")
STUDY = StudyNumber(35)
ONE, TWO = "renewal-0001.sha512", "renewal-0002.sha512"
Files = dict[str, bytes]


class Renewable:
    """A site whose statements hang in a log, with an authority that renews."""

    def __init__(self, folder: Path, cycles: int = 2) -> None:
        self.site: SealingSite = make_site(folder)
        key = LogKey("dfwarm/toronto", folder / "keys" / "log.seed", folder / "log" / "log.vkeys")
        self.history = History(folder / "log", "toronto", key, now, (self.site.trust.folder,))
        self.archive, self.audit = Archive(folder / "records"), AuditTrail(folder / "audit.jsonl", now)
        for sequence in range(1, cycles + 1):
            self.seal(sequence)

    def seal(self, sequence: int) -> None:
        before = self.history.before(STUDY, self.archive)
        ties = Ties(before.sequence, before.digest, checkpoint_size=before.size, checkpoint_root=before.root)
        record = replace(record_of(sequence), audit_head=self.audit.head)
        facts = self.site.sealer().seal(self.site.write(sequence), record, lambda: ties)
        assert not facts.problem
        self.history.catch_up(STUDY, self.archive)

    def renewing(self, *authorities: LocalAuthority) -> Renewing:
        trust = with_own_keys(self.site.trust.read(), self.history)
        return Renewing(self.history, self.archive, self.audit, authorities or (self.site.authority,), trust, now)

    def renew(self, *authorities: LocalAuthority, is_full: bool = False) -> Mapping[str, bytes]:
        renewing = self.renewing(*authorities)
        renewing.renew(STUDY, self.logged(), by="qa-1", reason="yearly", is_full=is_full)
        return self.history.renewals(STUDY)

    def logged(self):
        return self.history.logged(STUDY, self.archive, 0, audit=self.audit.content)

    def verify(self, files: Mapping[str, bytes] | None = None) -> dict[str, tuple[str, ...]]:
        logged = self.logged()
        logged = logged if files is None else replace(logged, renewals=files)
        return problems(verify_history(logged, with_own_keys(self.site.trust.read(), self.history).of_logs))


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Renewable:
    """Three cycles and two renewals; no test alters them."""
    made = Renewable(tmp_path_factory.mktemp("renewed"))
    made.renew()
    made.seal(3)
    made.renew()
    return made


def test_a_renewal_covers_what_is_new_and_the_renewal_before_it(renewed: Renewable) -> None:
    assert renewed.verify() == {}
    held = renewed.history.renewals(STUDY)
    assert list(held) == [ONE, f"{ONE}.tsr", TWO, f"{TWO}.tsr"]
    names = {name for _, name in renewed_files(held)}
    assert names == {"statement.json", "statement.json.sig", "statement.json.sig.tsr"}
    assert {cycle.sequence for cycle, _ in parse_renewal(held[TWO]).files} == {3}
    assert [name for name, _ in parse_renewal(held[TWO]).previous] == [ONE, f"{ONE}.tsr"]
    lasting = renewed.renewing().lasting(STUDY)
    assert (lasting.statements, lasting.renewals, lasting.unrenewed) == (3, 2, 0)
    assert lasting.ends_at is not None
    assert lasting.ends_at > now() + timedelta(days=365)


def test_an_auditor_checks_a_renewal_with_sha512sum_and_openssl(renewed: Renewable) -> None:
    folder = renewed.history.place(STUDY) / "renewals"
    for name in (ONE, TWO):
        sums = ["sha512sum", "--quiet", "--strict", "-c", str(folder / name)]
        assert subprocess.run(sums, cwd=renewed.archive.folder, check=False).returncode == 0
        argv = ["openssl", "ts", "-verify", "-data", str(folder / name), "-in", str(folder / f"{name}.tsr")]
        said = subprocess.run(
            [*argv, "-CAfile", str(renewed.site.trust.folder / "tsa-ca.pem")], capture_output=True, check=False
        )
        assert b"Verification: OK" in said.stdout
        assert (
            b"sha512"
            in subprocess.run(
                ["openssl", "ts", "-reply", "-in", str(folder / f"{name}.tsr"), "-text"],
                capture_output=True,
                check=False,
            ).stdout
        )


def _alter(name: str, old: bytes, new: bytes) -> Callable[[Renewable, Files], None]:
    def forge(_: Renewable, files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return forge


def _drop(*names: str) -> Callable[[Renewable, Files], None]:
    def forge(_: Renewable, files: Files) -> None:
        for name in names:
            del files[name]

    return forge


def _rewrite(change: Callable[[bytes], bytes]) -> Callable[[Renewable, Files], None]:
    """A last renewal that somebody wrote anew, with a token of the site's own authority over it."""

    def forge(renewed: Renewable, files: Files) -> None:
        files[TWO] = change(files[TWO])
        files[f"{TWO}.tsr"] = token(renewed.site.authority, files[TWO])

    return forge


def _other_authority(renewed: Renewable, files: Files) -> None:
    folder = renewed.site.folder / "stranger"
    if not folder.exists():
        make_local_authority(folder, "stranger", now())
    files[f"{TWO}.tsr"] = token(LocalAuthority(folder), files[TWO])


def _swap(_: Renewable, files: Files) -> None:
    files[ONE], files[TWO] = files[TWO], files[ONE]
    files[f"{ONE}.tsr"], files[f"{TWO}.tsr"] = files[f"{TWO}.tsr"], files[f"{ONE}.tsr"]


def _older_token(renewed: Renewable, files: Files) -> None:
    """The renewal before it gets a token that is younger than that of the last one."""
    files[f"{TWO}.tsr"], files[f"{ONE}.tsr"] = files[f"{TWO}.tsr"], token(renewed.site.authority, files[ONE])


FORGERIES = {
    "a text without its token": (_drop(f"{TWO}.tsr"), "has no time-stamp"),
    "a renewal taken out": (_drop(ONE, f"{ONE}.tsr"), "renewal 1 is missing or was moved"),
    "the last one taken away": (_drop(TWO, f"{TWO}.tsr"), "is in the audit trail and is missing"),
    "two that changed places": (_swap, "is missing or was moved"),
    "a changed digest": (_alter(TWO, b"035/035-00003", b"035/035-00002"), "token does not hold"),
    "a token for another text": (_alter(f"{TWO}.tsr", b"\x04\x40", b"\x04\x41"), "TWO"),
    "a token of somebody else": (_other_authority, "token does not hold"),
    "an older token": (_older_token, " before it"),
    "a statement left out": (
        _rewrite(lambda text: re.sub(rb"[0-9a-f]{128}  035/035-00003/statement.json\n", b"", text)),
        "it leaves out statement.json of 035-00003",
    ),
    "a digest of another file": (
        _rewrite(lambda text: re.sub(rb"[0-9a-f]{128}(?=  035/035-00003/statement.json\n)", b"0" * 128, text)),
        "statement.json of 035-00003 is not what was renewed",
    ),
    "a file that never was": (
        _rewrite(lambda text: text + b"0" * 128 + b"  035/035-00003/zeal.txt\n"),
        "zeal.txt of 035-00003 was renewed and is missing",
    ),
    "another renewal before it": (
        _rewrite(lambda text: re.sub(rb"previous [0-9a-f]{8}", b"previous 00000000", text, count=1)),
        "made over another renewal",
    ),
    "another log": (_rewrite(lambda text: text.replace(b"toronto", b"geneva!")), "it is of the log"),
    "another root": (
        _rewrite(lambda text: re.sub(rb"checkpoint 3 [0-9a-f]{8}", b"checkpoint 3 00000000", text)),
        "had another root when it was renewed",
    ),
    "more leaves than there are": (_rewrite(lambda text: text.replace(b"checkpoint 3", b"checkpoint 9")), "9 leaves"),
    "one that nobody recorded": (
        _rewrite(lambda text: re.sub(rb"made 2\d", b"made 29", text)),
        "is not in the audit trail",
    ),
    "lines in another order": (
        _rewrite(lambda text: text + text.splitlines(keepends=True)[-1]),
        "not in the form in which it is written",
    ),
    "a line that is none": (_rewrite(lambda text: text + b"junk\n"), "no digest and file"),
    "a file of another study": (
        _rewrite(lambda text: text + b"0" * 128 + b"  034/035-00003/zeal.txt\n"),
        "no digest and file",
    ),
    "no time": (_rewrite(lambda text: re.sub(rb"# made .*", b"# made then", text)), "its time is no time"),
    "no renewal": (_rewrite(lambda _: b"# dfwarm-renewal/2 2\n"), "no renewal, or of a newer form"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_renewal_is_refused_by_its_step(renewed: Renewable, what: str) -> None:
    forge, says = FORGERIES[what]
    files = dict(renewed.history.renewals(STUDY))
    forge(renewed, files)
    found = renewed.verify(files)
    assert list(found) == ["renewals"]
    assert says == "TWO" or any(says in problem for problem in found["renewals"]), found


def test_a_seal_that_was_renewed_and_is_rewritten_since_is_named(tmp_path: Path) -> None:
    made = Renewable(tmp_path)
    made.renew()
    signature = made.archive.place(CycleId(STUDY, 1)) / "statement.json.sig"
    signature.write_bytes(signature.read_bytes() + b"\n")
    assert made.verify() == {
        "renewals": (f"{ONE}: statement.json.sig of 035-00001 is not what was renewed",),
    }
    with pytest.raises(HistoryBroken, match="what does not hold is not renewed: renewals"):
        made.renew()


def test_a_full_renewal_takes_every_file_again(tmp_path: Path) -> None:
    made = Renewable(tmp_path, 1)
    made.renew()
    held = made.renew(is_full=True)
    names = {name for _, name in parse_renewal(held[TWO]).files}
    assert {"SHA256SUMS", "cycle.json", "production.sha256.gz", "statement.json"} <= names
    assert made.verify() == {}
    (made.archive.place(CycleId(STUDY, 1)) / "coverage.json").write_bytes(b"{}")
    assert made.verify() == {"renewals": (f"{TWO}: coverage.json of 035-00001 is not what was renewed",)}


def test_what_does_not_hold_gets_no_new_token_and_nothing_is_left_behind(tmp_path: Path) -> None:
    made = Renewable(tmp_path, 1)
    trail = made.audit.content
    token_file = made.archive.place(CycleId(STUDY, 1)) / "statement.json.sig.tsr"
    content = token_file.read_bytes()
    token_file.write_bytes(token(made.site.authority, b"another thing"))
    with pytest.raises(BundleRefused, match="035-00001: what does not hold is not renewed: time"):
        made.renew()
    token_file.write_bytes(content)
    stranger = tmp_path / "stranger"
    make_local_authority(stranger, "stranger", now())
    with pytest.raises(TokenRefused, match="nothing is renewed"):
        made.renew(LocalAuthority(stranger))
    assert made.audit.content == trail
    assert made.history.renewals(STUDY) == {}
    held = made.renew(LocalAuthority(stranger), made.site.authority)
    assert list(held) == [ONE, f"{ONE}.tsr"]


def test_a_log_without_statements_has_nothing_to_renew(tmp_path: Path) -> None:
    made = Renewable(tmp_path, 1)
    empty = replace(made.renewing(), history=replace(made.history, folder=tmp_path / "elsewhere"))
    with pytest.raises(RecordUnknown, match="nothing to renew"):
        empty.renew(STUDY, made.logged(), by="qa-1", reason="yearly", is_full=False)
