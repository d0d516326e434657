"""Listings that are asked for ahead of a cycle: used once, never when stale, and no error before its time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from dfwarm.equipment import listing_question
from dfwarm.equipment.listing_question import HeadStart, ask_listing
from dfwarm.equipment.listings import Listings
from dfwarm.errors import AnswerRefused, HostUnreachable
from dfwarm.facts.fact import Fact, Question, Transcript
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import encode
from dfwarm.terms import HostName, Side, StudyNumber
from manifest_maker import Made, folder, made

T = TypeVar("T")

AT = datetime(2026, 11, 24, tzinfo=UTC)
STUDY = StudyNumber(35)
KEY = (Side.PRODUCTION, STUDY, "STUDY_DIR")
TREE = made(folder(b"data"), Made(b"data/plt001.dat", b"1|2|\n"))


class Host:
    """A host whose gate holds nothing of what the asker names, or which cannot be reached."""

    def __init__(self, manifest: Manifest, *, is_there: bool = True) -> None:
        self.manifest = manifest
        self.is_there = is_there
        self.asked: list[tuple[str, ...]] = []

    def ask(self, question: Question[T]) -> Fact[T]:
        self.asked.append(question.verb)
        if not self.is_there:
            raise HostUnreachable("nobody answers")
        answer = b"".join(encode(self.manifest))
        said = Transcript(HostName("dfprod1"), question.verb, 0, answer, b"", AT, AT)
        return Fact(question.read(answer), said)


def holding(tmp_path: Path) -> HeadStart:
    listings = Listings(tmp_path / "listings")
    for side in Side:
        listings.keep((side, STUDY, "STUDY_DIR"), TREE)
    return HeadStart(listings)


def begun(tmp_path: Path, host: Host) -> HeadStart:
    start = holding(tmp_path)
    start.begin({Side.PRODUCTION: host}, STUDY, "STUDY_DIR")
    return start


def test_a_listing_that_was_asked_for_ahead_is_taken_once(tmp_path: Path) -> None:
    host = Host(TREE)
    start = begun(tmp_path, host)
    taken = start.take(KEY)
    assert taken and taken.value == TREE
    assert start.take(KEY) is None
    assert [verb[:4] for verb in host.asked] == [("manifest", "035", "STUDY_DIR", "remembered")]
    assert len(host.asked[0]) == 5, "what is held from the cycle before is named"


def test_a_listing_that_waited_too_long_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_question, "STALE_SECONDS", 0)
    assert begun(tmp_path, Host(TREE)).take(KEY) is None


def test_a_host_that_does_not_answer_ahead_is_asked_again_in_its_turn(tmp_path: Path) -> None:
    host = Host(TREE, is_there=False)
    assert begun(tmp_path, host).take(KEY) is None
    assert len(host.asked) == 1


def test_a_root_that_was_never_listed_is_not_asked_for_ahead(tmp_path: Path) -> None:
    host = Host(TREE)
    start = HeadStart(Listings(tmp_path / "listings"))
    start.begin({Side.PRODUCTION: host}, STUDY, "STUDY_DIR")
    assert start.take(KEY) is None
    assert not host.asked


def test_an_answer_that_does_not_fit_what_is_held_is_asked_for_whole(tmp_path: Path) -> None:
    class Forgetful(Host):
        """A gate that names a folder which nobody holds."""

        def ask(self, question: Question[T]) -> Fact[T]:
            if len(question.verb) == 5:
                self.asked.append(question.verb)
                raise AnswerRefused("the manifest names a folder that is not held from an earlier one")
            return super().ask(question)

    host, listings = Forgetful(TREE), holding(tmp_path).listings
    assert ask_listing(listings, host, KEY).value == TREE
    assert [len(verb) for verb in host.asked] == [5, 4]
    with pytest.raises(AnswerRefused):
        ask_listing(Listings(tmp_path / "none"), Broken(TREE), KEY)


class Broken(Host):
    """A gate whose every answer is cut."""

    def ask(self, question: Question[T]) -> Fact[T]:
        raise AnswerRefused(f"the stream of {question.verb} was cut")
