"""The transcripts of a cycle as one file: one JSON object a line, in the order in which they ended."""

import hashlib
from dataclasses import replace

from dfwarm import wire
from dfwarm.facts.fact import Transcript
from dfwarm.manifest.stream import MAGIC

WHOLE_AT_MOST = 1 << 16
"""Bytes of one stream that are kept in full; of a longer one its digest and length are kept."""


def render_transcripts(transcripts: tuple[Transcript, ...]) -> bytes:
    """Write every transcript. A manifest or a log is a file of its own, so its stream is only named here."""
    return b"".join(wire.dump_line(_shorten(said)) for said in transcripts)


def _shorten(said: Transcript) -> Transcript:
    return replace(said, stdout=_name(said.stdout), stderr=_name(said.stderr))


def _name(stream: bytes) -> bytes:
    if len(stream) <= WHOLE_AT_MOST and not stream.startswith(MAGIC):
        return stream
    return f"({len(stream)} bytes, sha256 {hashlib.sha256(stream).hexdigest()})".encode()
