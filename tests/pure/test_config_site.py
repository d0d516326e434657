"""What a host says of its own DataFax."""

import pytest

from dfwarm.facts.site import HostSite, Release, ReportCommand, StopScope
from dfwarm.terms import Side

VENDOR = (ReportCommand("DFstatus", ("DFstatus", "{study}")), ReportCommand("DF_ICqcs", ("DF_ICqcs", "{study}")))
OWN = (ReportCommand("DFstatus", ("mine",)), ReportCommand("Extra", ("extra",)))


def site(*, reports: tuple[ReportCommand, ...] = (), has_vendor_reports: bool = True) -> HostSite:
    return HostSite(
        Side.STANDBY,
        b"/opt/\xff",
        Release.DATAFAX_4,
        StopScope.STUDY,
        reports=reports,
        has_vendor_reports=has_vendor_reports,
    )


def test_the_sites_reports_replace_those_of_the_same_name_and_add_others() -> None:
    assert site().report_commands(VENDOR) == VENDOR
    assert site(reports=OWN).report_commands(VENDOR) == (OWN[0], VENDOR[1], OWN[1])
    assert site(reports=OWN, has_vendor_reports=False).report_commands(VENDOR) == OWN
    assert site(has_vendor_reports=False).report_commands(VENDOR) == ()


def test_placeholders_are_filled_in_without_a_second_look_at_what_they_hold() -> None:
    filled = site().fill(("{study_dir}/x{study}", "{datafax_dir}", "{}"), study="035", study_dir=b"/{study}")
    assert filled == ("/{study}/x035", "/opt/\udcff", "{}")


def test_a_placeholder_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="studi"):
        site().fill(("{studi}",), study="035", study_dir=b"/s")
