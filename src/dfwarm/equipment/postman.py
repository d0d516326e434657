"""Whoever delivers letters: through the spool, so that a letter is neither lost nor sent twice after it was taken."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from dfwarm.equipment.mail import Answer, Refusal, Route, carry
from dfwarm.equipment.spool import Damaged, Receipt, Spool, WaitingLetter
from dfwarm.errors import MailUndelivered
from dfwarm.evidence.envelope import write_message
from dfwarm.evidence.letter import Letter, spell_instant

NO_MAIL = "no letter is sent: the configuration has no [mail] table"


@dataclass(frozen=True, slots=True)
class NoRoute:
    """The site chose to send no letters."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    What became of a letter. It waits in the spool while `is_waiting`; `reason` says why.

    `accepted` and `refused` count every try so far. A letter that one recipient got and another one was finally
    refused is delivered, with that refusal on record.
    """

    identity: str
    subject: str
    at: datetime
    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...]
    is_waiting: bool
    reason: str = ""
    is_dead_end: bool = False

    def say(self) -> str:
        """What became of it, in one line."""
        reason = f": {self.reason}" if self.reason else ""
        taken = f"delivered to {', '.join(self.accepted)}" if self.accepted else "not delivered"
        refused = "".join(f"; refused for {refusal.address}: {refusal.says}" for refusal in self.refused)
        waits = f"; waits in the spool as {self.identity}" if self.is_waiting else ""
        return f"{spell_instant(self.at)} {taken}{reason}{refused}{waits}"


@dataclass(frozen=True, slots=True)
class Postman:
    """Sends letters by a route and keeps those in the spool that the server does not take."""

    route: Route | NoRoute
    spool: Spool
    now: Callable[[], datetime]

    def send(self, letter: Letter) -> str:
        """Deliver or spool a letter, then try those that wait. Raises MailUndelivered if it could do neither."""
        if isinstance(self.route, NoRoute):
            return NO_MAIL
        delivery = send_letter(letter, self.route, self.spool, self.now)
        if delivery.is_waiting and not delivery.accepted:
            return delivery.say()
        try:
            others = retry_waiting(self.route, self.spool, self.now, but=delivery.identity)
        except MailUndelivered as error:
            # This letter's fate is known; trouble with an older one must not hide it.
            return f"{delivery.say()}\nalso: {error}"
        earlier = [other for other in others if not other.is_waiting]
        return "\n".join((delivery.say(), *(f"also: {other.subject}: {other.say()}" for other in earlier)))

    def retry(self) -> tuple[Delivery, ...]:
        """Try every waiting letter, oldest first."""
        if isinstance(self.route, NoRoute):
            raise MailUndelivered("no letter can be sent", hint="Write a [mail] table into the configuration.")
        return retry_waiting(self.route, self.spool, self.now)


def send_letter(letter: Letter, route: Route, spool: Spool, now: Callable[[], datetime]) -> Delivery:
    """
    Send a letter, or leave it in the spool.

    The letter is on disk before the first try. After a crash between the server's yes and the receipt it is sent
    again with the same Message-ID; there is no way to know better. Raises MailUndelivered if neither server nor spool
    takes it.
    """
    waiting = WaitingLetter(letter, now())
    try:
        if spool.receipt(waiting.identity) is None and spool.find(waiting.identity) is None:
            spool.keep(waiting)
    except OSError as error:
        return _deliver_unspooled(waiting, route, now(), f"the spool cannot be written: {error.strerror}")
    return _deliver(waiting.identity, route, spool, now)


def retry_waiting(route: Route, spool: Spool, now: Callable[[], datetime], *, but: str = "") -> tuple[Delivery, ...]:
    """Try every waiting letter but one, oldest first. Where nobody could be reached, the rest is not tried."""
    deliveries: list[Delivery] = []
    for waiting in spool.waiting():
        if isinstance(waiting, Damaged) or waiting.identity == but:
            continue
        deliveries.append(_deliver(waiting.identity, route, spool, now))
        if deliveries[-1].is_dead_end:
            break
    return tuple(deliveries)


def _deliver(identity: str, route: Route, spool: Spool, now: Callable[[], datetime]) -> Delivery:
    with spool.held(2 * route.deadline_seconds) as is_held:
        if receipt := spool.receipt(identity):
            return _say_receipt(receipt)
        waiting = spool.find(identity)
        if not isinstance(waiting, WaitingLetter):
            raise MailUndelivered(f"the letter {identity} is not in the spool any more")
        if not is_held:
            return _say_waiting(replace(waiting, reason="another process is sending"), now(), is_dead_end=True)
        return _try(waiting, route, spool, now)


def _try(waiting: WaitingLetter, route: Route, spool: Spool, now: Callable[[], datetime]) -> Delivery:
    answer = _carry(waiting, route)
    told = _add(waiting, answer, route)
    try:
        if _wanted(told, route):
            spool.keep(told)
            return _say_waiting(told, now(), is_dead_end=answer.is_dead_end)
        receipt = Receipt(told.identity, told.letter.subject, now(), told.accepted, told.refused)
        spool.settle(receipt)
        return _say_receipt(receipt)
    except OSError as error:
        # What the server took is taken: say so, and that the spool does not know it and may send it again.
        trouble = f"the spool cannot be written: {error.strerror}; {told.reason}".removesuffix("; ")
        return _say_waiting(replace(told, reason=trouble), now(), is_dead_end=True)


def _carry(waiting: WaitingLetter, route: Route) -> Answer:
    recipients = _wanted(waiting, route)
    return carry(write_message(waiting.letter, route.sender, route.recipients, waiting.written_at), route, recipients)


def _wanted(waiting: WaitingLetter, route: Route) -> tuple[str, ...]:
    """Who still has to get the letter: those of today's configuration who neither got it nor were finally refused."""
    done = {*waiting.accepted, *(refusal.address for refusal in waiting.refused if refusal.is_final)}
    if not waiting.accepted:
        done = set()
    return tuple(address for address in route.recipients if address not in done)


def _add(waiting: WaitingLetter, answer: Answer, route: Route) -> WaitingLetter:
    """The letter with what a try added. An earlier refusal gives way to what the server says now."""
    accepted = (*waiting.accepted, *answer.accepted)
    refused = {refusal.address: refusal for refusal in (*waiting.refused, *answer.refused)}
    open_refusals = tuple(
        refusal for address, refusal in refused.items() if address not in accepted and address in route.recipients
    )
    return replace(waiting, accepted=accepted, refused=open_refusals, tries=waiting.tries + 1, reason=answer.reason)


def _deliver_unspooled(waiting: WaitingLetter, route: Route, at: datetime, trouble: str) -> Delivery:
    told = _add(waiting, _carry(waiting, route), route)
    if not told.accepted:
        raise MailUndelivered(f"the letter is lost from the mail: {told.reason or 'all refused'}; {trouble}")
    return Delivery(
        told.identity, told.letter.subject, at, told.accepted, told.refused, is_waiting=False, reason=trouble
    )


def _say_waiting(waiting: WaitingLetter, at: datetime, *, is_dead_end: bool) -> Delivery:
    return Delivery(
        waiting.identity,
        waiting.letter.subject,
        at,
        waiting.accepted,
        waiting.refused,
        is_waiting=True,
        reason=waiting.reason,
        is_dead_end=is_dead_end,
    )


def _say_receipt(receipt: Receipt) -> Delivery:
    return Delivery(
        receipt.identity, receipt.subject, receipt.delivered_at, receipt.accepted, receipt.refused, is_waiting=False
    )
