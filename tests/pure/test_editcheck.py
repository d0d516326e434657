import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.commandline import absolute_paths, read_command_line
from dfwarm.datafax.editcheck import read_edit_checks
from dfwarm.datafax.script import Interpreter, Mention, find_mentions, read_interpreter

SOURCE = rb"""#include "labs.inc"
# include <common/dates>
# the next arm comes from dfrandom, don't call it twice
edit Randomize() {
    // dfexecute("in_a_remark.sh")
    /* dfexecute("in_a_block.sh")
       "dfexecute( */
    number arm = dfexecute("randomize.sh " + dfpid());
    string why = "he said \"dfexecute(\"no.sh\")\"";
    DFexecute (
        "notify.sh" " lab", 3);
}
#define MAIL dfexecute("mail.sh")
"""


def programs_of(source: bytes) -> list[bytes]:
    return [program for call in read_edit_checks(source).calls for program in call.programs]


@pytest.mark.requirement("URS-SCO-02")
def test_every_call_is_found_with_its_line_and_its_program() -> None:
    found = read_edit_checks(SOURCE)
    assert [(call.line, call.programs) for call in found.calls] == [
        (8, (b"randomize.sh",)),
        (10, (b"notify.sh",)),
        (13, (b"mail.sh",)),
    ]
    assert [call.doubts for call in found.calls] == [(), (), ()]
    assert [(include.line, include.name) for include in found.includes] == [(1, b"labs.inc"), (2, b"common/dates")]


@pytest.mark.parametrize(
    "source",
    [
        b"dfexecute(script);",
        b'dfexecute("calc" + name);',
        b'dfexecute("");',
        b"dfexecute;",
        b"dfexecute",
        b"dfexecute(",
        b'dfexecute("a.sh"',
        b'dfexecute("a.sh',
        b'dfexecute("$TOOL x");',
        b'dfexecute("a.sh `date`");',
        b'dfexecute("a.sh; " + b);',
        b"dfexecute(\"sh -c 'b.sh'\");",
        b'dfexecute("nice -n 5 a.sh");',
        b'dfexecute("eval x");',
        b'dfexecute("X=1" + b);',
        b'dfexecute("a.sh ") dfexecute(b + "a.sh")',
        b"dfexecute(" + b'"a" ' * 100 + b")",
    ],
)
def test_what_reading_cannot_tell_becomes_a_doubt_and_never_nothing(source: bytes) -> None:
    assert any(call.doubts for call in read_edit_checks(source).calls)


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        (b"randomize.sh 1003", (b"randomize.sh",)),
        (b"/opt/site/bin/rnd 3 > /tmp/x", (b"/opt/site/bin/rnd",)),
        (b"cd /tmp && LANG=C exec rnd | mail -s 'a;b' dm; echo ok", (b"rnd", b"mail")),
        (b'"quoted.sh" "a b|c"', (b"quoted.sh",)),
        (b"if [ -f x ]; then a.sh; else b.sh; fi", (b"a.sh", b"b.sh")),
        (b"a.sh a.sh; a.sh", (b"a.sh",)),
        (b". lib.sh", (b"lib.sh",)),
        (b"  \t\n", ()),
        (b"X=1", ()),
    ],
)
def test_the_programs_of_a_command_line_are_the_first_words_of_its_commands(
    line: bytes, programs: tuple[bytes, ...]
) -> None:
    read = read_command_line(line, is_whole=True)
    assert (read.programs, read.doubts) == (programs, ())


def test_absolute_paths_are_paths_and_not_addresses_or_patterns() -> None:
    text = b'/opt/x/a.sh -f "/data/list.txt". http://dm.example/x s/a/b/ $HOME/y ~/z /usr/bin/ //w . / /etc/f,'
    assert absolute_paths(text) == (b"/opt/x/a.sh", b"/data/list.txt", b"/usr/bin", b"/etc/f")


@given(st.binary(max_size=300) | st.text(st.sampled_from('dfexecut("\\/*#\n +,)a;|'), max_size=80).map(str.encode))
def test_any_text_can_be_read(source: bytes) -> None:
    for call in read_edit_checks(source).calls:
        assert 1 <= call.line <= source.count(b"\n") + 1


@given(st.lists(st.sampled_from([b"// x\n", b'string s = "(";\n', b'/* " */', b"a / b;\n", b"c = 'q';\n"]), max_size=8))
def test_no_remark_or_string_hides_the_call_that_follows_it(before: list[bytes]) -> None:
    source = b"".join(before)
    assert programs_of(source + b'dfexecute("a.sh")') == [b"a.sh"]


@given(st.from_regex(rb"[a-z0-9_.-]{1,20}", fullmatch=True), st.integers(0, 5))
def test_a_program_that_is_written_out_is_found_by_its_name(name: bytes, lines: int) -> None:
    read = read_edit_checks(b"\n" * lines + b'x = dfexecute("./' + name + b' " + id);')
    assert [(call.line, call.programs) for call in read.calls] == [(lines + 1, (b"./" + name,))]


@pytest.mark.parametrize(
    ("text", "interpreter"),
    [
        (b"#!/bin/sh\n", Interpreter(b"/bin/sh", b"")),
        (b"#! /usr/bin/perl -w\n", Interpreter(b"/usr/bin/perl", b"")),
        (b"#!/usr/bin/env -S A=1 python3 -u\n", Interpreter(b"/usr/bin/env", b"python3")),
        (b"#!/usr/bin/env\n", Interpreter(b"/usr/bin/env", b"")),
        (b"\x7fELF", Interpreter(b"", b"")),
        (b"", Interpreter(b"", b"")),
    ],
)
def test_the_interpreter_is_what_the_first_line_says(text: bytes, interpreter: Interpreter) -> None:
    assert read_interpreter(text) == interpreter


def test_a_mention_is_a_whole_name_or_a_path_in_the_folder() -> None:
    text = b"ftp DFPROD1\nhost=dfprod1.example.org dfprod12\n/opt/studies/035/x /opt/studies/0351 /opt/studies/035\n"
    assert find_mentions(text, (b"dfprod1", b""), (b"/opt/studies/035",)) == (
        Mention(1, b"DFPROD1"),
        Mention(2, b"dfprod1"),
        Mention(3, b"/opt/studies/035"),
        Mention(3, b"/opt/studies/035"),
    )
    assert find_mentions(text, (), (b"",)) == ()
