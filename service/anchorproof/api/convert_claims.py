"""Messages <-> types of what a clip says of itself; ``convert`` takes them from here."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from anchorproof.types import (
    Box,
    Caption,
    CaptionRole,
    ClaimedAnchor,
    ClaimedOutlet,
    ContentCredentials,
    CredentialState,
    DeclaredOrigin,
    GeneratorHint,
    Ingredient,
    LabelClaim,
    LabelKind,
    OriginLabel,
    PictureClaims,
    SignedAction,
    SourceKind,
    Span,
)
from anchorproof.v1 import claims_pb2, media_pb2

_E = TypeVar("_E", bound=StrEnum)


def _number(enum: EnumTypeWrapper, prefix: str, value: StrEnum) -> Any:
    return enum.Value(f"{prefix}_{value.name}")


def _member(kind: type[_E], enum: EnumTypeWrapper, prefix: str, number: int) -> _E:
    return kind[enum.Name(number).removeprefix(f"{prefix}_")]


def _span_message(span: Span | None) -> media_pb2.Span | None:
    return media_pb2.Span(start_s=span.start_s, end_s=span.end_s) if span else None


def _spans(spans: Iterable[Span]) -> list[media_pb2.Span]:
    return [media_pb2.Span(start_s=span.start_s, end_s=span.end_s) for span in spans]


def _read_spans(messages: Iterable[media_pb2.Span]) -> tuple[Span, ...]:
    return tuple(Span(message.start_s, message.end_s) for message in messages)


# --------------------------------------------------------------------------- declared origin


def origin_message(origin: DeclaredOrigin | None) -> claims_pb2.DeclaredOrigin | None:
    if origin is None:
        return None
    return claims_pb2.DeclaredOrigin(
        credentials=_credentials_message(origin.credentials),
        labels=[_label_message(label) for label in origin.labels],
        hints=[
            claims_pb2.GeneratorHint(generator=hint.generator, key=hint.key, value=hint.value) for hint in origin.hints
        ],
    )


def read_origin(message: claims_pb2.DeclaredOrigin) -> DeclaredOrigin:
    return DeclaredOrigin(
        credentials=_read_credentials(message.credentials),
        labels=tuple(_read_label(label) for label in message.labels),
        hints=tuple(GeneratorHint(hint.generator, hint.key, hint.value) for hint in message.hints),
    )


def _credentials_message(credentials: ContentCredentials) -> claims_pb2.ContentCredentials:
    return claims_pb2.ContentCredentials(
        state=_number(claims_pb2.CredentialState, "CREDENTIAL_STATE", credentials.state),
        signer=credentials.signer,
        issuer=credentials.issuer,
        claim_generator=credentials.claim_generator,
        signing_time=credentials.signing_time,
        actions=[
            claims_pb2.SignedAction(
                action=action.action,
                source_type=action.source_type,
                source_kind=_number(claims_pb2.SourceKind, "SOURCE_KIND", action.source_kind),
                software=action.software,
                is_inherited=action.is_inherited,
            )
            for action in credentials.actions
        ],
        ingredients=[
            claims_pb2.Ingredient(
                title=part.title, relationship=part.relationship, has_credentials=part.has_credentials
            )
            for part in credentials.ingredients
        ],
        problems=credentials.problems,
    )


def _read_credentials(message: claims_pb2.ContentCredentials) -> ContentCredentials:
    return ContentCredentials(
        state=_member(CredentialState, claims_pb2.CredentialState, "CREDENTIAL_STATE", message.state),
        signer=message.signer,
        issuer=message.issuer,
        claim_generator=message.claim_generator,
        signing_time=message.signing_time,
        actions=tuple(
            SignedAction(
                action.action,
                action.source_type,
                _member(SourceKind, claims_pb2.SourceKind, "SOURCE_KIND", action.source_kind),
                action.software,
                action.is_inherited,
            )
            for action in message.actions
        ),
        ingredients=tuple(
            Ingredient(part.title, part.relationship, part.has_credentials) for part in message.ingredients
        ),
        problems=tuple(message.problems),
    )


def _label_message(label: OriginLabel) -> claims_pb2.OriginLabel:
    return claims_pb2.OriginLabel(
        kind=_number(claims_pb2.LabelKind, "LABEL_KIND", label.kind),
        claim=_number(claims_pb2.LabelClaim, "LABEL_CLAIM", label.claim),
        place=label.place,
        text=label.text,
        producer=label.producer,
        content_id=label.content_id,
        propagator=label.propagator,
        problems=label.problems,
        span=_span_message(label.span),
        height_share=label.height_share,
    )


def _read_label(message: claims_pb2.OriginLabel) -> OriginLabel:
    return OriginLabel(
        kind=_member(LabelKind, claims_pb2.LabelKind, "LABEL_KIND", message.kind),
        claim=_member(LabelClaim, claims_pb2.LabelClaim, "LABEL_CLAIM", message.claim),
        place=message.place,
        text=message.text,
        producer=message.producer,
        content_id=message.content_id,
        propagator=message.propagator,
        problems=tuple(message.problems),
        span=Span(message.span.start_s, message.span.end_s) if message.HasField("span") else None,
        height_share=message.height_share,
    )


# --------------------------------------------------------------------------- what the picture claims


def claims_message(claims: PictureClaims | None) -> claims_pb2.PictureClaims | None:
    if claims is None:
        return None
    return claims_pb2.PictureClaims(
        captions=[_caption_message(caption) for caption in claims.captions],
        anchors=[
            claims_pb2.ClaimedAnchor(
                anchor=f"anchors/{claim.anchor_id}",
                name=claim.name,
                text=claim.text,
                similarity=claim.similarity,
                spans=_spans(claim.spans),
            )
            for claim in claims.anchors
        ],
        outlets=[
            claims_pb2.ClaimedOutlet(
                outlet=claim.outlet,
                text=claim.text,
                similarity=claim.similarity,
                spans=_spans(claim.spans),
                logo=claim.logo_id,
                box=_box_message(claim.box) if claim.box else None,
            )
            for claim in claims.outlets
        ],
        frames_read=claims.frames_read,
        garble_score=claims.garble_score,
    )


def read_claims(message: claims_pb2.PictureClaims) -> PictureClaims:
    return PictureClaims(
        captions=tuple(_read_caption(caption) for caption in message.captions),
        anchors=tuple(
            ClaimedAnchor(
                claim.anchor.removeprefix("anchors/"),
                claim.name,
                claim.text,
                claim.similarity,
                _read_spans(claim.spans),
            )
            for claim in message.anchors
        ),
        outlets=tuple(
            ClaimedOutlet(
                claim.outlet,
                claim.text,
                claim.similarity,
                _read_spans(claim.spans),
                claim.logo,
                _read_box(claim.box) if claim.HasField("box") else None,
            )
            for claim in message.outlets
        ),
        frames_read=message.frames_read,
        garble_score=message.garble_score if message.HasField("garble_score") else None,
    )


def _caption_message(caption: Caption) -> claims_pb2.Caption:
    box = caption.box
    return claims_pb2.Caption(
        text=caption.text,
        span=_span_message(caption.span),
        box=_box_message(box),
        height_px=caption.height_px,
        role=_number(claims_pb2.CaptionRole, "CAPTION_ROLE", caption.role),
        confidence=caption.confidence,
    )


def _read_caption(message: claims_pb2.Caption) -> Caption:
    box = message.box
    return Caption(
        text=message.text,
        span=Span(message.span.start_s, message.span.end_s),
        box=_read_box(box),
        height_px=message.height_px,
        role=_member(CaptionRole, claims_pb2.CaptionRole, "CAPTION_ROLE", message.role),
        confidence=message.confidence,
    )


def _box_message(box: Box) -> media_pb2.Box:
    return media_pb2.Box(x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2)


def _read_box(message: media_pb2.Box) -> Box:
    return Box(message.x1, message.y1, message.x2, message.y2)
