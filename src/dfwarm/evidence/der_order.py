"""
The certificates inside a time-stamp token, in the order that DER demands of a set (X.690, 11.6).

OpenSSL 3.0 writes several of them in the order of its configuration; it reads such tokens itself, strict readers do
not. The set is not signed, and sorting it changes no length, so a token keeps all that it says.
"""

_SEQUENCE, _CONSTRUCTED_0 = 0x30, 0xA0


def sort_certificates(response: bytes) -> bytes:
    """Put the certificates of a time-stamp answer into order. What is no such answer comes back as it was."""
    try:
        begin, end = _certificates(response)
        parts = []
        place = begin
        while place < end:
            _, _, after = _element(response, place)
            parts.append(response[place:after])
            place = after
    except (IndexError, ValueError):
        return response
    if place != end:
        return response
    return response[:begin] + b"".join(sorted(parts)) + response[end:]


def _certificates(response: bytes) -> tuple[int, int]:
    """Where the content of the set begins and ends: TimeStampResp, ContentInfo, SignedData, certificates [0]."""
    place = _into(response, 0, _SEQUENCE)
    _, _, place = _element(response, place)  # the status
    place = _into(response, place, _SEQUENCE)
    _, _, place = _element(response, place)  # the type of the content
    place = _into(response, place, _CONSTRUCTED_0)
    place = _into(response, place, _SEQUENCE)
    for _ in range(3):  # version, digest algorithms, what is signed
        _, _, place = _element(response, place)
    tag, begin, end = _element(response, place)
    if tag != _CONSTRUCTED_0:
        raise ValueError("no certificates")
    return begin, end


def _into(content: bytes, place: int, tag: int) -> int:
    found, begin, _ = _element(content, place)
    if found != tag:
        raise ValueError("another structure")
    return begin


def _element(content: bytes, place: int) -> tuple[int, int, int]:
    """Tag, begin of the content, end of the element."""
    tag, length = content[place], content[place + 1]
    begin = place + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(content[begin : begin + count], "big")
        begin += count
    if begin + length > len(content):
        raise ValueError("cut short")
    return tag, begin, begin + length
