"""Keys, signatures, lists and tokens, held against ssh-keygen, ssh-agent and openssl."""

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from bundle_forge import SealingSite, make_site, now, token
from dfwarm.equipment.agent import Agent
from dfwarm.equipment.authority import HttpAuthority, LocalAuthority, stamp
from dfwarm.equipment.key_file import make_key_file
from dfwarm.equipment.local_authority import make_local_authority
from dfwarm.equipment.signer import AgentKey, HeldKey, read_key_file, read_public_file
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import BundleRefused, DfwarmError, KeyUnusable, LineUnreadable, TokenRefused
from dfwarm.evidence import der_order, sshsig
from dfwarm.evidence.der_order import sort_certificates
from dfwarm.evidence.krl import RevokedKeys, parse_krl, render_krl
from dfwarm.evidence.signers import Signer, parse_signers, permit, render_signers
from dfwarm.evidence.sums import parse_sums, render_sums
from dfwarm.evidence.token import Authorities, check_token, read_token
from dfwarm.evidence.trust import read_trust
from dfwarm.procedures.keys import allow_key, find_key, revoke, roll_over

NAMESPACE = sshsig.EVIDENCE_NAMESPACE
MESSAGE = b"the standby equals production\n"


def keygen(*words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ssh-keygen", *map(str, words)], input=stdin, capture_output=True, check=False)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key_file(tmp_path / "key", "evidence@toronto")
    return tmp_path / "key"


def test_our_signature_is_the_very_one_that_ssh_keygen_writes(key: Path, tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(MESSAGE)
    assert keygen("-Y", "sign", "-n", NAMESPACE, "-f", key, tmp_path / "message").returncode == 0
    theirs = (tmp_path / "message.sig").read_bytes()
    assert read_key_file(key).sign(NAMESPACE, MESSAGE) == theirs
    found = sshsig.parse_signature(theirs)
    sshsig.check_signature(found, MESSAGE, NAMESPACE)
    assert found.fingerprint in keygen("-l", "-f", key).stdout.decode()
    for message, namespace in ((MESSAGE + b"x", NAMESPACE), (MESSAGE, "review@dfwarm")):
        with pytest.raises(BundleRefused):
            sshsig.check_signature(found, message, namespace)


@pytest.mark.parametrize(("kind", "bits"), [("ecdsa", 256), ("ecdsa", 384), ("rsa", 2048)])
def test_keys_that_only_tokens_have_are_read_too(tmp_path: Path, kind: str, bits: int) -> None:
    keygen("-q", "-t", kind, "-b", bits, "-N", "", "-f", tmp_path / "key")
    (tmp_path / "message").write_bytes(MESSAGE)
    for algorithm in ("sha512", "sha256"):
        keygen(
            "-Y", "sign", "-O", f"hashalg={algorithm}", "-n", NAMESPACE, "-f", tmp_path / "key", tmp_path / "message"
        )
        found = sshsig.parse_signature((tmp_path / "message.sig").read_bytes())
        sshsig.check_signature(found, MESSAGE, NAMESPACE)
        with pytest.raises(BundleRefused):
            sshsig.check_signature(found, MESSAGE + b"x", NAMESPACE)
        (tmp_path / "message.sig").unlink()


def test_a_short_rsa_key_is_refused(tmp_path: Path) -> None:
    keygen("-q", "-t", "rsa", "-b", 1024, "-N", "", "-f", tmp_path / "key")
    (tmp_path / "message").write_bytes(MESSAGE)
    keygen("-Y", "sign", "-n", NAMESPACE, "-f", tmp_path / "key", tmp_path / "message")
    with pytest.raises(BundleRefused):
        sshsig.check_signature(sshsig.parse_signature((tmp_path / "message.sig").read_bytes()), MESSAGE, NAMESPACE)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 309), st.integers(0, 255))
def test_no_altered_signature_is_taken(place: int, byte: int) -> None:
    held = HeldKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    sound = held.sign(NAMESPACE, MESSAGE)
    forged = bytearray(sound)
    forged[place] = byte
    if bytes(forged) != sound:
        with pytest.raises(BundleRefused):
            sshsig.check_signature(sshsig.parse_signature(bytes(forged)), MESSAGE, NAMESPACE)


def armored(blob: bytes) -> bytes:
    return b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(blob) + b"\n-----END SSH SIGNATURE-----\n"


