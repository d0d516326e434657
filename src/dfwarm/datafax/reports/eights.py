"""
Arithmetic on eight bytes at a time: digits, numbers, stamps and image identifiers of many lines at once.

Eight neighbouring bytes of a line are one unsigned integer, the first of them in the lowest bits. Each check works on
all eight bytes of all lines in a few operations, and never lets one byte spill into the next unless it is wrong anyway.
"""

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]

ABOVE_ASCII = np.uint64(0x8080808080808080)
_TOP = ABOVE_ASCII
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


def eight(text: bytes) -> np.uint64:
    """Eight bytes as a number."""
    return np.uint64(int.from_bytes(text, "little"))


def _each(*values: int) -> np.uint64:
    return eight(bytes(values))


def view_eights(padded: NDArray[np.uint8]) -> NDArray[np.void]:
    """The eight bytes at every place of a buffer, without copying any."""
    return np.ndarray((len(padded) - 7,), "V8", padded, strides=(1,))


def load(eights: NDArray[np.void], places: NDArray[np.intp]) -> U64:
    """The eight bytes at each place."""
    return eights[places].view("<u8")


def are_within(values: U64, zero: np.uint64, most: np.uint64) -> Mask:
    """Whether each byte, less the byte of `zero`, is at most that of `most`. No byte of `most` is above 127."""
    lifted = values ^ zero
    is_within: Mask = ((lifted + (_LOW - most)) | lifted) & _TOP == 0
    return is_within


def is_in(values: U64, low: bytes, high: bytes) -> U64:
    """The top bit of each byte that lies in a range of ASCII; the other bits mean nothing."""
    at_least = (values | _TOP) - eight(low * 8)
    at_most = (eight(high * 8) | _TOP) - (values & _LOW)
    return at_least & at_most & ~values


_NINES = _each(*[9] * 8)
_PAIRS = np.uint64(0x000000FF000000FF)


def read_numbers(last: U64, widths: NDArray[np.intp]) -> tuple[U64, Mask]:
    """
    Read decimal numbers of up to eight digits, given the eight bytes that end with each.

    Returns the numbers, and which of them are numbers. A width of 0 or above 8 is none.
    """
    missing = (np.uint64(8) * (np.uint64(8) - np.clip(widths, 1, 8).astype(np.uint64))).astype(np.uint64)
    digits = (last ^ eight(b"0" * 8)) & (_ALL << missing)
    is_number = ((digits + (_LOW - _NINES)) | digits) & _TOP == 0
    is_number &= (widths >= 1) & (widths <= 8)
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8))
    upper = (pairs & _PAIRS) * np.uint64(0x000F424000000064)
    lower = ((pairs >> np.uint64(16)) & _PAIRS) * np.uint64(0x0000271000000001)
    return (upper + lower) >> np.uint64(32), is_number


_DATE, _TIME = eight(b"00/00/00"), eight(b"00:00:00")
_STAMP_DIGITS = _each(9, 9, 0, 9, 9, 0, 9, 9)
_LANES = _each(0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0)
_LANE_TOPS = _each(0x80, 0, 0, 0x80, 0, 0, 0x80, 0)
_DATE_MOST, _TIME_MOST = _each(99, 0, 0, 12, 0, 0, 31, 0), _each(23, 0, 0, 59, 0, 0, 59, 0)
_FROM_ONE = _each(0, 0, 0, 0x7F, 0, 0, 0x7F, 0)
_FROM_ONE_TOPS = _each(0, 0, 0, 0x80, 0, 0, 0x80, 0)


def are_dates(values: U64) -> Mask:
    """Whether eight bytes are `yy/mm/dd` with a month from 01 to 12 and a day from 01 to 31."""
    lanes, is_right = _lanes(values, _DATE, _DATE_MOST)
    is_date: Mask = is_right & ((lanes + _FROM_ONE) & _FROM_ONE_TOPS == _FROM_ONE_TOPS)
    return is_date


def are_times(values: U64) -> Mask:
    """Whether eight bytes are `hh:mm:ss`."""
    return _lanes(values, _TIME, _TIME_MOST)[1]


def _lanes(values: U64, zero: np.uint64, most: np.uint64) -> tuple[U64, Mask]:
    """The three numbers of two digits, and whether they are digits and none is above its highest."""
    digits = values ^ zero
    is_right = ((digits + (_LOW - _STAMP_DIGITS)) | digits) & _TOP == 0
    lanes = (digits * np.uint64(10) + (digits >> np.uint64(8))) & _LANES
    is_right &= (lanes + ((_LOW & _LANES) - most)) & _LANE_TOPS == 0
    return lanes, is_right


_FIRST = np.uint64(0xFF)
_SLASH, _KEYED = np.uint64(ord("/")), np.uint64(ord("R"))
_TAIL_TOPS = _each(0, *[0x80] * 7)
NO_IMAGE_TAIL = eight(b"/0000000")


def are_image_tails(values: U64) -> Mask:
    """Whether eight bytes are `/SSSSPPP` or `RSSSSPPP`: digits and capital letters."""
    is_known = is_in(values, b"0", b"9") | is_in(values, b"A", b"Z")
    first = values & _FIRST
    is_tail: Mask = (is_known & _TAIL_TOPS == _TAIL_TOPS) & ((first == _SLASH) | (first == _KEYED))
    return is_tail


def have_images(heads: U64, tails: U64) -> Mask:
    """Whether an identifier, given its first four bytes in the upper half and its last eight, names an image."""
    is_none = (heads >> np.uint64(32) == eight(b"0000\0\0\0\0")) & (tails == NO_IMAGE_TAIL)
    has_image: Mask = (tails & _FIRST == _SLASH) & ~is_none
    return has_image
