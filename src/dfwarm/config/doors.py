"""The table of the gate on its own host."""

from dfwarm.config import kinds
from dfwarm.config.kinds import absent
from dfwarm.config.table import Table


class GateTable(Table):
    """What the gate of this host keeps of who came in. Read on the host that answers."""

    call_log: kinds.AbsolutePath = absent(
        "",
        "The file with one line a call, only ever appended to. Left out: `gate.calls` in `pair.state`. Where it cannot "
        "be written, nothing that changes this host is done.",
    )
    authorized_keys: kinds.AbsolutePath = absent(
        "", "The file that sshd reads this account's keys from. Left out: `.ssh/authorized_keys` in its home."
    )