PARTS = [sshsig.pack(sshsig.ED25519) + sshsig.pack(bytes(32)), NAMESPACE.encode(), b"", b"sha512"]
SIGNED = sshsig.pack(sshsig.ED25519) + sshsig.pack(bytes(64))
START = b"SSHSIG\0\0\0\1"


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"SSHSIG\0\0\0\2" + b"".join(map(sshsig.pack, (*PARTS, SIGNED))),
        START + b"".join(map(sshsig.pack, (*PARTS, SIGNED))) + b"x",
        START + b"".join(map(sshsig.pack, (PARTS[0], PARTS[1], b"reserved", PARTS[3], SIGNED))),
        START + b"".join(map(sshsig.pack, (*PARTS[:3], b"md5", SIGNED))),
        START + b"".join(map(sshsig.pack, (*PARTS, SIGNED + b"x"))),
        START + b"".join(map(sshsig.pack, (PARTS[0] + b"x", *PARTS[1:], SIGNED))),
        START + b"".join(map(sshsig.pack, PARTS)),
        START + b"\xff\xff\xff\xff",
    ],
)
def test_what_has_unknown_parts_is_no_signature(blob: bytes) -> None:
    with pytest.raises(BundleRefused):
        sshsig.parse_signature(armored(blob))


def test_a_text_that_is_too_long_or_by_another_kind_of_key_is_refused() -> None:
    with pytest.raises(BundleRefused):
        sshsig.parse_signature(b"x" * (1 << 17))
    other = sshsig.pack(b"ssh-dss") + sshsig.pack(bytes(32))
    blob = START + b"".join(map(sshsig.pack, (other, *PARTS[1:], SIGNED)))
    with pytest.raises(BundleRefused):
        sshsig.check_signature(sshsig.parse_signature(armored(blob)), MESSAGE, NAMESPACE)


def test_the_list_of_revoked_keys_is_the_one_that_openssh_reads_and_writes(key: Path, tmp_path: Path) -> None:
    held, other = read_key_file(key), make_key_file(tmp_path / "other", "x")
    (tmp_path / "ours.krl").write_bytes(render_krl(frozenset({held.key}), 1, now()))
    assert keygen("-Q", "-f", tmp_path / "ours.krl", f"{key}.pub").returncode == 1
    assert keygen("-Q", "-f", tmp_path / "ours.krl", tmp_path / "other.pub").returncode == 0
    keygen("-k", "-f", tmp_path / "theirs.krl", f"{key}.pub")
    theirs = parse_krl((tmp_path / "theirs.krl").read_bytes())
    assert (theirs.holds(held.key), theirs.holds(other.key)) == (True, False)
    (tmp_path / "hashes").write_text(f"hash: {sshsig.fingerprint(held.key)}\n")
    keygen("-k", "-f", tmp_path / "hashed.krl", tmp_path / "hashes")
    assert parse_krl((tmp_path / "hashed.krl").read_bytes()).holds(held.key)
    assert parse_krl(render_krl(frozenset(), 1, now())) == RevokedKeys()


