"""Certificates that tests make for themselves: an authority, and what it vouches for."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True)
class Vouched:
    """A certificate with its key, in files as well."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    pem: Path
    key_pem: Path


def vouched(folder: Path, name: str, authority: Vouched | None = None) -> Vouched:
    """A certificate for 127.0.0.1 that an authority signed, or an authority itself; good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(authority.certificate.subject if authority else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(authority.key if authority else key, hashes.SHA256())
    )
    made = Vouched(certificate, key, folder / f"{name}.pem", folder / f"{name}.key")
    made.pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    made.key_pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made
