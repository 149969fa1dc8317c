"""Declarations written into built clips: the AIGC label as a container tag, and content credentials by a nobody."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import av
import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LABEL = {"AIGC": {"Label": "1", "ContentProducer": "Example Generator", "ProduceID": "1", "ReservedCode1": ""}}
_AI_MADE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def with_aigc_label(content: bytes) -> bytes:
    """The MP4 with the label of GB 45438-2025 among its tags, packets untouched."""
    target = io.BytesIO()
    with (
        av.open(io.BytesIO(content)) as source,
        av.open(target, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as output,
    ):
        output.metadata["AIGC"] = json.dumps(_LABEL)
        streams = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    return target.getvalue()


def with_credentials(content: bytes) -> bytes:
    """The MP4 signed as AI-made, by a signer on no trust list."""
    chain, key = _signer()
    action = {"action": "c2pa.created", "softwareAgent": "Example Generator", "digitalSourceType": _AI_MADE}
    manifest = {
        "claim_generator_info": [{"name": "Example Generator", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    signed = io.BytesIO()
    info = c2pa.C2paSignerInfo(b"es256", chain, key, None)
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
        builder.sign(signer, "video/mp4", io.BytesIO(content), signed)
    return signed.getvalue()


def _signer() -> tuple[bytes, bytes]:
    """A certificate chain of two and the leaf's key, both PEM, made for this run."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = _name("Example Root"), _name("Example Generator")
    root = _certificate(root_name, root_key, root_name, root_key, is_authority=True)
    leaf = _certificate(name, key, root_name, root_key, is_authority=False)
    chain = b"".join(part.public_bytes(serialization.Encoding.PEM) for part in (leaf, root))
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return chain, key.private_bytes(*encoding)


def _name(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    public = key.public_key()
    usage = x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(usage, critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
