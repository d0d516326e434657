"""What all runs of a cycle's transfer did, line by line."""

from dataclasses import replace

from dfwarm import wire
from dfwarm.evidence.record import TransferRecord
from dfwarm.facts.fact import Transcript
from dfwarm.facts.transfer import ChangeClass, TransferLine, count_changes, read_transfer, say_changes
from dfwarm.rsync.log import miscounts, parse_log
from dfwarm.rsync.outcome import RunOutcome, judge_run


class Tally:
    """What all runs of a transfer did together, those of the warm pass too."""

    def __init__(self) -> None:
        self.lines: list[TransferLine] = []
        self.problems: list[str] = []
        self.milliseconds = 0

    def read(self, said: Transcript, within: bytes) -> RunOutcome:
        """Read what a run said, line by line. Raises LineUnreadable."""
        log = parse_log(said.stdout)
        outcome = judge_run(said.status, said.stderr, log.messages)
        self._add(read_transfer(log, within=within))
        self.problems.extend(outcome.problems)
        if outcome.is_complete:
            self.problems.extend(miscounts(log))
        self.milliseconds += int(said.seconds * 1000)
        return outcome

    def new_paths(self) -> tuple[bytes, ...]:
        """Every path, from the study directory, that the runs so far made on the standby."""
        made = {ChangeClass.NEW, ChangeClass.HARD_LINK, ChangeClass.DELETED_CRF}
        return tuple(line.path for line in self.lines if line.change_class in made)

    def render(self) -> bytes:
        """The lines of `transfer.jsonl`."""
        return b"".join(wire.dump_line(line) for line in self.lines)

    def record_warm(self, said: Transcript, outcome: RunOutcome) -> TransferRecord:
        """What the record says while only the warm pass is done: what it complained about is sent again."""
        return replace(self.record(said, outcome), problems=())

    def record(self, said: Transcript, outcome: RunOutcome) -> TransferRecord:
        """What the record says of all runs so far."""
        return TransferRecord(
            status=said.status,
            rule=outcome.rule.meaning,
            counts=dict(count_changes(self.lines)),
            says=say_changes(self.lines),
            problems=tuple(self.problems),
            seconds_milli=self.milliseconds,
        )

    def _add(self, lines: tuple[TransferLine, ...]) -> None:
        """Add lines; a path that a later run carried again is one change, and new if it was new."""
        places = {line.path: place for place, line in enumerate(self.lines)}
        for line in lines:
            place = places.get(line.path)
            if place is None or line.change_class is ChangeClass.ERROR:
                self.lines.append(line)
            elif line.change_class is not ChangeClass.ATTRIBUTES_ONLY:
                was_new = self.lines[place].change_class is ChangeClass.NEW
                is_update = line.change_class is ChangeClass.UPDATED
                self.lines[place] = replace(line, change_class=ChangeClass.NEW) if was_new and is_update else line
