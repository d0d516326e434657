"""Many bundles verified among processes are told as if one process had verified them, and in their order."""

from pathlib import Path

import pytest

from bundle_forge import SealingSite, copy, make_site
from dfwarm.equipment.verifying import Place, Verifying
from dfwarm.errors import BundleRefused
from dfwarm.terms import CycleId, StudyNumber

COUNT = 105


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SealingSite:
    made = make_site(tmp_path_factory.mktemp("site"))
    made.seal(1)
    for sequence in range(2, 5):
        copy(made.place(1), made.place(sequence))
    (made.place(3) / "coverage.json").write_text("{}")
    (made.place(4) / "link").symlink_to("/etc/hostname")
    return made


def places(site: SealingSite) -> list[Place]:
    first = CycleId(StudyNumber(35), 1)
    return [(site.place(4 if number == 70 else 3 if number % 50 == 7 else 1), first) for number in range(COUNT)]


def test_among_processes_each_is_told_in_its_order(site: SealingSite) -> None:
    verifying = Verifying(site.trust.read())
    alone = list(verifying.each(places(site), workers=1))
    assert list(verifying.each(places(site), workers=2)) == alone
    refused = [number for number, told in enumerate(alone) if told.code]
    assert refused == [7, 57, 70]
    assert alone[7].lines.startswith("REFUSED at step 2, digests")


def test_a_bundle_that_cannot_be_opened_is_refused_and_the_others_are_verified(site: SealingSite) -> None:
    folders: list[Place] = [(site.place(4), None), (site.place(1), None), (Path("/nonexistent"), None)]
    told = list(Verifying(site.trust.read()).each(folders, workers=1))
    assert [each.code for each in told] == [BundleRefused.exit_code, 0, BundleRefused.exit_code]
    assert "is a link or no plain file" in told[0].lines
    assert told[0].plain["isGenuine"] is False
