"""The keys of the site's own logs, for what is verified where they lie."""

from dataclasses import replace

from dfwarm.equipment.history import WITNESS_KEY, History
from dfwarm.evidence.cosigning import read_witness_keys
from dfwarm.evidence.trust import Trust


def with_own_keys(trust: Trust, history: History) -> Trust:
    """What is trusted, with the keys that lie beside the logs where none are pinned in the trust folder."""
    file = history.folder / WITNESS_KEY
    beside = read_witness_keys(file.read_bytes()) if file.exists() else ()
    return replace(trust, log_keys=trust.log_keys or history.key.keys, witnesses=trust.witnesses or beside)
