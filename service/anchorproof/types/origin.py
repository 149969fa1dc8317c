"""What a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anchorproof.types.media import Span


@dataclass(frozen=True, slots=True)
class Tag:
    """One metadata entry; ``where`` is container, picture, stream N or png text."""

    where: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class FileStatements:
    """What a file says of itself, as found and not yet understood.

    ``label_texts`` begin with what looks like an AIGC label somewhere in the bytes; ``manifest_store`` is the C2PA
    library's JSON, empty when there is none; ``failure`` tells why the reading broke off.
    """

    tags: tuple[Tag, ...] = ()
    xmp_packets: tuple[str, ...] = ()
    label_texts: tuple[str, ...] = ()
    manifest_store: str = ""
    credential_error: str = ""
    failure: str = ""


class CredentialState(StrEnum):
    """What the C2PA signature is worth."""

    TRUSTED = "trusted"
    """Valid, by a signer on the configured trust list."""
    UNTRUSTED = "untrusted"
    """Valid, by a signer on no trust list: the file was not changed since, by whomever it was signed."""
    INVALID = "invalid"
    """There is a signature and it does not hold."""
    ABSENT = "absent"
    """No credentials; most files have none, so this says nothing."""


class SourceKind(StrEnum):
    """What a C2PA action's digitalSourceType means here."""

    CAPTURE = "capture"
    SYNTHETIC = "synthetic"
    PARTLY_SYNTHETIC = "partly_synthetic"
    OTHER = "other"
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class SignedAction:
    """One action of a manifest; ``is_inherited``: from the manifest of the file this one was made from."""

    action: str
    source_type: str
    source_kind: SourceKind
    software: str
    is_inherited: bool


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Something that went into the file, as its active manifest lists it."""

    title: str
    relationship: str
    has_credentials: bool


@dataclass(frozen=True, slots=True)
class ContentCredentials:
    """The active C2PA manifest; ``problems`` are the standard's failure codes with their explanations."""

    state: CredentialState = CredentialState.ABSENT
    signer: str = ""
    issuer: str = ""
    claim_generator: str = ""
    signing_time: str = ""
    actions: tuple[SignedAction, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    problems: tuple[str, ...] = ()


class LabelKind(StrEnum):
    """Where a label of origin comes from."""

    AIGC = "aigc"
    """Implicit label of GB 45438-2025."""
    AIGC_INFO = "aigc_info"
    """A platform's aigc_info."""
    ON_SCREEN = "on_screen"
    """Text in the picture."""


class LabelClaim(StrEnum):
    """What a label says of the clip."""

    SYNTHETIC = "synthetic"
    POSSIBLY_SYNTHETIC = "possibly_synthetic"
    SUSPECTED_SYNTHETIC = "suspected_synthetic"
    NOT_LABELLED = "not_labelled"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class OriginLabel:
    """One label of origin.

    ``place`` tells where it was found; ``problems`` what is malformed in it. ``span`` and ``height_share`` (of the
    short side) are those of an on-screen label.
    """

    kind: LabelKind
    claim: LabelClaim
    place: str
    text: str
    producer: str = ""
    content_id: str = ""
    propagator: str = ""
    problems: tuple[str, ...] = ()
    span: Span | None = None
    height_share: float = 0.0


@dataclass(frozen=True, slots=True)
class GeneratorHint:
    """A metadata entry that names a known generator: a hint, since anybody can write or remove it."""

    generator: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class DeclaredOrigin:
    """What the clip declares about where it comes from. That something is absent is no evidence."""

    credentials: ContentCredentials = ContentCredentials()
    labels: tuple[OriginLabel, ...] = ()
    hints: tuple[GeneratorHint, ...] = ()
