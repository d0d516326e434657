"""What dfwarm is made of: every package pinned by digest, with its licence, in a bill by the standard; and its audit."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from bill_of_materials import LOCK, ROOT, UNKNOWN, make_bill, read_pins, version_of_this
from dependency_audit import CLEAN, NOT_ASKED, WEAK, Audit, audit

pytestmark = pytest.mark.requirement("URS-SEC-01")
BILL = make_bill(LOCK.read_text(), version_of_this())


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("cyclonedx") / "schema" / "_res" / name).read_text())
    return found


def test_the_bill_keeps_to_the_schema_of_its_standard() -> None:
    registry = Registry(retrieve=lambda uri: Resource.from_contents(schema(uri.rpartition("/")[2]), DRAFT7))
    validator = Draft7Validator(schema("bom-1.6.SNAPSHOT.schema.json"), registry=registry)
    assert [error.message for error in validator.iter_errors(BILL)] == []
    assert [error.message for error in validator.iter_errors({**BILL, "components": [{"name": "x"}]})]


def test_the_bill_names_each_package_of_the_lock_once_with_its_digests_and_its_licence() -> None:
    pins = read_pins(LOCK.read_text())
    names = [each["name"] for each in BILL["components"]]
    assert names == [pin.name for pin in pins]
    assert (
        len({each["purl"] for each in BILL["components"]})
        == len(names)
        == len(re.findall(r"^\S+==", LOCK.read_text(), flags=re.MULTILINE))
    )
    assert all(each["hashes"] for each in BILL["components"])
    licences = {each["name"]: each["licenses"][0]["license"]["name"] for each in BILL["components"]}
    unknown = {name for name, licence in licences.items() if licence == UNKNOWN}
    assert unknown <= {pin.name for pin in pins if pin.marker}, "only what is not for this system may lack one"
    strong = {name for name, licence in licences.items() if re.search(r"\bA?GPL", licence) and "LGPL" not in licence}
    assert strong == set()


def test_every_direct_dependency_is_in_the_lock() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    (listed,) = re.findall(r"^dependencies = \[\n(.*?)^\]", text, flags=re.DOTALL | re.MULTILINE)
    wanted = {re.split(r"[>=<\[;]", name)[0] for name in re.findall(r'"([^"]+)"', listed)}
    assert len(wanted) > 10
    assert wanted <= {pin.name for pin in read_pins(LOCK.read_text())}


def test_a_lock_with_a_package_without_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="no pinned package with digests"):
        read_pins("click==8.3.0\nrich==14 \\\n    --hash=sha256:" + "a" * 64)


@contextmanager
def database(answer: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


PINS = read_pins("click==8.3.0 \\\n    --hash=sha256:" + "a" * 64 + "\nrich==14 \\\n    --hash=sha256:" + "b" * 64)


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (b'{"results": [{}, {}]}', CLEAN, "2 packages, 0 known weaknesses"),
        (b'{"results": [{"vulns": [{"id": "PYSEC-1"}]}, {}]}', WEAK, "click 8.3.0: PYSEC-1"),
        (b'{"results": [{}]}', NOT_ASKED, "answered about 1 of 2"),
        (b'{"results": [{}, {"next_page_token": "x"}]}', NOT_ASKED, "answered in part"),
        (b'{"results": [{"vulns": [{}]}, {}]}', NOT_ASKED, "KeyError"),
        (b"<html>", NOT_ASKED, "could not be asked"),
    ],
)
def test_an_audit_is_clean_only_where_it_was_answered_about_each_package(answer: bytes, code: int, says: str) -> None:
    with database(answer) as address:
        made = audit(PINS, address)
    assert (made.exit_code, says in made.say()) == (code, True), made.say()


def test_an_audit_that_could_not_ask_or_had_nothing_to_ask_is_never_clean() -> None:
    made = audit(PINS, "http://127.0.0.1:9/")
    assert (made.exit_code, made.say().startswith("NOT AUDITED: ")) == (NOT_ASKED, True)
    assert Audit(0).exit_code == NOT_ASKED
