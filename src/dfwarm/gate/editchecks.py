"""Read a study's edit checks on its host, and find what they depend on. Nothing found here is ever run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from dfwarm.datafax.commandline import absolute_paths
from dfwarm.datafax.editcheck import EditChecks, read_edit_checks
from dfwarm.datafax.script import find_mentions, read_interpreter
from dfwarm.datafax.serverconf import clean, lies_in
from dfwarm.facts.program import Doubt, EditCheckFacts, NamedHere, Origin, Part, Program
from dfwarm.gate.programs import Places, find_at, find_program, read_text
from dfwarm.spelling import spell

MENTIONS_KEPT = 200
DOUBTS_KEPT = 500
PROGRAMS_AT_MOST = 1000
FILES_AT_MOST = 5000
"""What goes beyond is told as a number: no study's files can make an answer long."""

_FOLDERS_WITH_NAMES = (b"ecsrc", b"ecbin", b"lib", b"lut", b"reports", b"dfsas")
_COMPARED_BY_KEY = b"lib/DFserver.cf"
_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where to look: the study, the installation, where programs are found, and the names to watch for."""

    study_dir: bytes
    datafax_dir: bytes
    places: Places
    hosts: tuple[bytes, ...]
    folders: tuple[bytes, ...]


def look_at_edit_checks(ground: Ground) -> EditCheckFacts:
    """Read every source, find every program, and search the study's own texts for the names of this host."""
    look = _Look(ground)
    look.read_sources()
    look.read_programs()
    look.search_names()
    return EditCheckFacts(
        sources=look.sources,
        programs=tuple(look.programs.values()),
        doubts=look.kept_doubts(),
        mentions=tuple(look.mentions[:MENTIONS_KEPT]),
        mention_count=len(look.mentions),
    )


@dataclass(slots=True)
class _Look:
    ground: Ground
    sources: int = 0
    programs: dict[tuple[Part, bytes], Program] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    mentions: list[NamedHere] = field(default_factory=list)

    def kept_doubts(self) -> tuple[Doubt, ...]:
        """Every doubt once; those beyond the limit as one more."""
        doubts = tuple(dict.fromkeys(self.doubts))
        if len(doubts) <= DOUBTS_KEPT:
            return doubts
        return (*doubts[:DOUBTS_KEPT], Doubt("edit checks", f"{len(doubts) - DOUBTS_KEPT:,} more doubts"))

    def read_sources(self) -> None:
        """Read every file of ecsrc, so that each include in it is read too, used or not."""
        folder = os.path.join(self.ground.study_dir, b"ecsrc")
        for path in self._files(folder):
            text = self._read(path)
            self.sources += 1
            self._take(path, read_edit_checks(text))

    def read_programs(self) -> None:
        """Take in the system's ecbin, which no study's transfer carries, then what each script depends on."""
        system, study = self.ground.places.system, self.ground.places.study
        for path in self._files(system):
            name = os.path.relpath(path, system)
            self._keep(find_at(Part.NAMED, Origin.SYSTEM, name, path, "the system's ecbin"), name)
        scripts = {program.path: program.named_by for program in self.programs.values() if _is_own(program)}
        scripts |= {path: "the study's ecbin" for path in self._files(study) if path not in scripts}
        for path in scripts:
            self._look_into(path)

    def search_names(self) -> None:
        """Search the study's texts for this host's names and folders. A file with a zero byte is no text."""
        root = self.ground.study_dir
        for folder in _FOLDERS_WITH_NAMES:
            for path in self._files(os.path.join(root, folder)):
                name = os.path.relpath(path, root)
                text = self._read(path) if name != _COMPARED_BY_KEY else b""
                if b"\0" in text:
                    continue
                found = find_mentions(text, self.ground.hosts, self.ground.folders)
                self.mentions.extend(NamedHere(name, mention.line, mention.word) for mention in found)

    def _take(self, path: bytes, source: EditChecks) -> None:
        for call in source.calls:
            where = f"{self._name(path)}:{call.line}"
            self.doubts.extend(Doubt(where, says) for says in call.doubts)
            for name in call.programs:
                self._keep(find_program(Part.CALLED, name, where, self.ground.places), name)
            self._take_paths(call.paths, where)
        for include in source.includes:
            if problem := self._include_problem(path, include.name):
                self.doubts.append(Doubt(f"{self._name(path)}:{include.line}", problem))

    def _include_problem(self, source: bytes, name: bytes) -> str:
        """Why an included file is not among those that are read anyway; empty where it is."""
        root = os.path.realpath(os.path.join(self.ground.study_dir, b"ecsrc"))
        for folder in (os.path.dirname(source), root):
            path = os.path.realpath(os.path.join(folder, name)) if b"\0" not in name else b""
            if path and os.path.isfile(path):
                is_read = lies_in(path, root)
                return "" if is_read else f"{spell(name)} lies outside of ecsrc and is not read"
        return f"{spell(name)} is included, but it is not there"

    def _look_into(self, path: bytes) -> None:
        text = self._read(path)
        where = self._name(path)
        if text.startswith(_ELF):
            self.doubts.append(Doubt(where, "it is a compiled program: what it calls cannot be read"))
            return
        if not os.access(path, os.X_OK, effective_ids=True):
            self.doubts.append(Doubt(where, "the account of dfwarm may not run it; may DataFax?"))
        interpreter = read_interpreter(text)
        for name in filter(None, (interpreter.program, interpreter.sought)):
            self._keep(find_program(Part.INTERPRETER, name, where, self.ground.places), name)
        if interpreter.program:
            self._take_paths(absolute_paths(text[text.find(b"\n") :]), where)

    def _take_paths(self, paths: tuple[bytes, ...], where: str) -> None:
        """Keep the paths that stand for a file of this host outside of what is transferred."""
        for path in map(clean, paths):
            is_foreign = not any(lies_in(path, folder) for folder in (self.ground.study_dir, b"/dev", b"/proc"))
            if is_foreign and os.path.isfile(path):
                self._keep(find_at(Part.NAMED, Origin.ABSOLUTE, path, path, where), path)

    def _keep(self, program: Program, name: bytes) -> None:
        if len(self.programs) < PROGRAMS_AT_MOST:
            self.programs.setdefault((program.part, name), program)
        elif (program.part, name) not in self.programs:
            self.doubts.append(Doubt(program.named_by, f"{spell(name)} is one program too many to be compared"))

    def _read(self, path: bytes) -> bytes:
        try:
            return read_text(path)
        except OSError as error:
            self.doubts.append(Doubt(self._name(path), f"it is not read: {error.strerror}"))
            return b""

    def _name(self, path: bytes) -> str:
        study_dir = self.ground.study_dir
        return spell(os.path.relpath(path, study_dir) if lies_in(path, study_dir) else path)

    def _files(self, folder: bytes) -> Iterator[bytes]:
        """Every file below a folder that is there, in order of name. A folder that cannot be read is a doubt."""
        count = 0
        for at, folders, names in os.walk(folder, onerror=self._note_folder):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(at, name)
                if os.path.isfile(path):
                    count += 1
                    yield path
                if count >= FILES_AT_MOST:
                    self.doubts.append(Doubt(self._name(folder), f"only {FILES_AT_MOST:,} of its files are read"))
                    return

    def _note_folder(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self.doubts.append(Doubt(self._name(error.filename or b"?"), f"it is not read: {error.strerror}"))


def _is_own(program: Program) -> bool:
    """Whether a program is one that the site wrote, rather than one of the operating system's."""
    return bool(program.path) and program.origin in (Origin.STUDY, Origin.SYSTEM, Origin.ABSOLUTE)
