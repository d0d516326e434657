"""The library reads the parts of a time-stamp token late, so a token that is sound outside may be broken inside."""

from pathlib import Path

import pytest

from dfwarm.errors import TokenRefused
from dfwarm.evidence.token import certificate_end, read_time, read_token
from fuzz.seeds import make_seeds

WRONG = (0x00, 0x05, 0x30, 0xFF)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.requirement("URS-EVD-03")
def test_a_token_with_any_byte_altered_is_read_or_refused(tmp_path: Path) -> None:
    (token,) = make_seeds(tmp_path).tokens
    refused = 0
    for place in range(len(token)):
        for byte in WRONG:
            altered = token[:place] + bytes([byte]) + token[place + 1 :]
            for read in (read_token, read_time, certificate_end):
                try:
                    read(altered)
                except TokenRefused:
                    refused += 1
    assert refused > len(token)
