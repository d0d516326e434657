"""Forged bundles, at least one for each promise. Every one is refused, by dfwarm and by the bundle's own script."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bundle_forge import (
    LISTING,
    REPORT,
    SealingSite,
    copy,
    digest,
    make_site,
    now,
    packed,
    sign_anew,
    token,
)
from dfwarm.equipment.authority import LocalAuthority
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.local_authority import make_local_authority
from dfwarm.equipment.signer import HeldKey
from dfwarm.errors import BundleRefused, FormatNewer
from dfwarm.evidence import sshsig
from dfwarm.evidence.signers import Signer
from dfwarm.evidence.sums import SIGNATURE, STATEMENT, SUMS, TOKENS
from dfwarm.evidence.verification import STEPS, refuse_broken, verify_bundle

pytestmark = pytest.mark.requirement("URS-EVD-02")
OLD = datetime(1986, 1, 1, tzinfo=UTC)
STRANGER = HeldKey(Ed25519PrivateKey.generate())
NAMES = [step.name for step in STEPS]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SealingSite:
    site = make_site(tmp_path_factory.mktemp("site"))
    site.seal(42)
    site.seal(43)
    return site


@pytest.fixture
def site(model: SealingSite, tmp_path: Path) -> SealingSite:
    folder = copy(model.folder, tmp_path / "site")
    configuration = folder / "tsa" / "tsa.cnf"
    configuration.write_text(configuration.read_text().replace(str(model.folder), str(folder)))
    return SealingSite(folder, model.key)


def script(folder: Path) -> tuple[int, str]:
    done = subprocess.run(["sh", "VERIFY.sh"], cwd=folder, capture_output=True, check=False)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def refused_at(site: SealingSite, folder: Path) -> str:
    last = site.examine(folder)[-1]
    return last.name if last.error else ""


def test_a_sound_bundle_is_genuine_by_both(model: SealingSite) -> None:
    for sequence in (42, 43):
        assert refused_at(model, model.place(sequence)) == ""
        code, said = script(model.place(sequence))
        assert (code, said.count(" holds ")) == (0, len(STEPS)), said
        assert f"evidence of cycle 035-{sequence:05d}" in said


def every_file(model: SealingSite) -> list[str]:
    folder = model.place(42)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_any_byte_of_any_file_counts(site: SealingSite) -> None:
    folder = site.place(42)
    for name in every_file(site):
        path = folder / name
        sound = path.read_bytes()
        middle = len(sound) // 2
        forms = (
            bytes((sound[0] ^ 1,)) + sound[1:],
            sound[:middle] + bytes((sound[middle] ^ 0x20,)) + sound[middle + 1 :],
            sound[:-1] + bytes((sound[-1] ^ 1,)),
            sound[:-1],
            sound + b"\n",
            b"",
        )
        for form in forms:
            path.write_bytes(form)
            assert refused_at(site, folder), (name, form[:40])
        path.write_bytes(sound)
    assert refused_at(site, folder) == ""


def test_any_byte_of_any_file_counts_for_the_script_too(site: SealingSite) -> None:
    folder = site.place(42)
    for name in (each for each in every_file(site) if each != "VERIFY.sh"):
        path = folder / name
        sound = path.read_bytes()
        middle = len(sound) // 2
        path.write_bytes(sound[:middle] + bytes((sound[middle] ^ 0x20,)) + sound[middle + 1 :])
        code, said = script(folder)
        assert (code, "REFUSED at step" in said) == (1, True), (name, said)
        path.write_bytes(sound)


def test_no_file_can_be_dropped(site: SealingSite) -> None:
    folder = site.place(42)
    for name in every_file(site):
        aside = site.folder / "aside"
        shutil.move(folder / name, aside)
        assert refused_at(site, folder), name
        if name != "VERIFY.sh":
            code, said = script(folder)
            assert (code, "REFUSED at step" in said) == (1, True), (name, said)
        shutil.move(aside, folder / name)


def test_no_file_can_be_taken_from_another_cycle(site: SealingSite) -> None:
    folder, other = site.place(42), site.place(43)
    different = [name for name in every_file(site) if (other / name).read_bytes() != (folder / name).read_bytes()]
    assert {SUMS, STATEMENT, SIGNATURE, TOKENS[0], "cycle.json", "transfer.jsonl", "letter.txt"} <= set(different)
    for name in different:
        sound = (folder / name).read_bytes()
        shutil.copy(other / name, folder / name)
        assert refused_at(site, folder), name
        assert script(folder)[0] == 1, name
        (folder / name).write_bytes(sound)


def add_file(_: SealingSite, folder: Path) -> None:
    (folder / "reports" / "extra.txt").write_text("more\n")


def add_hidden_file(_: SealingSite, folder: Path) -> None:
    (folder / ".extra").write_text("more\n")


def add_link(_: SealingSite, folder: Path) -> None:
    (folder / "extra").symlink_to("/etc/hostname")


def alter_file(_: SealingSite, folder: Path) -> None:
    (folder / "coverage.json").write_text('{"checked":11}\n')


def alter_file_and_its_sum(_: SealingSite, folder: Path) -> None:
    sums = (folder / SUMS).read_text()
    before = digest((folder / "coverage.json").read_bytes())
    (folder / "coverage.json").write_text('{"checked":11}\n')
    (folder / SUMS).write_text(sums.replace(before, digest((folder / "coverage.json").read_bytes())))


def write_in_another_form(site: SealingSite, folder: Path) -> None:
    sign_anew(site, folder, write=lambda statement: json.dumps(statement, indent=1).encode())


def write_a_second_verdict(site: SealingSite, folder: Path) -> None:
    def write(statement: Any) -> bytes:
        text = json.dumps(statement, sort_keys=True, separators=(",", ":"))
        return text.replace('"verdict":', '"verdict":"DISCREPANT","verdict":', 1).encode()

    sign_anew(site, folder, write=write)


def move_signature(site: SealingSite, folder: Path) -> None:
    for name in (SIGNATURE, TOKENS[0]):
        shutil.copy(site.place(43) / name, folder / name)


def sign_for_something_else(site: SealingSite, folder: Path) -> None:
    sign_anew(site, folder, namespace="review@dfwarm")


def sign_as_a_stranger(site: SealingSite, folder: Path) -> None:
    sign_anew(site, folder, key=STRANGER)


def sign_with_a_key_for_renderings(site: SealingSite, folder: Path) -> None:
    site.trust.allow(Signer("letters@toronto", STRANGER.key, (sshsig.RENDERING_NAMESPACE,)))
    sign_anew(site, folder, key=STRANGER)


def sign_with_an_expired_key(site: SealingSite, folder: Path) -> None:
    day = timedelta(days=1)
    site.trust.allow(Signer("old@toronto", STRANGER.key, (sshsig.EVIDENCE_NAMESPACE,), now() - 9 * day, now() - day))
    sign_anew(site, folder, key=STRANGER)


def revoke_the_key(site: SealingSite, _: Path) -> None:
    site.trust.revoke(site.key.key, now(), is_entirely=True)


def lose_the_key_before(site: SealingSite, _: Path) -> None:
    site.trust.close(site.key.key, now() - timedelta(minutes=10))


def lose_a_key_without_token(site: SealingSite, folder: Path) -> None:
    def ask_nobody(statement: Any) -> None:
        statement["predicate"]["seal"]["authorities"] = []

    sign_anew(site, folder, change=ask_nobody)
    (folder / TOKENS[0]).unlink()
    site.trust.revoke(site.key.key, now(), is_entirely=False)


def stamp_other_data(site: SealingSite, folder: Path) -> None:
    (folder / TOKENS[0]).write_bytes(token(site.authority, b"other"))


def stamp_by_a_stranger(site: SealingSite, folder: Path) -> None:
    make_local_authority(site.folder / "other", "toronto", now())
    stranger = LocalAuthority(site.folder / "other")
    (folder / TOKENS[0]).write_bytes(token(stranger, (folder / SIGNATURE).read_bytes()))


def stamp_outside_validity(site: SealingSite, folder: Path) -> None:
    site.trust.trust_authority(make_local_authority(site.folder / "old", "toronto", OLD))
    (folder / TOKENS[0]).write_bytes(token(LocalAuthority(site.folder / "old"), (folder / SIGNATURE).read_bytes()))


def garble_token(_: SealingSite, folder: Path) -> None:
    (folder / TOKENS[0]).write_bytes(b"<html>busy</html>")


def stand_in_for_another_day(site: SealingSite, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(site.place(43), folder)


def claim(change: Callable[[Any], None]) -> Callable[[SealingSite, Path], None]:
    def forge(site: SealingSite, folder: Path) -> None:
        sign_anew(site, folder, change=lambda statement: change(statement["predicate"]))

    return forge


def unequal(predicate: Any) -> None:
    other = digest(LISTING[:-1])
    predicate["content"]["standbyManifest"]["sha256"] = other
    predicate["content"]["manifests"][0]["standby"]["sha256"] = other
    predicate["content"]["identical"] = False


def claim_equal_with_unequal_listings(site: SealingSite, folder: Path) -> None:
    (folder / "standby.sha256.gz").write_bytes(packed(LISTING[:-1]))
    claim(unequal)(site, folder)


def claim_identical_with_unequal_listings(site: SealingSite, folder: Path) -> None:
    (folder / "standby.sha256.gz").write_bytes(packed(LISTING[:-1]))
    claim(lambda predicate: (unequal(predicate), predicate["content"].update(identical=True)))(site, folder)


def compare_nothing(predicate: Any) -> None:
    predicate["content"].update(entriesCompared=0, entriesExpected=0)


def compare_less(predicate: Any) -> None:
    predicate["content"].update(entriesCompared=9)


def miss_the_control(predicate: Any) -> None:
    predicate["negativeControl"]["detected"] = False


def name_a_difference(predicate: Any) -> None:
    predicate["decision"]["weights"] = ["difference"]


def name_other_listing(predicate: Any) -> None:
    other = digest(b"another listing")
    predicate["content"]["productionManifest"]["sha256"] = predicate["content"]["standbyManifest"]["sha256"] = other
    for side in ("production", "standby"):
        predicate["content"]["manifests"][0][side]["sha256"] = other


def name_other_report(predicate: Any) -> None:
    for side in ("production", "standby"):
        predicate["reports"][0][side]["normalised"] = digest(b"another report")


def claim_reports_that_differ(predicate: Any) -> None:
    predicate["reports"][0]["standby"]["normalised"] = digest(b"another report")


def alter_letter(_: SealingSite, folder: Path) -> None:
    (folder / "letter.txt").write_text("EQUIVALENT, believe me\n")


def add_certificate(_: SealingSite, folder: Path) -> None:
    (folder / "certificate.txt").write_text("EQUIVALENT, believe me\n")


Forging = Callable[[SealingSite, Path], None]
FORGED: tuple[tuple[str, Forging], ...] = (
    ("files", add_file),
    ("files", add_hidden_file),
    ("digests", alter_file),
    ("statement", write_in_another_form),
    ("binding", alter_file_and_its_sum),
    ("signature", move_signature),
    ("signature", sign_for_something_else),
    ("time", stamp_by_a_stranger),
    ("time", stamp_other_data),
    ("time", stamp_outside_validity),
    ("key", sign_as_a_stranger),
    ("key", sign_with_a_key_for_renderings),
    ("key", sign_with_an_expired_key),
    ("key", revoke_the_key),
    ("key", lose_the_key_before),
    ("key", lose_a_key_without_token),
    ("place", stand_in_for_another_day),
    ("claim", claim_equal_with_unequal_listings),
    ("claim", claim(compare_nothing)),
    ("claim", claim(compare_less)),
    ("claim", claim(miss_the_control)),
    ("claim", claim(name_a_difference)),
    ("manifests", claim(name_other_listing)),
    ("reports", claim(name_other_report)),
    ("renderings", alter_letter),
    ("renderings", add_certificate),
)


@pytest.mark.parametrize(("name", "forge"), FORGED, ids=[f"{name}-{number}" for number, (name, _) in enumerate(FORGED)])
def test_what_is_forged_is_refused_at_its_step_which_nothing_can_replace(
    site: SealingSite, name: str, forge: Forging
) -> None:
    folder = site.place(42)
    forge(site, folder)
    if name != "renderings":  # a forger who can sign renderings does so: only the step itself stands in the way
        site.sealer().sign_renderings(folder)
    results = site.examine(folder)
    assert (results[-1].name, bool(results[-1].error)) == (name, True), results[-1]
    with pytest.raises(BundleRefused, match=rf"step {NAMES.index(name) + 1}, {name}: "):
        refuse_broken(results)
    without = tuple(step for step in STEPS if step.name != name)
    if name != "key" or forge is not revoke_the_key:  # a revoked key signed the letters too
        assert not site.examine(folder, without)[-1].error, "another step refuses it as well, so this case proves none"
    code, said = script(folder)
    assert (code, f"REFUSED at step {NAMES.index(name) + 1}, {name}: " in said) == (1, True), said


def test_each_step_has_a_case_that_only_it_refuses() -> None:
    assert list(dict.fromkeys(name for name, _ in FORGED)) == NAMES


@pytest.mark.parametrize(
    "forge",
    [
        add_link,
        garble_token,
        write_a_second_verdict,
        claim_identical_with_unequal_listings,
        claim(claim_reports_that_differ),
        claim(lambda predicate: predicate["decision"].update(verdict="FINE")),
        claim(lambda predicate: predicate["timeline"].update(pointInTime="")),
        claim(lambda predicate: predicate.update(reports=[])),
        claim(lambda predicate: predicate["content"].update(manifests=[])),
        claim(lambda predicate: predicate["decision"].update(verdict="DISCREPANT")),
        claim(lambda predicate: predicate["decision"].update(verdict="EQUIVALENT WITH DEVIATIONS")),
        claim(lambda predicate: predicate["seal"].pop("sealedAt")),
    ],
)
def test_other_lies_are_refused_too(site: SealingSite, forge: Forging) -> None:
    folder = site.place(42)
    forge(site, folder)
    try:
        refused = refused_at(site, folder)
    except BundleRefused as error:
        refused = str(error)
    assert refused


def test_a_bundle_of_a_newer_release_is_told_as_newer(site: SealingSite) -> None:
    def renew(statement: Any) -> None:
        statement["predicateType"] = statement["predicateType"].replace("/v1", "/v2")

    folder = site.place(42)
    sign_anew(site, folder, change=renew)
    with pytest.raises(FormatNewer, match="step 3, statement"):
        refuse_broken(site.examine(folder))
    assert "newer version" in script(folder)[1]


def test_a_packed_listing_that_swells_is_read_in_small_pieces_and_refused(site: SealingSite) -> None:
    folder = site.place(42)
    (folder / "production.sha256.gz").write_bytes(packed(bytes(200_000_000)))
    sign_anew(site, folder)
    assert refused_at(site, folder) == "manifests"
    for form in (b"", b"no gzip", packed(LISTING)[:-4], packed(LISTING) + b"x"):
        (folder / "production.sha256.gz").write_bytes(form)
        sign_anew(site, folder)
        assert refused_at(site, folder) == "manifests"


def test_a_listing_of_the_standby_beside_an_equal_one_is_held_too(site: SealingSite) -> None:
    folder = site.place(42)
    (folder / "standby.sha256.gz").write_bytes(packed(LISTING[:-1]))
    sign_anew(site, folder)
    assert refused_at(site, folder) == "manifests"
    assert "REFUSED at step 10, manifests" in script(folder)[1]


def test_a_bundle_that_lost_its_token_is_refused_unless_somebody_accepts_that(site: SealingSite) -> None:
    folder = site.place(42)
    (folder / TOKENS[0]).unlink()
    assert refused_at(site, folder) == "time"
    bundle = open_bundle(folder, is_pending_accepted=True)
    assert not verify_bundle(bundle, site.trust.read())[-1].error


def test_a_key_that_was_lost_later_leaves_what_was_stamped_before_as_it_is(site: SealingSite) -> None:
    site.trust.close(site.key.key, now() + timedelta(minutes=1))
    site.trust.revoke(site.key.key, now(), is_entirely=False)
    assert refused_at(site, site.place(42)) == ""
    assert script(site.place(42))[0] == 0


def test_the_reports_of_a_bundle_need_not_be_there_but_those_that_are_hold(site: SealingSite) -> None:
    assert len(REPORT) > 0
    results = site.examine(site.place(42))
    assert results[NAMES.index("reports")].saw == "2 texts read"
