"""The library reads the parts of a time-stamp token late, so a token that is sound outside may be broken inside."""

import base64
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dfwarm.equipment.trust_folder import read_certificates
from dfwarm.errors import KeyUnusable, LineUnreadable, TokenRefused
from dfwarm.evidence.token import certificate_end, read_time, read_token
from dfwarm.evidence.trust import TSA_ROOTS, read_trust
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


def test_a_certificate_of_a_version_that_does_not_exist_is_refused_where_trust_is_read(tmp_path: Path) -> None:
    trust = make_seeds(tmp_path).trust
    assert read_trust(trust)
    file = tmp_path / "roots.pem"
    file.write_bytes(_of_version_six(trust[TSA_ROOTS]))
    with pytest.raises(LineUnreadable):
        read_trust({**trust, TSA_ROOTS: file.read_bytes()})
    with pytest.raises(KeyUnusable):
        read_certificates(file)


def _of_version_six(pem: bytes) -> bytes:
    whole = x509.load_pem_x509_certificates(pem)[0].public_bytes(Encoding.DER)
    version = bytes.fromhex("a003020102")
    assert version in whole
    altered = base64.encodebytes(whole.replace(version, bytes.fromhex("a003020105"), 1))
    return b"-----BEGIN CERTIFICATE-----\n" + altered + b"-----END CERTIFICATE-----\n"
