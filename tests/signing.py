"""Certificates and C2PA signatures that tests make for themselves; valid for a year, trusted by nobody."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True)
class Signer:
    """A signing key with its certificate chain, and the root to trust (PEM)."""

    chain: bytes
    key: bytes
    root: bytes


def make_signer(common_name: str = "Camera 1", is_expired: bool = False) -> Signer:
    """A root and an end-entity certificate fit for C2PA (its profile: ECDSA P-256, key usage, e-mail protection)."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("Test Root")
    root = _certificate(root_name, root_name, root_key, root_key, is_authority=True)
    leaf = _certificate(_name(common_name), root_name, key, root_key, is_authority=False, is_expired=is_expired)
    return Signer(_pem(leaf) + _pem(root), _key_pem(key), _pem(root))


def make_self_signed() -> Signer:
    """A certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Anybody")
    leaf = _certificate(name, name, key, key, is_authority=False)
    return Signer(_pem(leaf), _key_pem(key), _pem(leaf))


def sign(path: Path, mime: str, signer: Signer, actions: Sequence[dict[str, Any]], is_edit: bool = False) -> Path:
    """The file with a manifest that states the actions, beside the original as ``signed-NAME``.

    An edit names the file it was made from as its parent, with that file's own credentials."""
    manifest = {
        "claim_generator_info": [{"name": "anchorproof tests", "version": "1"}],
        "title": path.name,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": list(actions)}}],
    }
    signed = io.BytesIO()
    info = c2pa.C2paSignerInfo(b"es256", signer.chain, signer.key, None)
    with c2pa.Signer.from_info(info) as key, c2pa.Builder(json.dumps(manifest)) as builder:
        if is_edit:  # the library then adds the source as the parent, and c2pa.opened
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        with path.open("rb") as source:
            builder.sign(key, mime, source, signed)
    target = path.with_name(f"signed-{path.name}")
    target.write_bytes(signed.getvalue())
    return target


def created(source_type: str = "digitalCapture", software: str = "Model X") -> dict[str, Any]:
    """A c2pa.created action."""
    return {"action": "c2pa.created", "softwareAgent": software, "digitalSourceType": SOURCE_TYPE + source_type}


def _name(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Cameras")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    is_authority: bool,
    is_expired: bool = False,
) -> x509.Certificate:
    end = datetime.now(UTC) + timedelta(days=-1 if is_expired else 365)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority, **usage
            ),
            critical=True,
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
