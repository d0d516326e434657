"""The vendor's programs on this host: how they are called, and with what environment."""

import os

from dfwarm.datafax.control import COMMANDS, VENDOR_REPORTS, ControlCommands, vendor_environment
from dfwarm.datafax.registration import Registration
from dfwarm.equipment.process import run
from dfwarm.errors import ToolMissing
from dfwarm.facts.fact import Transcript
from dfwarm.facts.site import HostSite, ReportCommand
from dfwarm.gate.environment import this_host


def commands_of(site: HostSite) -> ControlCommands:
    """The control commands of the release, where the site's own replace them."""
    table, own = COMMANDS[site.release.value], site.commands
    return ControlCommands(
        start=own.start or table.start,
        stop=own.stop or table.stop,
        enable=own.enable or table.enable,
        disable=own.disable or table.disable,
        query=own.query or table.query,
        version=table.version,
        restrict=own.restrict or table.restrict,
        read_only=table.read_only,
        inbound_off=own.inbound_off or table.inbound_off,
        inbound_on=own.inbound_on or table.inbound_on,
        inbound_query=own.inbound_query or table.inbound_query,
    )


def reports_of(site: HostSite) -> tuple[ReportCommand, ...]:
    """The reports that this host runs."""
    return site.report_commands(tuple(ReportCommand(name, argv) for name, argv in VENDOR_REPORTS))


def call(
    site: HostSite, argv: tuple[str, ...], registration: Registration, *, deadline_seconds: float = 60
) -> Transcript:
    """Run one of the vendor's programs with its own environment. Raises ToolMissing where it is not there."""
    filled = site.fill(argv, study=str(registration.number), study_dir=registration.study_dir)
    environment = vendor_environment(os.fsdecode(site.datafax_dir), os.environ.get("PATH", os.defpath))
    if not site.datafax_dir or not os.path.isdir(site.datafax_dir):
        raise ToolMissing(f"DataFax is not installed at {os.fsdecode(site.datafax_dir)}")
    return run(filled, host=this_host(), deadline_seconds=deadline_seconds, environment=environment)
