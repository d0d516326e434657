"""The configuration of a simulated study: `lib`, edit checks, lookup tables, schema history and the like."""

import json
from collections.abc import Iterator
from pathlib import Path

from dfwarm.simulator.plan import FIRST_SUBJECT, StudyPlan, Style

_SYSTEM_HEAD = ("DFSTATUS", "DFVALID", "DFRASTER", "DFSTUDY", "DFPLATE", "DFSEQ", "ID")
_SYSTEM_TAIL = ("DFSCREEN", "DFCREATE", "DFMODIFY")
_MARK = b"%S 1\n%% written by the simulator of dfwarm\n"
"""What `DFschema.st` of a simulated study holds and that of a real one never does."""

_USER_FIELDS = (("INIT", "String"), ("VDATE", "Date"), ("CHOICE", "Choice"), ("WEIGHT", "Number"), ("NOTE", "String"))


def setup_files(plan: StudyPlan, study_dir: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of every configuration file, relative to the study directory."""
    yield "lib/DFserver.cf", server_conf(plan, study_dir)
    yield "lib/DFsetup", setup(plan, version=1)
    yield "lib/DFschema", b"".join(b"%%P %d\n%%f 15\n" % plate for plate in range(1, plan.plates + 1))
    yield "lib/DFschema.st", _MARK
    yield "lib/DFfile_map", b"".join(b"%d|Plate %d|3\n" % (plate, plate) for plate in range(1, plan.plates + 1))
    yield "lib/DFtips", b"1|Initials of the subject\n"
    yield "lib/DFedits.bin", bytes(range(256)) * 8
    yield "lib/DFcenters", _centers(plan)
    yield "lib/DFvisit_map", _visit_map(plan)
    yield "lib/DFpage_map", b"1-%d|*|%%P, visit %%S\n" % plan.plates
    yield "lib/DFmissing_map", b"*|Missing value\n.|Not applicable\n"
    yield "lib/DFqcproblem_map", b"".join(b"%d|%s|0|%d\n" % (code, name, code) for code, name in _PROBLEMS)
    yield "ecsrc/DFedits", _EDIT_CHECKS
    yield "ecsrc/labs.inc", b'edit LabMail() {\n    dfexecute("notify.sh lab");\n}\n'
    yield "ecbin/randomize.sh", b"#!/bin/sh\n# Draw the next treatment arm.\necho A\n"
    yield "ecbin/notify.sh", b'#!/bin/sh\necho "$1"\n'
    yield "lut/countries", b"CA|Canada\nUS|United States\n"
    for minute in (0, 4):
        yield f"dfschema/250301-09{minute:02d}12", setup(plan, version=0)
    yield "drf/DFUnexpected.drf", b"%d|0|1|0000/0000000|unexpected\n" % FIRST_SUBJECT
    yield "drf/DFIllegal.drf", b""
    yield "work/DFX_keys", b"%d|1|0|1|2\n" % FIRST_SUBJECT
    yield "work/DFX_schedule", b"%d|0|45000\n" % FIRST_SUBJECT
    yield "reports/QC/NEW/002-250311", b"Query report for site 2, not sent yet\n"
    yield "reports/QC/sent/001-250310", b"Query report for site 1\n"
    yield "reports/.info", b"enrolment|Enrolment by site\n"
    yield "reports/enrolment", b"#!/bin/sh\necho enrolment\n"
    yield "dfsas/demog.job", b"PLATE 1\n"
    for plate in range(1, min(plan.plates, 8) + 1):
        yield f"bkgd/DFbkgd{plate:03d}.png", b"\x89PNG\r\n\x1a\n" + bytes(200 + plate)


def is_simulated(study_dir: Path) -> bool:
    """Whether the simulator wrote a study directory, so that it may be harmed."""
    mark = study_dir / "lib" / "DFschema.st"
    return mark.is_file() and mark.read_bytes() == _MARK


def server_conf(plan: StudyPlan, study_dir: str) -> bytes:
    """A DFserver.cf, which each host has of its own."""
    return (
        f"STUDY_NAME={plan.name}\nSTUDY_NUMBER={plan.number}\nSTUDY_DIR={study_dir}\nPAGE_DIR=$(STUDY_DIR)/pages\n"
        f"DATABASE_DIR=$(STUDY_DIR)/data\nWORKING_DIR=$(STUDY_DIR)/work\nREPORTS_DIR=$(STUDY_DIR)/reports\n"
        f"SETUP=$(STUDY_DIR)/lib/DFsetup\nFILE_MAP=$(STUDY_DIR)/lib/DFfile_map\nPRINTER=none\nAUTO_LOGOUT=5,30\n"
    ).encode()


def setup(plan: StudyPlan, *, version: int) -> bytes:
    """A DFsetup: one JSON document."""
    study = {
        "number": plan.number,
        "name": plan.name,
        "setupVersion": version,
        "startYear": 1990,
        "multipleQC": False,
        "levels": [{"level": level, "label": f"Level {level}"} for level in range(8)],
        "modules": [{"id": 1, "name": "DFSYSTEM", "fields": []}, {"id": 2, "name": "VISIT", "fields": []}],
        "plates": [_plate(plate) for plate in range(1, plan.plates + 1)],
    }
    return json.dumps({"study": study}, indent=1).encode() + b"\n"


def _plate(number: int) -> dict[str, object]:
    choice = [{"number": code, "label": label} for code, label in ((1, "Yes"), (2, "No"), (3, "Unknown"))]
    head = [{"name": name, "fieldId": place, "type": "Number"} for place, name in enumerate(_SYSTEM_HEAD, 1)]
    user = [
        {"name": name, "fieldId": place, "type": kind, **({"codes": choice} if kind == "Choice" else {})}
        for place, (name, kind) in enumerate(_USER_FIELDS, 100 * number)
    ]
    tail = [{"name": name, "fieldId": place, "type": "Number"} for place, name in enumerate(_SYSTEM_TAIL, 8)]
    modules = [
        {"id": 1, "moduleId": 1, "name": "DFSYSTEM", "fieldRefs": head},
        {"id": 2, "moduleId": 2, "name": "VISIT", "fieldRefs": user},
        {"id": 3, "moduleId": 1, "name": "DFSYSTEM", "fieldRefs": tail},
    ]
    return {"number": number, "description": f"Plate {number}", "eCRF": False, "moduleRefs": modules}


def _centers(plan: StudyPlan) -> bytes:
    last = plan.subject_ids[-1] + 10_000
    lines = [b"0|Data Centre|Coordinating|1 Main St|mailto:dm@example.org||||||ERROR MONITOR\n"]
    for site in range(1, plan.sites + 1):
        own = [subject for subject in plan.subject_ids if plan.site_of(subject) == site]
        if own:
            high = last if site == plan.sites else own[-1]
            attributes = b"" if plan.style is Style.FAX else b"country:CAN;beginDate:2024/01/01;endDate:;testSite:0"
            lines.append(
                b"%d|Site %d|Hospital %d|%d Main St|mailto:site%d@example.org|%s|||||%d %d\n"
                % (site, site, site, site, site, attributes, own[0], high)
            )
    return b"".join(lines)


def _visit_map(plan: StudyPlan) -> bytes:
    lines = [
        b"%d|%s|Visit %d|1|9|%d|14|1-%d||||\n" % (visit, b"B" if visit == 0 else b"S", visit, visit * 30, plan.plates)
        for visit in range(plan.visits)
    ]
    return b"".join(lines)


_PROBLEMS = (
    (1, b"missing"), (2, b"illegal"), (3, b"inconsistent"), (4, b"illegible"), (5, b"fax noise"), (6, b"other"),
    (21, b"missing page"), (22, b"overdue visit"), (23, b"EC missing page"),
)  # fmt: skip

_EDIT_CHECKS = b"""\
#include "labs.inc"
edit Randomize() {
    # the next arm comes from a list
    number arm = dfexecute("randomize.sh " + dfpid());
}
edit Weight() {
    if (WEIGHT > 200) dfmessage("verify the weight");
}
"""
