"""The record of a cycle that went well: bare, and with all that its statement can name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dfwarm.evidence.beside import BesideRecord, Printed
from dfwarm.evidence.circumstances import (
    BuildRecord,
    Circumstances,
    ContentRecord,
    ControlRecord,
    ManifestRecord,
    PartyRecord,
    RawReport,
    RootFolder,
    TimelineRecord,
)
from dfwarm.evidence.record import (
    FORMAT,
    ClockRecord,
    CycleRecord,
    ReportRecord,
    StepRecord,
    TransferRecord,
    TreeRecord,
)
from dfwarm.evidence.scope import RootRecord, RuleRecord, ScopeRecord
from dfwarm.evidence.verdict import Verdict
from dfwarm.terms import CycleId, Outcome, Side, StudyNumber

AT = datetime(2026, 11, 23, 2, 0, 7, 123456, tzinfo=UTC)
STEPS = tuple(StepRecord(number, f"title {number}", AT, AT + timedelta(seconds=2), "") for number in range(1, 10))
TREES = TreeRecord(
    10,
    10,
    8,
    1_234_567,
    (),
    (),
    ("lib/DFserver.cf",),
    checked=("checked 10 of 10 expected (last cycle 9 + 1 created - 0 deleted)",),
    production_oldest_seconds=532_800,
    standby_oldest_seconds=3_600,
)
GOOD = CycleRecord(
    format=FORMAT,
    cycle=CycleId(StudyNumber(35), 42),
    pair="toronto",
    study_name="Trial of ÅÄÖ",
    production_host="dfprod1",
    standby_host="dfwarm2",
    began_at=AT,
    ended_at=AT + timedelta(minutes=4),
    as_of=AT,
    as_of_known_by="production was held",
    held_seconds_milli=31_000,
    verdict=Verdict(Outcome.EQUIVALENT, "1", (), 10, 10, 12),
    steps=STEPS,
    activity=("nobody works in the study",),
    transfer=TransferRecord(0, "complete", {}, ("41 page image files new",), (), 1200),
    trees=TREES,
    reports=(ReportRecord("DFstatus", "vendor", "ab", "ab", 31_204, ()),),
    clocks=(ClockRecord("dfprod1", -1, 2),),
    error=None,
    remarks=(),
    config_digest="c" * 64,
    ledger_head="d" * 64,
    software="dfwarm 0.1.0",
    rpo_seconds=86_400,
    previous_equivalent_as_of=None,
)
FULL = replace(
    GOOD,
    circumstances=Circumstances(
        kind="scheduled",
        parties=(
            PartyRecord(
                Side.PRODUCTION,
                "dfprod1.site",
                machine_id="1" * 32,
                host_keys=("SHA256:abc",),
                os="Linux 6.1",
                roots=(RootFolder("STUDY_DIR", b"/opt/studies/035"),),
                datafax="5.2.0",
                rsync="rsync version 3.5.0",
            ),
            PartyRecord(Side.STANDBY, "dfwarm2.site", rsync="rsync version 3.2.7"),
        ),
        timeline=TimelineRecord(frozen_at=AT, released_at=AT + timedelta(seconds=31)),
        content=ContentRecord(2, 1, (ManifestRecord("STUDY_DIR", "a" * 64, "a" * 64, "b" * 64, "b" * 64),)),
        control=(ControlRecord(b"data/plt001.dat", 1, is_detected=True),),
        raw_reports=(RawReport("DFstatus", Side.PRODUCTION, "c" * 64), RawReport("DFstatus", Side.STANDBY, "d" * 64)),
        build=BuildRecord("f" * 64),
    ),
    beside=(BesideRecord("DFstatus", "New records:", "new records", Printed(8, 8), Printed(8, 8)),),
    scope=ScopeRecord(
        name="built-in",
        version="1",
        digest="e" * 64,
        approved_by="qa-1",
        approved_reason="as validated",
        approved_at=AT,
        problem="",
        roots=(RootRecord("STUDY_DIR", "/opt/studies/035", "/opt/studies/035"),),
        rules=(RuleRecord("exclude", "/lib/DFserver.cf", "own to a host", 1, 1),),
        production_set_aside="1" * 64,
        standby_set_aside="2" * 64,
        unscoped_studies=("254",),
    ),
)
