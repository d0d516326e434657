"""Make a small time-stamp authority: a root, a certificate for time-stamps below it, and what `openssl ts` needs."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import KeyUnusable

ROOT_CERTIFICATE = "ca.pem"
_YEARS = 30
_CONFIGURATION = """\
[ tsa ]
default_tsa = dfwarm
[ dfwarm ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
clock_precision_digits = 0
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def make_local_authority(folder: Path, name: str, now: datetime) -> bytes:
    """Make an authority in a folder that is not there yet, and return its root as PEM. Raises KeyUnusable."""
    if folder.exists():
        raise KeyUnusable(f"there is a time-stamp authority in {folder} already", hint="Name another folder.")
    folder.mkdir(parents=True, mode=0o700)
    root_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = _name(f"{name} time-stamp root")
    root = _certificate(root_name, root_name, root_key.public_key(), now, is_root=True).sign(root_key, hashes.SHA256())
    own_name = _name(f"{name} time-stamp authority")
    own = _certificate(own_name, root_name, own_key.public_key(), now, is_root=False).sign(root_key, hashes.SHA256())
    pem = root.public_bytes(Encoding.PEM)
    files = {
        ROOT_CERTIFICATE: pem,
        "tsa.pem": own.public_bytes(Encoding.PEM),
        "tsa.key": own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "serial": b"01\n",
        "tsa.cnf": _CONFIGURATION.format(folder=folder).encode(),
    }
    for file, content in files.items():
        write_durably(folder / file, content)
    return pem


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, *, is_root: bool
) -> x509.CertificateBuilder:
    """The root's own key is not kept: nothing else is ever signed with it."""
    usage = x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if is_root:
        return builder
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return builder.add_extension(purpose, critical=True)