@pytest.mark.parametrize(
    "cut", [b"", b"SSHKRL\n\0\0\0\0\2", render_krl(frozenset({b"k"}), 1, datetime(2026, 1, 1, tzinfo=UTC))[:-1]]
)
def test_half_a_list_of_revoked_keys_is_refused(cut: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_krl(cut)


def test_a_list_with_an_unknown_section_is_refused() -> None:
    with pytest.raises(LineUnreadable):
        parse_krl(render_krl(frozenset(), 1, now()) + b"\x01" + sshsig.pack(b""))


def test_the_allowed_signers_come_back_and_openssh_reads_them(key: Path, tmp_path: Path) -> None:
    held = read_key_file(key)
    hour = timedelta(hours=1)
    window = (now().replace(microsecond=0) - hour, now().replace(microsecond=0) + hour)
    signers = (Signer("a@b", held.key, (NAMESPACE, "x@y"), *window, "a comment"), Signer("c@d", held.key, ("x@y",)))
    assert parse_signers(b"# a remark\n\n" + render_signers(signers)) == signers
    (tmp_path / "allowed").write_bytes(render_signers(signers))
    (tmp_path / "sig").write_bytes(held.sign(NAMESPACE, MESSAGE))
    for moment, is_valid in ((now(), True), (now() + 2 * hour, False), (now() - 2 * hour, False)):
        at = f"-Overify-time={moment:%Y%m%d%H%M%SZ}"
        verify = ("-Y", "verify", at, "-f", tmp_path / "allowed", "-I", "a@b", "-n", NAMESPACE, "-s", tmp_path / "sig")
        assert (keygen(*verify, stdin=MESSAGE).returncode == 0) is is_valid
        if is_valid:
            assert permit(signers, held.key, NAMESPACE, moment).principal == "a@b"
        else:
            with pytest.raises(BundleRefused, match="was not valid"):
                permit(signers, held.key, NAMESPACE, moment)


KEY_TEXT = base64.b64encode(PARTS[0]).decode()


@pytest.mark.parametrize(
    "line",
    [
        f"a@b ssh-ed25519 {KEY_TEXT}",
        f'a@b namespaces="x" ssh-rsa {KEY_TEXT}',
        f'a@b namespaces="x",cert-authority="y" ssh-ed25519 {KEY_TEXT}',
        f'a@b namespaces="*@dfwarm" ssh-ed25519 {KEY_TEXT}',
        f'a@b namespaces="x",valid-after="20260101" ssh-ed25519 {KEY_TEXT}',
        f'a@b namespaces="x",valid-after="20261301Z" ssh-ed25519 {KEY_TEXT}',
        'a@b namespaces="x" ssh-ed25519 AAA',
        "nonsense",
    ],
)
def test_a_line_that_is_not_understood_lets_nobody_sign(line: str) -> None:
    with pytest.raises(LineUnreadable):
        parse_signers(line.encode())


def test_a_trust_folder_that_trusts_nobody_or_is_garbled_is_refused() -> None:
    with pytest.raises(BundleRefused):
        read_trust({})
    line = f'a@b namespaces="x" ssh-ed25519 {KEY_TEXT}\n'.encode()
    with pytest.raises(LineUnreadable):
        read_trust({"allowed_signers": line, "tsa-ca.pem": b"garbage"})
    assert read_trust({"allowed_signers": line}).fingerprints()[0][0] == "a@b"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.chmod(0o640), "open to others"),
        (lambda path: path.write_text("garbage"), "no OpenSSH private key"),
        (lambda path: keygen("-p", "-N", "secret", "-f", path), "encrypted"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
        (lambda path: (path.unlink(), keygen("-q", "-t", "ecdsa", "-N", "", "-f", path)), "not an Ed25519 key"),
    ],
)
def test_a_key_file_that_is_not_as_it_should_be_is_one_clear_error(key: Path, spoil: object, says: str) -> None:
    spoil(key)  # type: ignore[operator]
    with pytest.raises(KeyUnusable, match=says):
        read_key_file(key)


def test_a_key_is_for_its_owner_alone_and_never_overwritten(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    assert read_public_file(key.with_name("key.pub")) == read_key_file(key).key
    with pytest.raises(KeyUnusable, match="already"):
        make_key_file(key, "x")
    for content in ("", "ssh-rsa " + KEY_TEXT, "ssh-ed25519 !"):
        key.write_text(content)
        with pytest.raises(KeyUnusable):
            read_public_file(key)
    with pytest.raises(KeyUnusable):
        read_public_file(key.with_name("none"))


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "agent.sock")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    for _ in range(200):
        if os.path.exists(path):
            break
        threading.Event().wait(0.02)
    yield path
    process.terminate()
    process.wait(10)


