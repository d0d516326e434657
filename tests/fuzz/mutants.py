"""Wrong inputs made of right ones: seeded, so that the same seed makes the same inputs."""

import random
from collections.abc import Callable, Iterator

_TOKENS = (
    b"\0", b"\n", b"\r\n", b"|", b"||", b"=", b"\\", b"\\#012", b"\\#", b'"', b"'", b"$(", b"$(A)", b"/../", b"/", b"-",
    b"0", b"-1", b"00", b"999999999999999999999", b"1e999", b"NaN", b"{", b"}", b"[", b"]", b"{}", b"[]", b"null", b"true",
    b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\x1b[31m", b" ", b"\t", b"#", b"  ",
    b"\x30\x84\xff\xff\xff\xff", b"\x80", b"AAAA", b"\xff" * 8, b"\0" * 8, b"2026-11-24T02:00:07Z", b"\xe2\x80\x94 ",
)  # fmt: skip

_GRAFTS = 0.12

Change = Callable[[random.Random, bytearray], None]


def mutants(seeds: tuple[bytes, ...], count: int, seed: int) -> Iterator[bytes]:
    """Make that many inputs, each a seed with one to six changes."""
    chance = random.Random(seed)
    for _ in range(count):
        made = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            if chance.random() < _GRAFTS:
                _graft(chance, made, chance.choice(seeds))
            else:
                chance.choice(_CHANGES)(chance, made)
        yield bytes(made)


def _flip(chance: random.Random, made: bytearray) -> None:
    if made:
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)


def _put(chance: random.Random, made: bytearray) -> None:
    at = chance.randint(0, len(made))
    made[at:at] = chance.choice(_TOKENS)


def _replace(chance: random.Random, made: bytearray) -> None:
    start, stop = _stretch(chance, made)
    made[start:stop] = chance.choice(_TOKENS)


def _cut(chance: random.Random, made: bytearray) -> None:
    start, stop = _stretch(chance, made)
    del made[start:stop]


def _double(chance: random.Random, made: bytearray) -> None:
    start, stop = _stretch(chance, made)
    made[start:start] = made[start:stop] * chance.choice((1, 1, 2, 30))


def _end(chance: random.Random, made: bytearray) -> None:
    del made[chance.randint(0, len(made)) :]


def _graft(chance: random.Random, made: bytearray, other: bytes) -> None:
    start, stop = _stretch(chance, bytearray(other))
    at = chance.randint(0, len(made))
    made[at : at + (stop - start if chance.random() < 0.5 else 0)] = other[start:stop]


def _swap_lines(chance: random.Random, made: bytearray) -> None:
    lines = bytes(made).split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    made[:] = b"\n".join(lines)


def _stretch(chance: random.Random, made: bytearray) -> tuple[int, int]:
    start = chance.randint(0, len(made))
    return start, min(len(made), start + chance.choice((1, 1, 2, 4, 8, 32, 200)))


_CHANGES: tuple[Change, ...] = (_flip, _put, _replace, _cut, _double, _end, _swap_lines)
