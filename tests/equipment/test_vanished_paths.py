from datetime import UTC, datetime

import pytest

from dfwarm.evidence.record import TransferRecord
from dfwarm.plan.cycle import name_files
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.transfer import account_for_vanished
from manifest_maker import Made, Tree

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROOT = b"/opt/studies/035"


def found(path: bytes, *, production: tuple[bytes, ...] = (), standby: tuple[bytes, ...] = ()) -> tuple[str, ...]:
    findings = Findings(NOON, name_files(NOON))
    findings.transfer = TransferRecord(24, "vanished", {}, (), (), 0)
    findings.production.after["STUDY_DIR"] = Tree([Made(b"data/plt001.dat"), *map(Made, production)]).manifest()
    findings.standby.after["STUDY_DIR"] = Tree([Made(b"data/plt001.dat"), *map(Made, standby)]).manifest()
    findings.vanished.append(("STUDY_DIR", ROOT, path))
    account_for_vanished(findings)
    return findings.transfer.problems


@pytest.mark.hazard("H21")
@pytest.mark.hazard("H37")
def test_a_path_that_came_and_went_and_is_on_neither_side_is_accounted_for() -> None:
    assert found(ROOT + b"/work/split.1") == ()


@pytest.mark.hazard("H21")
@pytest.mark.parametrize("side", ["production", "standby"])
def test_a_vanished_path_that_a_side_still_has_is_a_problem_by_its_name(side: str) -> None:
    (problem,) = found(ROOT + b"/pages/0842/0060002", **{side: (b"pages/0842/0060002",)})
    assert "not accounted for: /opt/studies/035/pages/0842/0060002" in problem


def test_a_vanished_path_outside_the_root_is_a_problem() -> None:
    assert found(b"/opt/studies/0351/work/split.1")


def test_a_vanished_path_is_a_problem_where_no_listing_came_after_it() -> None:
    findings = Findings(NOON, name_files(NOON))
    findings.transfer = TransferRecord(24, "vanished", {}, (), ("earlier",), 0)
    findings.vanished.append(("STUDY_DIR", ROOT, ROOT + b"/work/split.1"))
    account_for_vanished(findings)
    assert len(findings.transfer.problems) == 2
