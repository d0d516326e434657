"""The gate's verbs: what each one answers. The rooms of the rarer verbs are opened when they are asked for."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from dfwarm import wire
from dfwarm.errors import AnswerRefused, DfwarmError, PathUnreadable
from dfwarm.facts.control import VendorReports
from dfwarm.facts.look import Look, Root, Studies
from dfwarm.facts.site import HostSite
from dfwarm.gate import control
from dfwarm.gate.activity import look_at_activity, server_state
from dfwarm.gate.environment import look_at_host, rsync_description
from dfwarm.gate.roots import find_registration, read_registrations, roots_of
from dfwarm.gate.since import note_begin
from dfwarm.gate.vendor import call, commands_of, reports_of
from dfwarm.terms import Side, StudyNumber

Details = tuple[str, ...]
Verb = Callable[[HostSite, Details, BinaryIO], None]

_STUDY = re.compile(r"\d{3}")
_PAIR = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def look(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `look STUDY`: this host, the study's roots, who works there."""
    study = _study(details)
    registration = find_registration(site, study)
    found = Look(
        environment=look_at_host(_datafax_version(site, study)),
        activity=look_at_activity(site, registration),
        server=server_state(site, registration),
        roots=tuple(Root(key, folder) for key, folder in roots_of(site, study)),
        study_name=registration.label.decode("utf-8", "replace"),
        registered=tuple(other.number for other in read_registrations(site)),
        report_names=tuple(report.name for report in reports_of(site)),
        datafax_dir=site.datafax_dir,
        rsync=rsync_description(),
    )
    answer.write(wire.dump(found))


