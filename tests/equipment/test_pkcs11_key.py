"""The evidence key on a PKCS#11 token behind an ssh-agent: a software token, the stock agent, the stock ssh-keygen."""

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_mail_guides import MINIMAL

from bundle_forge import SealingSite, make_site, now, record_of
from dfwarm.cli.main import main
from dfwarm.equipment.agent import Agent
from dfwarm.equipment.sealer import KeySealer
from dfwarm.equipment.signer import AgentKey, read_public_file
from dfwarm.errors import KeyUnusable
from dfwarm.evidence.statement import Ties
from dfwarm.procedures.keys import allow_key
from guide_pages import blocks, commands

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "1234"
KINDS = {"EC:edwards25519": b"", "EC:prime256v1": b"ecdsa-sha2-nistp256", "EC:secp384r1": b"ecdsa-sha2-nistp384"}
KINDS |= {"EC:secp521r1": b"ecdsa-sha2-nistp521", "rsa:3072": b"ssh-rsa"}

pytestmark = [
    pytest.mark.requirement("URS-EVD-02"),
    pytest.mark.skipif(
        not LIBRARY.exists() or not shutil.which("pkcs11-tool"), reason="softhsm2 and opensc are not installed"
    ),
]


@dataclass(frozen=True)
class Token:
    """An agent that holds the keys of a token."""

    agent: Agent
    keys: dict[bytes, bytes]
    environment: dict[str, str]


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token with a key of each kind, in an agent that was given its PIN once."""
    folder = tmp_path_factory.mktemp("p11")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    ask = folder / "ask"
    ask.write_text(f"#!/bin/sh\necho {PIN}\n")
    ask.chmod(0o700)
    socket = str(folder / "agent")
    settled = {**os.environ, "SOFTHSM2_CONF": str(settings), "SSH_ASKPASS": str(ask), "SSH_AUTH_SOCK": socket}
    settled |= {"SSH_ASKPASS_REQUIRE": "force"}

    def run(*argv: str) -> None:
        subprocess.run(argv, env=settled, check=True, capture_output=True)

    run("softhsm2-util", "--init-token", "--free", "--label", "evidence", "--pin", PIN, "--so-pin", "5678")
    tool = ("pkcs11-tool", "--module", str(LIBRARY), "--login", "--pin", PIN, "--token-label", "evidence")
    for number, kind in enumerate(KINDS, start=1):
        run(*tool, "--keypairgen", "--key-type", kind, "--id", f"{number:02x}", "--label", kind[-5:])
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", socket, "-P", "/usr/lib/*"], env=settled, stdout=subprocess.DEVNULL
    )
    try:
        while not Path(socket).exists():
            assert agent.poll() is None
        run("ssh-add", "-s", str(LIBRARY))
        held = Agent(socket)
        there = held.keys()
        yield Token(held, {_kind(key): key for key in there}, settled)
    finally:
        agent.terminate()
        agent.wait(10)


def _kind(key: bytes) -> bytes:
    return key[4 : 4 + int.from_bytes(key[:4], "big")]


def test_openssh_takes_ecdsa_and_rsa_from_a_token_and_no_ed25519(token: Token) -> None:
    """What dfwarm asks of a token follows from this; where OpenSSH learns Ed25519, this test says so."""
    assert set(token.keys) == set(KINDS.values()) - {b""}


@pytest.mark.parametrize("kind", [b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp384", b"ssh-rsa"])
def test_a_key_on_a_token_seals_and_both_verifiers_accept_it(token: Token, tmp_path: Path, kind: bytes) -> None:
    site = make_site(tmp_path)
    public = tmp_path / "key.pub"
    public.write_bytes(kind + b" " + base64.b64encode(token.keys[kind]) + b" token\n")
    key = AgentKey(read_public_file(public), token.agent)
    allow_key(site.trust, key.key, "evidence@toronto", now())
    place = _seal(site, key)
    assert not site.examine(place)[-1].error
    said = subprocess.run(["sh", "VERIFY.sh", str(site.trust.folder)], cwd=place, capture_output=True, check=False)
    assert said.returncode == 0, said.stdout
    statement = place / "statement.json"
    statement.write_bytes(statement.read_bytes().replace(b"toronto", b"Toronto", 1))
    assert site.examine(place)[-1].error
    said = subprocess.run(["sh", "VERIFY.sh", str(site.trust.folder)], cwd=place, capture_output=True, check=False)
    assert said.returncode


def test_the_guide_to_a_token_can_be_followed(token: Token, tmp_path: Path) -> None:
    (start,) = blocks("key-on-a-token.md", "sh")
    (table,) = blocks("key-on-a-token.md", "toml")
    init, show = commands("key-on-a-token.md", 35)
    places = {"/run/dfwarm": str(tmp_path), "/etc/dfwarm": str(tmp_path), "https://tsa.example.org/tsr": ""}
    for shown, ours in places.items():
        start, table = start.replace(shown, ours), table.replace(shown, ours)
    started = subprocess.run(
        ["sh", "-eu", "-c", f"{start}\nkill $SSH_AGENT_PID".replace("ssh-agent -a", "eval $(ssh-agent -a").replace('"/usr/lib/*"', '"/usr/lib/*")')],
        env=token.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    public = tmp_path / "evidence.pub"
    assert read_public_file(public) in token.keys.values()
    config = tmp_path / "dfwarm.toml"
    table = table.replace('authorities = [""]', "authorities = []")
    config.write_text(MINIMAL.replace("/var/lib/dfwarm", f"{tmp_path}/state") + table)
    for words in (init, show):
        with pytest.raises(SystemExit) as ending:
            main(["--config", str(config), *(str(public) if "evidence.pub" in word else word for word in words)])
        assert not ending.value.code


def test_a_key_of_a_kind_that_nobody_verifies_is_never_allowed(token: Token, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    with pytest.raises(KeyUnusable, match="of a kind whose seals nobody here verifies"):
        allow_key(site.trust, token.keys[b"ecdsa-sha2-nistp521"], "evidence@toronto", now())


def test_a_token_that_was_pulled_out_leaves_the_cycle_unsealed_with_the_reason(token: Token, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    gone = AgentKey(token.keys[b"ssh-rsa"], Agent(str(tmp_path / "nobody")))
    allow_key(site.trust, gone.key, "evidence@toronto", now())
    sealer = KeySealer(lambda: gone, site.trust, (site.authority,), now)
    facts = sealer.seal(site.write(1), record_of(1), lambda: Ties(0, ""))
    assert "does not answer" in facts.problem


def _seal(site: SealingSite, key: AgentKey) -> Path:
    sealer = KeySealer(lambda: key, site.trust, (site.authority,), now)
    place = site.write(1)
    facts = sealer.seal(place, record_of(1), lambda: Ties(0, ""))
    assert not facts.problem, facts
    sealer.sign_renderings(place)
    return place
