"""Durations, shares and bandwidths as the configuration writes them: always with their unit."""

import re

from dfwarm.config.mistake import Refused
from dfwarm.config.values import Share

_DURATION = re.compile(r"(?=\d)(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?", re.ASCII)
_SECONDS = (86_400, 3_600, 60, 1)
_LONGEST_SECONDS = 3_660 * 86_400
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
_BANDWIDTH = re.compile(r"([1-9]\d{0,8})([KMG])", re.ASCII)
_KIB = {"K": 1, "M": 1024, "G": 1024 * 1024}
_WHOLE_BASIS_POINTS = 10_000


def duration(text: str) -> int:
    """Read `90s`, `30m`, `24h`, `7d` or `1d12h` as seconds. Raises Refused."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise Refused("is not a duration", "Write for example 90s, 30m, 24h, 7d or 1d12h.")
    seconds = sum(int(amount or 0) * unit for amount, unit in zip(match.groups(), _SECONDS, strict=True))
    if not seconds:
        raise Refused("is no time at all")
    if seconds > _LONGEST_SECONDS:
        raise Refused("is longer than ten years")
    return seconds


def share(text: str) -> Share:
    """Read `10%` or `0.5%`. Raises Refused."""
    match = _SHARE.fullmatch(text)
    if not match:
        raise Refused("is not a share", "Write for example 10% or 0.5%.")
    basis_points = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if basis_points > _WHOLE_BASIS_POINTS:
        raise Refused("is more than the whole")
    return Share(basis_points)


def bandwidth(text: str) -> int:
    """Read `0` (unlimited), `500K`, `10M` or `1G` a second, in units of 1024, as KiB. Raises Refused."""
    if text == "0":
        return 0
    match = _BANDWIDTH.fullmatch(text)
    if not match:
        raise Refused("is not a bandwidth", "Write 0 for no limit, or for example 500K, 10M or 1G a second.")
    return int(match[1]) * _KIB[match[2]]


def release_numbers(text: str) -> tuple[int, int, int]:
    """Read a release as `3.5.0`. Raises Refused."""
    match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})", text)
    if not match:
        raise Refused("is no release", "Write its three numbers, for example 3.5.0.")
    return int(match[1]), int(match[2]), int(match[3])


def sha256_text(text: str) -> str:
    """Read a SHA-256 in hexadecimal. Raises Refused."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Refused("is no SHA-256", "Write the 64 digits that sha256sum prints.")
    return text
