"""The crash matrix as data: what happens, to whom, in which step of the cycle."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    KILL = "SIGKILL"
    PAUSE = "SIGSTOP, then SIGCONT"
    POWER = "power loss"
    CUT = "link cut"
    SLOW = "link slow"
    STALL = "link stalls"
    FULL = "disk full"
    INODES = "no inodes left"
    READ_ONLY = "disk turns read-only"
    EIO = "every call is an I/O error"
    CLOCK_BACK = "clock steps back an hour"
    CLOCK_ON = "clock steps on an hour"
    SECOND = "a second controller begins"
    MAIL = "mail down"
    TSA = "time-stamp authority down"
    ARCHIVE = "archive down"


class Who(StrEnum):
    CONTROLLER = "controller"
    PRODUCTION_GATE = "production's gate"
    STANDBY_GATE = "standby's gate"
    SENDER = "rsync sender"
    RECEIVER = "rsync receiver"
    NEAR = "host of controller and standby"
    FAR = "host of production"
    LINK = "link"
    STATE_DISK = "disk of the evidence"
    STANDBY_DISK = "disk of the standby"
    PRODUCTION_DISK = "disk of production"
    SERVICE = "service outside"


class Step(StrEnum):
    LOOK = "1 look for activity"
    WARM = "warm pass"
    FREEZE = "3 freeze begins"
    FROZEN = "3 frozen, reports run"
    THAW = "3 thaw"
    STOP = "5 stop the standby"
    TRANSFER = "6 transfer"
    RESTART = "7 restart"
    CHECK = "8 reports on the standby"
    COMPARE = "9 compare"
    RECORD = "record is written and sealed"
    LETTER = "10 letter"


ALL = tuple(Step)
IN_PAIR = (Step.WARM, Step.FREEZE, Step.FROZEN, Step.TRANSFER, Step.RECORD)
SENT = (Step.WARM, Step.TRANSFER)
ONCE = (Step.LOOK,)

MARKS: dict[Step, tuple[bytes, bytes]] = {
    Step.LOOK: (b'"act":"step begun"', b'"step":"1"'),
    Step.WARM: (b'"act":"warm pass"', b'"begun"'),
    Step.FREEZE: (b'"act":"watchdog armed"', b""),
    Step.FROZEN: (b'"act":"hold production"', b""),
    Step.THAW: (b'"act":"release production"', b""),
    Step.STOP: (b'"act":"step begun"', b'"step":"5"'),
    Step.TRANSFER: (b'"act":"step begun"', b'"step":"6"'),
    Step.RESTART: (b'"act":"step begun"', b'"step":"7"'),
    Step.CHECK: (b'"act":"step begun"', b'"step":"8"'),
    Step.COMPARE: (b'"act":"step begun"', b'"step":"9"'),
    Step.RECORD: (b'"act":"write record"', b""),
    Step.LETTER: (b'"act":"step begun"', b'"step":"10"'),
}
"""What the controller's ledger says when a step has begun."""


@dataclass(frozen=True, slots=True)
class Cell:
    fault: Fault
    who: Who
    step: Step

    def say(self) -> str:
        return f"{self.fault} | {self.who} | {self.step}"


TABLE: tuple[tuple[Fault, tuple[Who, ...], tuple[Step, ...]], ...] = (
    (Fault.KILL, (Who.CONTROLLER, Who.PRODUCTION_GATE, Who.STANDBY_GATE), ALL),
    (Fault.PAUSE, (Who.CONTROLLER, Who.PRODUCTION_GATE, Who.STANDBY_GATE), ALL),
    (Fault.KILL, (Who.SENDER, Who.RECEIVER), SENT),
    (Fault.PAUSE, (Who.SENDER, Who.RECEIVER), SENT),
    (Fault.POWER, (Who.NEAR, Who.FAR), ALL),
    (Fault.CUT, (Who.LINK,), ALL),
    (Fault.SLOW, (Who.LINK,), IN_PAIR),
    (Fault.STALL, (Who.LINK,), IN_PAIR),
    (Fault.FULL, (Who.STATE_DISK, Who.STANDBY_DISK, Who.PRODUCTION_DISK), IN_PAIR),
    (Fault.INODES, (Who.STATE_DISK, Who.STANDBY_DISK, Who.PRODUCTION_DISK), IN_PAIR),
    (Fault.READ_ONLY, (Who.STATE_DISK, Who.STANDBY_DISK, Who.PRODUCTION_DISK), IN_PAIR),
    (Fault.EIO, (Who.STATE_DISK, Who.STANDBY_DISK, Who.PRODUCTION_DISK), IN_PAIR),
    (Fault.CLOCK_BACK, (Who.NEAR, Who.FAR), IN_PAIR),
    (Fault.CLOCK_ON, (Who.NEAR, Who.FAR), IN_PAIR),
    (Fault.SECOND, (Who.CONTROLLER,), IN_PAIR),
    (Fault.MAIL, (Who.SERVICE,), ONCE),
    (Fault.TSA, (Who.SERVICE,), ONCE),
    (Fault.ARCHIVE, (Who.SERVICE,), ONCE),
)

CELLS = tuple(Cell(fault, who, step) for fault, whos, steps in TABLE for who in whos for step in steps)
