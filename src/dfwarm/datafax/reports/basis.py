"""On whose word each rule of the native reports stands."""

from dfwarm.datafax.reports.rule import Basis, Grade, ReportName, Rule

_ICRECORDS = "DF_ICrecords, Standard Reports Guide 5.1"
_CMPSCHEMA = "DFcmpSchema, Programmer Guide 5.3"
_IMPORT = "DFimport, Programmer Guide 5.3"
_TOOLKITS = "the sources of DFtoolkit 2 and 3"
_ICQCS = "DF_ICqcs, Standard Reports Guide 5.1"
_DECK = 'the deck: DF_ICimages "compares data with CRFs"'
_BYTES = "records are text, one a line, closed by a line feed"


def _records(demands: str, source: str, grade: Grade) -> Basis:
    return Basis(ReportName.IC_RECORDS, demands, source, grade)


def _images(demands: str, source: str, grade: Grade = Grade.INFERRED) -> Basis:
    return Basis(ReportName.IC_IMAGES, demands, source, grade)


def _queries(demands: str) -> Basis:
    return Basis(ReportName.IC_QUERIES, demands, _ICQCS, Grade.STATED)


BASES: dict[Rule, Basis] = {
    Rule.BLANK: _records("every line is a record", _BYTES, Grade.INFERRED),
    Rule.HALF_WRITTEN: _records("the last line is ended", _BYTES, Grade.INFERRED),
    Rule.CUT: _records(
        "no line is longer than 65,536 bytes; of a longer one only the place is known", _IMPORT, Grade.INFERRED
    ),
    Rule.NUL: _records("no record holds a NUL byte", _BYTES, Grade.INFERRED),
    Rule.CARRIAGE_RETURN: _records("no record holds a carriage return", _BYTES, Grade.INFERRED),
    Rule.FIELD_COUNT: _records(
        "a record has as many fields as its plate's setup says, or else as most records of the plate have, which the "
        "report then says; a missed record has 11, a query 22, a reason 12; none has fewer than 10",
        f"{_ICRECORDS}; {_TOOLKITS} for the other lengths",
        Grade.STATED,
    ),
    Rule.STATUS: _records(
        "the status is 0 to 6, of queries 0 to 7, of reasons 1 to 3, in the new queue 0", _CMPSCHEMA, Grade.STATED
    ),
    Rule.LEVEL: _records("the level is 0 to 7; a missed record is above level 0", _CMPSCHEMA, Grade.STATED),
    Rule.KEY: _records("subject 1 to 2^48, visit 0 to 65,535, plate a number", _TOOLKITS, Grade.READ),
    Rule.WRONG_PLATE: _records("the plate is that of the file", _ICRECORDS, Grade.STATED),
    Rule.CODE: _records("a query is external (1) or internal (2)", _TOOLKITS, Grade.READ),
    Rule.WRONG_STUDY: _records("the study number is that of the study", _ICRECORDS, Grade.STATED),
    Rule.CREATED: _records(
        "the creation stamp is yy/mm/dd hh:mm:ss, of a query empty or `user yy/mm/dd hh:mm:ss`, of a reason each",
        f"{_ICRECORDS}; {_TOOLKITS} for the form in queries; that reasons have one of the two is inferred",
        Grade.STATED,
    ),
    Rule.MODIFIED: _records(
        "the modification stamp has the form of the creation stamp of its kind of record",
        f"{_ICRECORDS}; {_TOOLKITS} for the form in queries; that reasons have one of the two is inferred",
        Grade.STATED,
    ),
    Rule.IMPOSSIBLE_IMAGE: _records(
        "field 3 is YYWW/SSSSPPP, YYWWRSSSSPPP or 0000/0000000", f"{_CMPSCHEMA}; {_TOOLKITS} for the form", Grade.READ
    ),
    Rule.NO_DELIMITER: _records("a data record is closed by a delimiter", _CMPSCHEMA, Grade.STATED),
    Rule.OVER_LONG: _records("a record has at most 4,095 bytes", _IMPORT, Grade.STATED),
    Rule.CHOICE: _records(
        "a field with a list of codes holds one of them, a missing-value code or nothing",
        f"{_CMPSCHEMA}; {_TOOLKITS} for where the list stands",
        Grade.READ,
    ),
    Rule.DUPLICATE_PRIMARY: _records(
        "a key has one primary record; in live mode the last one", _ICRECORDS, Grade.STATED
    ),
    Rule.ORPHAN_SECONDARY: _records("a secondary record has a primary one of its key", _ICRECORDS, Grade.STATED),
    Rule.MISSING_IMAGE: _images("the image that a record names is there", _DECK),
    Rule.ORPHAN_IMAGE: _images("some record names each image", _DECK),
    Rule.SHARED_IMAGE: _images("records of one key alone name an image", _DECK),
    Rule.BAD_IMAGE_NAME: _images("a file in a week folder is named as an image", _TOOLKITS, Grade.READ),
    Rule.EMPTY_IMAGE: _images("an image has bytes", _DECK),
    Rule.UNREADABLE_IMAGE: _images("an image can be read", _DECK),
    Rule.UNKNOWN_IMAGE_KIND: _images("an image begins as PNG, Sun raster, JPEG or PDF do", _TOOLKITS, Grade.READ),
    Rule.HIGH_WITHOUT_STANDARD: _images(
        "a high-resolution image has a standard one", "DFimageio, Programmer Guide 5.3"
    ),
    Rule.FREE_FLOATING_QUERY: _queries("a query about a field (not codes 21, 22, 23) has its record"),
    Rule.DUPLICATE_QUERY: _queries("a field has one query, unless the setup allows several"),
    Rule.UNRESOLVED_ON_FINAL: _queries("no query of status 0, 1, 2 or 6 hangs on a final record"),
    Rule.RESOLVED: _records(
        "the resolution stamp of a query is empty or `user yy/mm/dd hh:mm:ss`", _TOOLKITS, Grade.READ
    ),
}
