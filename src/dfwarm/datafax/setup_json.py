"""
Read `lib/DFsetup` where it is JSON: from DataFax 2014 on for certain, in late 4.x probably.

Part of the document that has another shape than the toolkits' sources show becomes a fault of the setup, with the
place where it stands; the rest is read all the same. A document that is not JSON at all raises SetupUnreadable.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dfwarm.datafax.setup import SYSTEM_FIELDS, SYSTEM_MODULE, FieldSetup, PlateSetup, Setup, SetupSource
from dfwarm.errors import SetupUnreadable

BYTES_AT_MOST = 64 << 20
"""A larger DFsetup is refused: what JSON becomes in memory is some twenty times its size."""

_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0", ""})
_FAULTS_AT_MOST = 100
_PLATE_AT_MOST = 511


def is_json(text: bytes) -> bool:
    """Whether a DFsetup is of the JSON kind: its first byte that is no blank opens an object."""
    return text[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def parse_setup(text: bytes) -> Setup:
    """Read a DFsetup. Raises SetupUnreadable where it is no JSON, or holds no study."""
    study = _load(text).get("study")
    if not isinstance(study, dict):
        raise SetupUnreadable('lib/DFsetup has no object "study"')
    return _Reading(study).read()


def _load(text: bytes) -> dict[str, object]:
    if len(text) > BYTES_AT_MOST:
        raise SetupUnreadable(f"lib/DFsetup has more than {BYTES_AT_MOST >> 20} MB")
    try:
        loaded = json.loads(_decode(text))
    except RecursionError as error:
        raise SetupUnreadable("lib/DFsetup is nested too deeply") from error
    except ValueError as error:
        raise SetupUnreadable(f"lib/DFsetup is not JSON: {str(error)[:200]}") from error
    if not isinstance(loaded, dict):
        raise SetupUnreadable("lib/DFsetup holds no object")
    return loaded


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("latin-1")


@dataclass(slots=True)
class _Reading:
    """One reading of the object "study": it collects what it does not understand."""

    study: Mapping[str, object]
    faults: list[str] = field(default_factory=list)
    styles: dict[object, Mapping[str, object]] = field(default_factory=dict)
    fields: dict[object, Mapping[str, object]] = field(default_factory=dict)

    def read(self) -> Setup:
        self._gather_definitions()
        plates = self._plates()
        return Setup(
            number=self._number(self.study, "number", "study"),
            name=_text(self.study.get("name")),
            source=SetupSource.SETUP,
            has_multiple_queries=self._flag("multipleQC"),
            levels=tuple(self._levels()),
            plates=plates,
            faults=tuple(self.faults),
        )

    def _gather_definitions(self) -> None:
        for _, style in self._objects(self.study, "styles", "study"):
            self.styles[_hashable(style.get("name"))] = style
        for where, module in self._objects(self.study, "modules", "study"):
            for _, defined in self._objects(module, "fields", where):
                self.fields[_hashable(defined.get("id"))] = defined

    def _levels(self) -> Iterator[tuple[int, str]]:
        for where, level in self._objects(self.study, "levels", "study"):
            yield self._number(level, "level", where), _text(level.get("label"))

    def _plates(self) -> tuple[PlateSetup, ...]:
        found: dict[int, PlateSetup] = {}
        for where, plate in self._objects(self.study, "plates", "study"):
            number = self._number(plate, "number", where)
            if not 1 <= number <= _PLATE_AT_MOST or number in found:
                self._complain(f"{where}: plate number {number} is illegal or comes twice")
                continue
            found[number] = self._plate(number, plate, where)
        if not found:
            self._complain("study: no plates")
        return tuple(found[number] for number in sorted(found))

    def _plate(self, number: int, plate: Mapping[str, object], where: str) -> PlateSetup:
        fields: list[FieldSetup] = []
        has_system = False
        for at, module in self._objects(plate, "moduleRefs", where):
            has_system = has_system or module.get("name") == SYSTEM_MODULE
            for _, reference in self._objects(module, "fieldRefs", at):
                fields.append(self._field(len(fields) + 1, reference))
        if not has_system or len(fields) < SYSTEM_FIELDS:
            self._complain(f"{where}: plate {number} lacks fields of {SYSTEM_MODULE}, so its field count is not known")
            return PlateSetup(number, _text(plate.get("description")), 0)
        return PlateSetup(number, _text(plate.get("description")), len(fields), tuple(fields))

    def _field(self, place: int, reference: Mapping[str, object]) -> FieldSetup:
        """A field as it stands on the plate: the reference rules, then the module's field, then its style."""
        defined = self.fields.get(_hashable(reference.get("fieldId")), {})
        style_name = reference.get("styleName", defined.get("styleName"))
        layers = (reference, defined, self.styles.get(_hashable(style_name), {}))
        kind = _text(_first(layers, "type"))
        codes = _codes(_first(layers, "codes")) if kind in ("Choice", "Check") else ()
        required = _text(_first(layers, "required"))
        return FieldSetup(place, _text(_first(layers, "name")), kind, codes, is_required=required == "Required")

    def _objects(self, holder: Mapping[str, object], key: str, where: str) -> Iterator[tuple[str, dict[str, object]]]:
        """The objects of a list with where each stands; an absent list is empty, another shape is a fault."""
        listed = holder.get(key, [])
        if not isinstance(listed, list):
            self._complain(f"{where}.{key}: not a list")
            return
        for place, item in enumerate(listed):
            at = f"{where}.{key}[{place}]"
            if isinstance(item, dict):
                yield at, item
            else:
                self._complain(f"{at}: not an object")

    def _number(self, holder: Mapping[str, object], key: str, where: str) -> int:
        value = holder.get(key)
        text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        self._complain(f"{where}.{key}: not a number")
        return 0

    def _flag(self, key: str) -> bool:
        word = _text(self.study.get(key, "")).lower()
        if word not in _YES | _NO:
            self._complain(f"study.{key}: neither yes nor no")
        return word in _YES

    def _complain(self, fault: str) -> None:
        if len(self.faults) < _FAULTS_AT_MOST:
            self.faults.append(fault)
        elif len(self.faults) == _FAULTS_AT_MOST:
            self.faults.append("and more")


def _codes(listed: object) -> tuple[str, ...]:
    """The codes of a choice as text: a code that is a number may stand in the data with leading zeros."""
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(_text(code["number"]) for code in listed if isinstance(code, dict) and "number" in code)


def _first(layers: tuple[Mapping[str, object], ...], key: str) -> object:
    return next((layer[key] for layer in layers if layer.get(key) not in (None, "", [])), None)


def _text(value: object) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    return str(value)


def _hashable(value: object) -> object:
    return value if isinstance(value, (str, int)) else None
