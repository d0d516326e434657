"""The circumstances of a cycle, gathered from what it was ordered to do and what it found."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from dfwarm import wire
from dfwarm.evidence.circumstances import (
    BuildRecord,
    Circumstances,
    ContentRecord,
    ControlRecord,
    PartyRecord,
    RawReport,
    RootFolder,
    TimelineRecord,
)
from dfwarm.facts.ledger import Act, Line
from dfwarm.facts.look import Look
from dfwarm.manifest.control import Control
from dfwarm.manifest.listing import Manifest
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Side

PREFLIGHT, CONTROL = "preflight.json", "control.json"


def gather(order: CycleOrder, kit: Kit, story: Story, findings: Findings, content: ContentRecord) -> Circumstances:
    """Gather them. What the cycle never came to is left empty."""
    return Circumstances(
        kind=order.kind,
        parties=tuple(_party(order, findings, side) for side in Side if findings.side(side).look),
        timeline=_timeline(kit, story, findings),
        content=content,
        control=tuple(
            ControlRecord(control.path, 1, is_detected=control.is_detected) for control in findings.controls.values()
        ),
        raw_reports=tuple(
            RawReport(name, side, hashlib.sha256(text).hexdigest())
            for side in Side
            for name, text in findings.side(side).raw_reports.items()
        ),
        build=BuildRecord(digest=order.build_digest),
    )


def describe(findings: Findings) -> dict[str, bytes]:
    """What was found before acting, and the negative control, as files of the bundle."""
    looks = {side.value: findings.side(side).look for side in Side if findings.side(side).look}
    controls = {
        key: {
            "seededPath": control.path,
            "detected": control.is_detected,
            "found": [each.say() for each in control.found],
        }
        for key, control in findings.controls.items()
    }
    told = {PREFLIGHT: {"looks": looks, "activity": findings.activity}, CONTROL: {"roots": controls}}
    return {name: wire.dump_indented(value).encode() + b"\n" for name, value in told.items()}


def _describe_control(control: Control) -> dict[str, object]:
    found = tuple(each.say() for each in control.found)
    return {"seededPath": control.path, "detected": control.is_detected, "found": found}


def _party(order: CycleOrder, findings: Findings, side: Side) -> PartyRecord:
    look: Look = findings.side(side).known_look
    host = look.environment
    return PartyRecord(
        side=side,
        hostname=host.host,
        machine_id=host.machine,
        host_keys=order.host_keys.get(side, ()),
        os=host.kernel,
        account=host.account,
        zone=host.zone,
        roots=tuple(RootFolder(root.key, root.folder) for root in look.roots),
        datafax=host.datafax,
        software=host.software,
        python=host.python,
        rsync=f"{host.rsync}, sha256 {host.rsync_sha256}" if host.rsync_sha256 else host.rsync,
        ssh=host.ssh,
    )


def _timeline(kit: Kit, story: Story, findings: Findings) -> TimelineRecord:
    lines = tuple(line for line in kit.ledger.lines if line.cycle == str(story.cycle))
    began = {step.number: step.began_at for step in story.steps}
    ended = {step.number: step.ended_at for step in story.steps}
    sent = [said.ended_at for said in story.transcripts if said.argv[:1] == ("rsync",)]
    return TimelineRecord(
        preflight_began_at=began.get(1),
        frozen_at=_first(line for line in lines if line.act is Act.HOLD and line.detail.get("wasOpen") == "true"),
        manifest_completed_production_at=_last(findings.production.before),
        transfer_ended_at=max(sent, default=None),
        manifest_completed_standby_at=_last(findings.standby.after),
        released_at=_released(kit, lines),
        verified_at=ended.get(9),
    )


def _released(kit: Kit, lines: tuple[Line, ...]) -> datetime | None:
    """When production was open again, if it was held."""
    is_held = any(line.act is Act.HOLD and line.detail.get("wasOpen") == "true" for line in lines)
    host = kit.production.name
    restored = (line for line in lines if line.act is Act.RESTORED and line.detail.get("host") == host)
    return _first(restored) if is_held else None


def _first(lines: Iterable[Line]) -> datetime | None:
    return next((line.at for line in lines), None)


def _last(manifests: Mapping[str, Manifest]) -> datetime | None:
    return max((manifest.ended_at for manifest in manifests.values()), default=None)