def studies(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `studies`: which are registered here."""
    if details:
        raise AnswerRefused("the verb studies takes nothing")
    answer.write(wire.dump(Studies(tuple(sorted(found.number for found in read_registrations(site))))))


def stop(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `stop STUDY CYCLE` and `hold STUDY CYCLE`."""
    answer.write(wire.dump(control.stop(site, _study(details[:1]))))


def start(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `start STUDY CYCLE` and `release STUDY CYCLE`."""
    answer.write(wire.dump(control.start(site, _study(details[:1]))))


def watch(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `watch STUDY CYCLE MODE BUDGET`: tidy up, and let a watchdog stand ready."""
    from dfwarm.gate.capture import tidy
    from dfwarm.gate.freeze import arm

    study, cycle, mode, budget = _words(details, 4)
    removed = tidy(site, _study((study,)), but_for=cycle)
    if mode == "snapshot":
        from dfwarm.gate.snapshot import flush as write_out

        write_out(site)
    armed = arm(site, _study((study,)), cycle, _number(budget), mode)
    answer.write(wire.dump(replace(armed, tidied=removed)))


def freeze(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `freeze STUDY CYCLE MODE BUDGET DRAIN throw|ask`: nobody works in the study from now on."""
    from dfwarm.gate.freeze import freeze as keep_still
    from dfwarm.gate.freeze import read_order

    study, cycle, *order = _words(details, 6)
    answer.write(wire.dump(keep_still(site, _study((study,)), cycle, read_order(tuple(order)))))


def snapshot(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `snapshot STUDY CYCLE SECONDS`: a picture of the disk of a frozen study, as this host is configured."""
    from dfwarm.gate.snapshot import take

    study, cycle, seconds = _words(details, 3)
    answer.write(wire.dump(take(site, _study((study,)), cycle, _number(seconds))))


def thaw(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `thaw STUDY CYCLE`: people work again."""
    from dfwarm.gate.freeze import thaw as open_again

    study, cycle = _words(details, 2)
    answer.write(wire.dump(open_again(site, _study((study,)), cycle, by="gate", why="the controller asked")))


def capture(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `capture STUDY CYCLE`: look, copy aside what moved, look again."""
    from dfwarm.gate.capture import capture as catch

    study, cycle = _words(details, 2)
    answer.write(wire.dump(catch(site, _study((study,)), cycle)))


def approach(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `approach STUDY CYCLE`: look at everything while people work, just before a freeze."""
    from dfwarm.gate.capture import approach as look_ahead

    study, cycle = _words(details, 2)
    answer.write(wire.dump(look_ahead(site, _study((study,)), cycle)))


def prove(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `prove STUDY CYCLE`: look at what was not opened inside the freeze."""
    from dfwarm.gate.capture import prove as look_again

    study, cycle = _words(details, 2)
    find_registration(site, _study((study,)))
    answer.write(wire.dump(look_again(_study((study,)), cycle)))


def captured(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """
    Answer `captured STUDY CYCLE KEY [KNOWN]`: the listing that was made inside the freeze.

    KNOWN names the listing before it that the asker holds, so that only what changed is sent.
    """
    from dfwarm.gate.capture import captured as caught
    from dfwarm.gate.manifest import held_blocks
    from dfwarm.manifest.stream import encode

    study, cycle, key = _words(details[:3], 3)
    known = "".join(details[3:])
    listing = caught(_study((study,)), cycle, key)
    answer.writelines(encode(listing, held_blocks(site, _root(site, (study, key)), known)))


def growth(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `growth STUDY KEY SINCE whole|new`: page images that came, and the sizes of the journals."""
    from dfwarm.gate.growth import look_for_growth

    _, key, since, how = _words(details, 4)
    if how not in ("whole", "new"):
        raise AnswerRefused(f"the verb growth takes whole or new, not {how[:40]!r}")
    found = look_for_growth(key, _root(site, details), _number(since), is_whole=how == "whole")
    answer.write(wire.dump(found))


def tidy(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `tidy STUDY`: remove what cycles left behind on this host."""
    from dfwarm.facts.freeze import Tidied
    from dfwarm.gate.capture import tidy as clear

    answer.write(wire.dump(Tidied(clear(site, _study(details)))))


def vendor(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `vendor STUDY`: run the vendor's reports."""
    registration = find_registration(site, _study(details))
    reports = reports_of(site)
    if site.side is Side.PRODUCTION:
        note_begin(registration.number)
    said = tuple(call(site, report.argv, registration, deadline_seconds=3600) for report in reports)
    answer.write(wire.dump(VendorReports(tuple(report.name for report in reports), said)))


def manifest(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """
    Answer `manifest STUDY KEY remembered|full [KNOWN]`: every entry below one root of the study, as a stream.

    KNOWN names an earlier listing that the asker holds, so that only what changed is sent.
    """
    if not 3 <= len(details) <= 4 or details[2] not in ("remembered", "full"):
        raise AnswerRefused("the verb manifest takes a study, the key of a root, and remembered or full")
    from dfwarm.gate.manifest import answer_manifest

    answer_manifest(site, _root(site, details), answer, is_full=details[2] == "full", known="".join(details[3:]))


def records(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `records STUDY KEY PATH ...`: data files below one root as sets of records, paths in hexadecimal."""
    from dfwarm.facts.record_sets import PATHS_AT_MOST, read_word
    from dfwarm.gate.record_sets import digest_records

    if not 3 <= len(details) <= 2 + PATHS_AT_MOST:
        raise AnswerRefused("the verb records takes a study, the key of a root, and paths in hexadecimal")
    try:
        paths = tuple(map(read_word, details[2:]))
    except ValueError as error:
        raise AnswerRefused(f"not a path in hexadecimal: {error}") from error
    answer.write(wire.dump(digest_records(_root(site, details), paths)))


def heads(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `heads STUDY KEY PATH ...`: what the first bytes of files below one root say, paths in hexadecimal."""
    from dfwarm.facts.record_sets import PATHS_AT_MOST, read_word
    from dfwarm.gate.heads import look_at_beginnings

    if not 3 <= len(details) <= 2 + PATHS_AT_MOST:
        raise AnswerRefused("the verb heads takes a study, the key of a root, and paths in hexadecimal")
    try:
        paths = tuple(map(read_word, details[2:]))
    except ValueError as error:
        raise AnswerRefused(f"not a path in hexadecimal: {error}") from error
    answer.write(wire.dump(look_at_beginnings(_root(site, details), paths)))


def beginnings(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `beginnings STUDY KEY BEGINNING ...`: digests of the first bytes of journals below one root."""
    from dfwarm.facts.journals import Beginning
    from dfwarm.gate.beginnings import digest_beginnings

    study, key = _study(details[:1]), "".join(details[1:2])
    folder = dict(roots_of(site, study)).get(key)
    if folder is None:
        raise PathUnreadable(f"study {study:03d} has no root {key} on the {site.side}")
    answer.write(wire.dump(digest_beginnings(folder, tuple(map(Beginning.read, details[2:])))))


def report(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `report NAME|all STUDY MODE [listed]`: the native reports, from the files of this host."""
    if len(details) < 3:
        raise AnswerRefused("the verb report takes a name, a study and a mode")
    study = _study(details[1:2])
    from dfwarm.gate.report import answer_report

    answer_report(site, study, (details[0], *details[2:]), answer)


def partial(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `partial STUDY FILE`: the records of one data file by key, status and level."""
    if len(details) != 2:
        raise AnswerRefused("the verb partial takes a study and the name of a data file")
    study = _study(details[:1])
    from dfwarm.gate.report import answer_partial

    answer_partial(site, study, details[1], answer)


def flush(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `flush STUDY KEY`: everything that was written below one root is on its disk."""
    if len(details) != 2:
        raise AnswerRefused("the verb flush takes a study and the key of a root")
    from dfwarm.gate.flush import flush_root

    answer.write(wire.dump(flush_root(_root(site, details))))


def examine(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `examine STUDY`: everything that preflight asks of this host."""
    from dfwarm.gate.examine import examine as look_closely

    answer.write(wire.dump(look_closely(site, _study(details))))


def identify(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `identify STUDY PAIR`: whether the study's roots are what was adopted."""
    from dfwarm.gate.identity import identify as look_who

    answer.write(wire.dump(look_who(site, _study(details[:1]), _pair(details))))


def adopt(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `adopt STUDY PAIR`: keep what is there now as the study of that pair."""
    from dfwarm.gate.identity import adopt as keep

    answer.write(wire.dump(keep(site, _study(details[:1]), _pair(details))))


def ruling(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `ruling PAIR`: who rules the pair, by what this host was told."""
    from dfwarm.gate.ruling import look_up

    answer.write(wire.dump(look_up(site, _pair(("", *details)))))


def rule(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `rule PAIR EPOCH SIDE SECONDS TEXT ...`: take a new ruling; the text is who and why, in hexadecimal."""
    from dfwarm.facts.ruling import read_ruling
    from dfwarm.gate.ruling import rule as take

    answer.write(wire.dump(take(site, read_ruling(details))))


def have(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `have WORD ...`: which accounts, groups and programs this host has."""
    from dfwarm.facts.wanted import read_word
    from dfwarm.gate.holdings import look_for

    answer.write(wire.dump(look_for(site, tuple(map(read_word, details)))))


def doors(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `doors`: which keys of dfwarm this host lets in."""
    if details:
        raise AnswerRefused("the verb doors takes nothing")
    from dfwarm.gate.doors import look_at_doors

    answer.write(wire.dump(look_at_doors(site)))


def witnessed(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `witnessed STUDY PAIR`: the checkpoint that this host cosigned last."""
    from dfwarm.gate.witness import look_back

    answer.write(wire.dump(look_back(site, *_log_of(details))))


def cosign(site: HostSite, details: Details, answer: BinaryIO) -> None:
    """Answer `cosign STUDY PAIR SIZE ROOT SIGNATURE [HASHES ...]`: sign a checkpoint that the last one grew into."""
    from dfwarm.facts.witness import read_growth
    from dfwarm.gate.witness import cosign as sign

    answer.write(wire.dump(sign(site, *_log_of(details[:2]), read_growth(details[2:]))))


def _log_of(details: Details) -> tuple[StudyNumber, str]:
    if len(details) != 2:
        raise AnswerRefused("the verb takes a study and the name of the pair")
    return _study(details[:1]), details[1]


def _datafax_version(site: HostSite, study: StudyNumber) -> str:
    try:
        said = call(site, commands_of(site).version, find_registration(site, study))
    except DfwarmError:
        return ""
    return " ".join(said.stdout.decode("utf-8", "replace").split()) if not said.status else ""


def _root(site: HostSite, details: Details) -> bytes:
    """The folder of the root that a study and a key name. Raises PathUnreadable where the study has none such."""
    study, key = _study(details[:1]), details[1]
    folder = dict(roots_of(site, study)).get(key)
    if folder is None:
        raise PathUnreadable(f"study {study:03d} has no root {key} on the {site.side}")
    return folder


def _pair(details: Details) -> str:
    if len(details) != 2 or not _PAIR.fullmatch(details[1]):
        raise AnswerRefused("the verb takes a study and the name of a pair")
    return details[1]


def _words(details: Details, count: int) -> Details:
    if len(details) != count:
        raise AnswerRefused(f"the verb takes {count} words, not {' '.join(details)[:80]!r}")
    return details


def _number(word: str) -> int:
    if not word.isdigit():
        raise AnswerRefused(f"not a number: {word[:40]!r}")
    return int(word)


def _study(details: Details) -> StudyNumber:
    if len(details) != 1 or not _STUDY.fullmatch(details[0]):
        raise AnswerRefused(f"not a study number of three digits: {' '.join(details)[:40]!r}")
    return StudyNumber(int(details[0]))


VERBS: dict[str, Verb] = {
    "studies": studies,
    "look": look,
    "hold": stop,
    "stop": stop,
    "release": start,
    "start": start,
    "watch": watch,
    "freeze": freeze,
    "snapshot": snapshot,
    "approach": approach,
    "capture": capture,
    "prove": prove,
    "captured": captured,
    "thaw": thaw,
    "growth": growth,
    "tidy": tidy,
    "vendor": vendor,
    "manifest": manifest,
    "flush": flush,
    "beginnings": beginnings,
    "records": records,
    "heads": heads,
    "report": report,
    "partial": partial,
    "examine": examine,
    "have": have,
    "identify": identify,
    "adopt": adopt,
    "doors": doors,
    "ruling": ruling,
    "rule": rule,
    "witnessed": witnessed,
    "cosign": cosign,
}
