"""What a clip says of itself: read by the rooms, then put into words, as reasons, flags and scenarios.

Nothing here is evidence on authenticity: a declaration is no deception and its absence says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anchorproof.captions.captions import Screen, read_captions
from anchorproof.captions.garble import WRITING
from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.labels import find_screen_labels
from anchorproof.captions.logos import check_logo, find_logos
from anchorproof.captions.matching import find_claims
from anchorproof.engine import Clock, Engine
from anchorproof.identity.compare import ReferenceSet
from anchorproof.impersonation import IMPERSONATION, Enrolled, hold_against_faces
from anchorproof.media.marks import read_mark
from anchorproof.media.statements import read_statements
from anchorproof.provenance.origin import read_origin
from anchorproof.settings import MediaSettings
from anchorproof.types import (
    ClaimedOutlet,
    ClipInfo,
    ContentCredentials,
    CredentialState,
    DeclaredOrigin,
    Evidence,
    FaceFinding,
    LabelClaim,
    LabelKind,
    LogoMaterial,
    OriginLabel,
    PictureClaims,
    Question,
    RawScore,
    Reason,
    ScenarioGuess,
    SegmentScore,
    SourceKind,
    Span,
    Statements,
    Unassessed,
)

DECLARED_SYNTHETIC = "DECLARED_SYNTHETIC"
_SYNTHETIC = (SourceKind.SYNTHETIC, SourceKind.PARTLY_SYNTHETIC)


@dataclass(frozen=True, slots=True)
class Claims:
    """All that the clip says of itself, and what of it could not be read; ``pictured`` None: there is no picture.

    ``writing`` is what the letters in it look like; None: nobody looked.
    """

    declared: DeclaredOrigin
    pictured: PictureClaims | None = None
    unassessed: tuple[Unassessed, ...] = ()
    writing: RawScore | Unassessed | None = None

    @property
    def anchor_ids(self) -> set[str]:
        """Whom the captions name."""
        return {anchor.anchor_id for anchor in self.pictured.anchors} if self.pictured else set()


def read_declared(clip: Path, info: ClipInfo, engine: Engine, clock: Clock) -> Claims:
    """Declared origin of the file."""
    with clock.step("declared", 0.02):
        trust_list = engine.settings.provenance.trust_list
        declared, unread = read_origin(read_statements(clip, info, engine.settings.media, trust_list))
    return Claims(declared, None, (unread,) if unread else ())


def read_pictured(
    claims: Claims, chooser: FrameChooser, info: ClipInfo, references: ReferenceSet, engine: Engine, clock: Clock
) -> Claims:
    """The claims with what is written in the pictures that the chooser saw pass by; a label there is a declaration."""
    with clock.step("captions", 0.1):
        settings = engine.settings.captions
        if info.video is None or settings.limit_frames == 0:
            return claims
        screen = read_captions(chooser, engine.text_reader, info.duration_s, settings)
        anchors, by_name = find_claims(screen.captions, references.roster)
        by_logo = find_logos(chooser.chosen(), chooser.copies, references.logos, settings.least_logo_score)
        outlets = with_logos(by_name, by_logo)
        labels = (*claims.declared.labels, *find_screen_labels(screen.captions, screen.size))
        writing = judge_writing(screen, engine)
        garble_score = writing.score if isinstance(writing, RawScore) else None
        pictured = PictureClaims(screen.captions, anchors, outlets, screen.frames_read, garble_score)
        return replace(claims, declared=replace(claims.declared, labels=labels), pictured=pictured, writing=writing)


def read_logo(media: Path, settings: MediaSettings) -> LogoMaterial:
    """A picture of an outlet's logo, as it is looked for in clips.

    Raises:
        ClipRejected: it cannot be read.
        LogoUnfit: it could not be found again.
    """
    with media.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return LogoMaterial(sha256, check_logo(read_mark(media, settings)))


def with_logos(by_name: Sequence[ClaimedOutlet], by_logo: Sequence[ClaimedOutlet]) -> tuple[ClaimedOutlet, ...]:
    """Each outlet once: by its name, with the logo beside it where that was found too; then those by their logo."""
    logos = {claim.outlet: claim for claim in by_logo}
    named = []
    for claim in by_name:
        logo = logos.pop(claim.outlet, None)
        named.append(claim if logo is None else _with_logo(claim, logo))
    return (*named, *logos.values())


def _with_logo(claim: ClaimedOutlet, logo: ClaimedOutlet) -> ClaimedOutlet:
    spans = tuple(sorted({*claim.spans, *logo.spans}))
    return replace(claim, spans=spans, logo_id=logo.logo_id, box=logo.box)


def judge_writing(screen: Screen, engine: Engine) -> RawScore | Unassessed:
    """How far what is written looks like print, or why that cannot be said."""
    entry = engine.models.default("text_recognition")
    if entry.higher_means is None:
        return Unassessed(WRITING, "NOT_CALIBRATED", f"nothing is known about what {entry.model_id} makes of garble")
    if screen.legibility is None:
        return Unassessed(WRITING, "TOO_LITTLE_WRITING", "too few letters stand large and clear in the picture")
    parts = tuple(SegmentScore(span, read.garble_score) for span, read in screen.readings)
    return RawScore(WRITING, entry.model_id, screen.legibility.garble_score, parts)


def state(claims: Claims, faces: Sequence[FaceFinding], references: ReferenceSet, engine: Engine) -> Statements:
    """What the claims add to a verdict, in words: the declarations, and the names held against the faces."""
    said = state_declared(claims.declared)
    if claims.pictured is None:
        return said
    face_models = {item.model_id for face in faces for item in face.comparisons}
    with_faces = {anchor_id for model_id in face_models for anchor_id in references.anchors_with(model_id)}
    enrolled = Enrolled(references.roster, with_faces)
    checked = tuple(hold_against_faces(claims.pictured, faces, enrolled, engine.settings.identity))
    reasons = (*said.reasons, *checked)
    if not any(reason.code.startswith(IMPERSONATION) for reason in checked):
        return Statements(reasons, said.flags, said.scenarios)
    words = (
        "a real outlet's or anchor's name on the screen, with a face that is not theirs: impersonation, not synthesis"
    )
    return Statements(reasons, (*said.flags, IMPERSONATION), (*said.scenarios, ScenarioGuess("A8", words)))


def state_declared(declared: DeclaredOrigin) -> Statements:
    """What the clip declares about its origin, in words."""
    reasons = [*_credential_reasons(declared.credentials), *map(_label_reason, declared.labels)]
    reasons += [
        Reason("GENERATOR_HINT", f"the file's metadata name {hint.generator} ({hint.key}); a hint, not a proof")
        for hint in declared.hints
    ]
    sources = list(_synthetic_declarations(declared))
    if not sources:
        return Statements(tuple(reasons))
    words = f"declared as AI-made by {' and '.join(sources)}: a declared synthetic presenter is no deception"
    return Statements(tuple(reasons), (DECLARED_SYNTHETIC,), (ScenarioGuess("B3", words),))


def signed_capture(declared: DeclaredOrigin, llr: float) -> list[Evidence]:
    """Evidence for a genuine recording: content credentials that hold, by a signer on the trust list, of a capture
    to which nothing synthetic was added; ``llr`` is what the operator takes such a signature to be worth."""
    credentials = declared.credentials
    kinds = {action.source_kind for action in credentials.actions}
    is_capture = SourceKind.CAPTURE in kinds and not kinds & set(_SYNTHETIC)
    if credentials.state is not CredentialState.TRUSTED or not is_capture or llr <= 0:
        return []
    return [Evidence("credentials", Question.AUTHENTICITY, -llr, 1.0, "", "settings", "", Span(0.0, 0.0), ())]


def _synthetic_declarations(declared: DeclaredOrigin) -> Iterator[str]:
    credentials = declared.credentials
    is_valid = credentials.state in (CredentialState.TRUSTED, CredentialState.UNTRUSTED)
    if is_valid and any(action.source_kind in _SYNTHETIC for action in credentials.actions):
        yield "its content credentials"
    kinds = {label.kind for label in declared.labels if label.claim is LabelClaim.SYNTHETIC}
    if LabelKind.AIGC in kinds:
        yield "its AIGC label"
    if LabelKind.ON_SCREEN in kinds:
        yield "a label on the screen"


# --------------------------------------------------------------------------- credentials in words


def _credential_reasons(credentials: ContentCredentials) -> Iterator[Reason]:
    signer = credentials.signer or "an unnamed signer"
    if credentials.state is CredentialState.INVALID:
        why = "; ".join(credentials.problems) or "no reason given"
        words = (
            "the file carries content credentials that do not hold: it was changed after signing, or they are damaged"
        )
        words = f"{words} ({why})"
        yield Reason("CREDENTIALS_INVALID", words)
        if any(action.source_kind in _SYNTHETIC for action in credentials.actions):
            yield Reason("CREDENTIALS_INVALID_SYNTHETIC", "these broken credentials say that the material is AI-made")
    elif credentials.state is CredentialState.TRUSTED:
        yield from _trusted_reasons(credentials, signer)
    elif credentials.state is CredentialState.UNTRUSTED:
        words = (
            f"content credentials by {signer} hold, but the signer is on no trust list: unchanged since, by whomever"
        )
        yield Reason("CREDENTIALS_UNTRUSTED", words)
    elif credentials.problems:
        yield Reason("CREDENTIALS_REMOTE", f"no credentials in the file; {'; '.join(credentials.problems)}")
    if credentials.state in (CredentialState.TRUSTED, CredentialState.UNTRUSTED):
        yield from _source_reasons(credentials, signer)


def _trusted_reasons(credentials: ContentCredentials, signer: str) -> Iterator[Reason]:
    kinds = {action.source_kind for action in credentials.actions}
    if SourceKind.CAPTURE in kinds and not kinds & set(_SYNTHETIC):
        words = (
            f"signed as a camera's capture by {signer}, who is on the trust list, and unchanged since: this supports a "
            "genuine recording"
        )
        yield Reason("CREDENTIALS_TRUSTED_CAPTURE", words)
    else:
        yield Reason("CREDENTIALS_TRUSTED", f"content credentials by {signer}, who is on the trust list, hold")


def _source_reasons(credentials: ContentCredentials, signer: str) -> Iterator[Reason]:
    said = {(action.source_kind, action.source_type, action.is_inherited) for action in credentials.actions}
    for kind, source_type, is_inherited in sorted(said):
        if kind in _SYNTHETIC:
            what = "AI-made" if kind is SourceKind.SYNTHETIC else "partly AI-made"
            whose = "the file this one was made from" if is_inherited else "the material"
            yield Reason("CREDENTIALS_SYNTHETIC", f"{signer} declares {whose} {what} ({source_type})")


# --------------------------------------------------------------------------- labels in words

_CLAIM_WORDS = {
    LabelClaim.SYNTHETIC: "is AI-made",
    LabelClaim.POSSIBLY_SYNTHETIC: "may be AI-made",
    LabelClaim.SUSPECTED_SYNTHETIC: "is suspected to be AI-made",
    LabelClaim.NOT_LABELLED: "carries no label of the platform, which is no evidence",
}
_KIND_WORDS = {
    LabelKind.AIGC: "the AIGC label",
    LabelKind.AIGC_INFO: "the platform's aigc_info",
    LabelKind.ON_SCREEN: "a label on the screen",
}


def _label_reason(label: OriginLabel) -> Reason:
    by = f" by {label.producer}" if label.producer else ""
    short = "falls short" if label.kind is LabelKind.ON_SCREEN else "malformed"
    faults = f"; {short}: {'; '.join(label.problems)}" if label.problems else ""
    what = f"{_KIND_WORDS[label.kind]}{by} ({label.place})"
    if label.claim is LabelClaim.UNCLEAR:
        return Reason(
            f"{label.kind.name}_{label.claim.name}", f"{what} is there but cannot be read{faults}", label.span
        )
    words = f"{what} says that the clip {_CLAIM_WORDS[label.claim]}{faults}"
    return Reason(f"{label.kind.name}_{label.claim.name}", words, label.span)
