"""Outlets, anchors, enrolments, and the trail of changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from anchorproof.types.media import Span
from anchorproof.types.people import Box
from anchorproof.types.questions import Decision, Modality


class Consent(StrEnum):
    """May this person's templates be kept and compared with?"""

    UNSPECIFIED = "unspecified"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_REQUIRED = "not_required"
    """The legal basis is another one, which ``legal_basis`` names."""

    @property
    def forbids(self) -> bool:
        return self in (Consent.REFUSED, Consent.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class LocalizedName:
    """A name in one language and script: ``zh-Hans``, ``zh-Latn``, ``en`` (BCP 47)."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """A broadcaster or agency. ``anchors`` counts those who work for it."""

    outlet_id: str
    display_name: str
    aliases: tuple[str, ...]
    country: str
    notes: str
    create_time: datetime
    update_time: datetime
    etag: str
    anchors: int = 0


@dataclass(frozen=True, slots=True)
class Logo:
    """An outlet's mark as a picture; ``width`` and ``height`` in pixels, ``media_sha256`` of the file it came from."""

    logo_id: str
    outlet_id: str
    media_sha256: str
    width: int
    height: int
    create_time: datetime


@dataclass(frozen=True, slots=True, eq=False)
class LogoMaterial:
    """A logo that can be found again: RGBA ``(height, width, 4)``."""

    media_sha256: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class LogoPicture:
    """What is looked for in clips: RGBA, and the outlet's name."""

    logo_id: str
    outlet: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is enrolled of an anchor; ``missing`` says what would make it good enough (empty: it is)."""

    face_templates: int = 0
    face_sessions: int = 0
    voice_templates: int = 0
    voice_sessions: int = 0
    speech_s: float = 0.0
    missing: tuple[str, ...] = ()

    @property
    def is_good_enough(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Anchor:
    """A real presenter in the registry. ``etag`` changes with every update.

    ``audit_id`` stands for the anchor in the audit trail, also after it was erased. Outside of ``valid_from`` and
    ``valid_until`` (None: no such bound), and while ``consent`` forbids it, nobody is compared with the anchor.
    """

    anchor_id: str
    display_name: str
    outlet: str
    aliases: tuple[str, ...]
    notes: str
    create_time: datetime
    update_time: datetime
    etag: str
    face_templates: int = 0
    voice_templates: int = 0
    outlet_id: str = ""
    localized_names: tuple[LocalizedName, ...] = ()
    consent: Consent = Consent.UNSPECIFIED
    consent_reference: str = ""
    legal_basis: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    audit_id: str = ""
    coverage: Coverage = Coverage()


@dataclass(frozen=True, slots=True)
class NameMatch:
    """An anchor found by a name; ``score`` in (0, 1], 1 for the same name; ``matched`` is the name that fitted."""

    anchor: Anchor
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """Material that was not used, with a stable reason code and words for a person."""

    modality: Modality
    reason: str
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One face or stretch of speech that was looked at for enrolment.

    ``measures``: for a face ``eyes_px``, ``turn``, ``sharpness``, ``brightness``, ``contrast``, ``visible``; for speech
    ``speech_s``, ``snr_db``, ``clipped``, ``overlap``. ``reason`` is the code of why it was not used; empty: it was.
    """

    modality: Modality
    span: Span | None
    measures: tuple[tuple[str, float], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who appears in a medium, to be picked for enrolment.

    ``seen`` and ``spoken`` are spans in time order; ``spoken`` is empty when no voice could be told to be theirs.
    ``thumbnail`` is a JPEG of the best view (empty: not seen).
    """

    person_id: str
    seen: tuple[Span, ...]
    spoken: tuple[Span, ...]
    speech_s: float
    best_time_s: float | None
    best_box: Box | None
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the authenticity analysis said of media to be enrolled: decision, LLR, and its reasons in words."""

    decision: Decision
    llr: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One piece of media enrolled for an anchor; ``media_name`` is the client's name for it.

    ``session`` is the recording session it belongs to (empty: one of its own). ``override_reason`` is not empty when
    the media looked like a spoof and were enrolled all the same.
    """

    enrolment_id: str
    anchor_id: str
    media_sha256: str
    media_name: str
    create_time: datetime
    face_templates: int
    voice_templates: int
    speech_s: float
    rejections: tuple[Rejection, ...]
    session: str = ""
    samples: tuple[Sample, ...] = ()
    assessment: Assessment | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: who did what, when, to whom.

    ``actor`` is what the caller said. ``subject`` is an ``audit_id``; ``resource`` is the resource's name while it
    exists. ``details`` never hold names or templates.
    """

    number: int
    time: datetime
    actor: str
    action: str
    subject: str
    resource: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """An anchor's names (display name first, then aliases) and outlet, as a caption could show them."""

    anchor_id: str
    names: tuple[str, ...]
    outlet: str
