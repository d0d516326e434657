"""Both sides of a cycle: hosts, programs, clocks."""

from dfwarm.evidence.circumstances import PartyRecord
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.stated.words import Json
from dfwarm.spelling import spell
from dfwarm.terms import Side


def party(record: CycleRecord, side: Side) -> Json:
    """One side."""
    name = record.production_host if side is Side.PRODUCTION else record.standby_host
    party = next((each for each in record.circumstances.parties if each.side is side), PartyRecord(side, ""))
    return {
        "name": name,
        "hostname": party.hostname,
        "machineId": party.machine_id,
        "hostKeyFingerprints": list(party.host_keys),
        "os": party.os,
        "account": party.account,
        "zone": party.zone,
        "dataRoots": [{"key": root.key, "folder": spell(root.folder)} for root in party.roots],
        "datafaxVersion": party.datafax,
        "software": party.software,
        "python": party.python,
        "rsync": party.rsync,
        "ssh": party.ssh,
        "clock": _clock(record, name),
    }


def _clock(record: CycleRecord, host: str) -> Json:
    for clock in record.clocks:
        if clock.host == host:
            return {
                "offsetMs": clock.offset_ms,
                "uncertaintyMs": clock.uncertainty_ms,
                "source": "the controller's clock",
                "isMeasured": True,
            }
    return {"offsetMs": 0, "uncertaintyMs": 0, "source": "", "isMeasured": False}