def test_an_agent_signs_and_its_refusal_is_a_clear_error(key: Path, agent: str) -> None:
    subprocess.run(["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": agent}, check=True, capture_output=True)
    held = read_key_file(key)
    assert Agent(agent).keys() == (held.key,)
    assert AgentKey(held.key, Agent(agent)).sign(NAMESPACE, MESSAGE) == held.sign(NAMESPACE, MESSAGE)
    with pytest.raises(KeyUnusable, match="does not sign with"):
        Agent(agent).sign(PARTS[0], MESSAGE)
    for path in ("", "/nowhere/agent.sock"):
        with pytest.raises(KeyUnusable, match="does not answer"):
            Agent(path, 1.0).sign(held.key, MESSAGE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SealingSite:
    return make_site(tmp_path_factory.mktemp("site"))


def trusted(site: SealingSite) -> Authorities:
    return site.trust.read().authorities


@pytest.mark.requirement("URS-EVD-03")
def test_a_token_of_the_local_authority_is_accepted_by_the_library_and_by_openssl(
    site: SealingSite, tmp_path: Path
) -> None:
    response = stamp(site.authority, MESSAGE, trusted(site))
    found = check_token(response, MESSAGE, trusted(site))
    assert abs(found.stamped_at - now()) < timedelta(minutes=1)
    assert (found.authority, found.accuracy_micros) == ("CN=toronto time-stamp authority", 1_000_000)
    for name, content in (("data", MESSAGE), ("tsr", response)):
        (tmp_path / name).write_bytes(content)
    argv = ["openssl", "ts", "-verify", "-data", "data", "-in", "tsr", "-CAfile", site.trust.folder / "tsa-ca.pem"]
    assert subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_token_with_several_certificates_is_put_into_the_order_that_strict_readers_want(tmp_path: Path) -> None:
    """OpenSSL 3.0 writes them in the order of its configuration, so the other order is written here by hand."""
    folder = tmp_path / "tsa"
    authorities = Authorities(tuple(x509.load_pem_x509_certificates(make_local_authority(folder, "toronto", now()))))
    configuration = folder / "tsa.cnf"
    configuration.write_text(configuration.read_text() + f"certs = {folder}/ca.pem\n")
    sound = sort_certificates(token(LocalAuthority(folder), MESSAGE))
    begin, end = der_order._certificates(sound)
    _, _, middle = der_order._element(sound, begin)
    assert begin < middle < end
    reversed_ = sound[:begin] + sound[middle:end] + sound[begin:middle] + sound[end:]
    with pytest.raises(TokenRefused):
        check_token(reversed_, MESSAGE, authorities)
    assert sort_certificates(reversed_) == sound
    assert check_token(sound, MESSAGE, authorities).authority == "CN=toronto time-stamp authority"
    (tmp_path / "tsr").write_bytes(sound)
    (tmp_path / "data").write_bytes(MESSAGE)
    argv = ["openssl", "ts", "-verify", "-data", "data", "-in", "tsr", "-CAfile", str(folder / "ca.pem")]
    assert subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert stamp(LocalAuthority(folder), MESSAGE, authorities)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_answer_breaks_the_reader_or_is_taken_for_a_token(content: bytes) -> None:
    assert len(sort_certificates(content)) == len(content)
    with pytest.raises(TokenRefused):
        check_token(content, MESSAGE, Authorities())


def test_no_altered_token_is_taken(site: SealingSite) -> None:
    response = stamp(site.authority, MESSAGE, trusted(site))
    for place in range(0, len(response), 3):
        forged = bytearray(response)
        forged[place] ^= 4
        try:
            found = check_token(bytes(forged), MESSAGE, trusted(site))
        except DfwarmError:
            continue
        assert found == read_token(response), f"byte {place} says something else and is not signed"


def test_a_token_needs_an_authority_that_is_trusted_and_the_number_of_the_request(site: SealingSite) -> None:
    response = token(site.authority, MESSAGE)
    with pytest.raises(TokenRefused, match="no time-stamp authority is trusted"):
        check_token(response, MESSAGE, Authorities())
    with pytest.raises(TokenRefused, match="Nonce"):
        check_token(response, MESSAGE, trusted(site), nonce=1)
    with pytest.raises(TokenRefused, match="longer"):
        read_token(bytes(1 << 21))


class Answers(BaseHTTPRequestHandler):
    """An authority over HTTP that answers by its path."""

    site: ClassVar[SealingSite]

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/timestamp-query"
        if self.path == "/busy":
            self.send_error(503)
            return
        replies = {
            "/tsr": lambda: self.site.authority.answer(query),
            "/garbage": lambda: b"<html>busy</html>",
            "/replayed": lambda: token(self.site.authority, MESSAGE),
            "/large": lambda: bytes(1 << 21),
            "/never": lambda: (threading.Event().wait(1.5), b"")[1],
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(replies[self.path]())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(site: SealingSite) -> Iterator[str]:
    Answers.site = site
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def test_an_authority_over_http_is_believed_only_where_its_token_answers_our_request(
    site: SealingSite, server: str
) -> None:
    response = stamp(HttpAuthority(f"{server}/tsr", 10), MESSAGE, trusted(site))
    assert check_token(response, MESSAGE, trusted(site)).serial
    for path in ("busy", "garbage", "replayed", "large"):
        with pytest.raises(TokenRefused, match=path):
            stamp(HttpAuthority(f"{server}/{path}", 10), MESSAGE, trusted(site))
    with pytest.raises(TokenRefused, match="does not answer"):
        stamp(HttpAuthority(f"{server}/never", 0.3), MESSAGE, trusted(site))
    with pytest.raises(TokenRefused, match="does not answer"):
        stamp(HttpAuthority("http://127.0.0.1:9/", 1), MESSAGE, trusted(site))


def test_a_local_authority_that_lost_its_key_is_refused_and_none_is_made_twice(tmp_path: Path) -> None:
    root = make_local_authority(tmp_path / "tsa", "toronto", now())
    with pytest.raises(KeyUnusable):
        make_local_authority(tmp_path / "tsa", "toronto", now())
    (tmp_path / "tsa" / "tsa.key").unlink()
    with pytest.raises(TokenRefused, match="failed"):
        stamp(LocalAuthority(tmp_path / "tsa"), MESSAGE, Authorities(tuple(x509.load_pem_x509_certificates(root))))


def test_a_new_key_follows_an_old_one_by_the_word_of_both(tmp_path: Path) -> None:
    trust = TrustFolder(tmp_path)
    old, new = (HeldKey(Ed25519PrivateKey.generate()) for _ in range(2))
    with pytest.raises(KeyUnusable):
        roll_over(trust, old, new, now(), "yearly")
    allow_key(trust, old.key, "evidence@toronto", now())
    with pytest.raises(KeyUnusable):
        allow_key(trust, old.key, "evidence@toronto", now())
    left = roll_over(trust, old, new, now(), "yearly")
    statement = (tmp_path / left.statement).read_bytes()
    for name, key in zip(left.signatures, (old, new), strict=True):
        found = sshsig.parse_signature((tmp_path / name).read_bytes())
        sshsig.check_signature(found, statement, sshsig.ROLL_OVER_NAMESPACE)
        assert found.key == key.key
    read = trust.read()
    later = now() + timedelta(days=2)
    assert read.permit(new.key, NAMESPACE, later, is_stamped=True).principal == "evidence@toronto"
    assert read.permit(old.key, sshsig.RENDERING_NAMESPACE, later, is_stamped=True)
    with pytest.raises(BundleRefused, match="was not valid at"):
        read.permit(old.key, NAMESPACE, later, is_stamped=True)


def test_a_key_is_revoked_from_a_moment_on_or_entirely(tmp_path: Path) -> None:
    trust = TrustFolder(tmp_path)
    one, other = (HeldKey(Ed25519PrivateKey.generate()) for _ in range(2))
    for key in (one, other):
        allow_key(trust, key.key, "evidence@toronto", now() - timedelta(days=9))
    since = now() - timedelta(days=1)
    assert find_key(trust, sshsig.fingerprint(one.key)) == one.key
    for wrong in ("SHA256:", "SHA256:none"):
        with pytest.raises(KeyUnusable):
            find_key(trust, wrong)
    revoke(trust, one.key, now(), since)
    revoke(trust, other.key, now(), None)
    read = trust.read()
    assert trust.is_revoked(one.key) and trust.is_revoked(other.key)
    assert read.permit(one.key, NAMESPACE, since - timedelta(hours=1), is_stamped=True)
    for key, moment, is_stamped in (
        (one, since - timedelta(hours=1), False),
        (one, since + timedelta(hours=1), True),
        (other, since, True),
    ):
        with pytest.raises(BundleRefused):
            read.permit(key.key, NAMESPACE, moment, is_stamped=is_stamped)
    with pytest.raises(KeyUnusable):
        trust.close(PARTS[0], now())


def test_sums_have_one_form_and_cover_no_name_that_leads_elsewhere() -> None:
    digests = {"b": "1" * 64, "a/c.txt": "2" * 64}
    assert parse_sums(render_sums(digests)) == digests
    for name in ("../x", "a/../x", "/x", ".x", "a b", "a\nb", "statement.json", "reviews/x", "letter.txt", ""):
        with pytest.raises(BundleRefused):
            render_sums({name: "1" * 64})
    line = b"1" * 64 + b"  b\n"
    for content in (b"", line[:-1], line + line, line + b"0" * 64 + b"  a\n", b"1" * 63 + b"  b\n", b"\n"):
        with pytest.raises(BundleRefused):
            parse_sums(content)


def test_sha256sum_takes_our_sums(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "SHA256SUMS").write_bytes(
        render_sums(
            {"a": subprocess.run(["sha256sum", tmp_path / "a"], capture_output=True, check=True).stdout[:64].decode()}
        )
    )
    assert shutil.which("sha256sum")
    assert (
        subprocess.run(
            ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, check=False, capture_output=True
        ).returncode
        == 0
    )


def test_the_certificates_of_an_authority_are_trusted_once(site: SealingSite) -> None:
    before = (site.trust.folder / "tsa-ca.pem").read_bytes()
    root = site.trust.read().authorities.roots[0]
    site.trust.trust_authority(root.public_bytes(Encoding.PEM))
    assert (site.trust.folder / "tsa-ca.pem").read_bytes() == before
