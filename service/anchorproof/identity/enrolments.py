"""Enrolments inside one transaction: what one medium yielded for one anchor."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.databases import Session
from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.identity import names
from anchorproof.identity.rows import (
    ASSESSMENT,
    REJECTIONS,
    SAMPLES,
    enrolment_from_row,
    label,
    retained_label,
    template_columns,
    to_blob,
)
from anchorproof.identity.seal import OVERHEAD_BYTES, Seal
from anchorproof.times import now
from anchorproof.types import Assessment, Enrolment, Modality, Rejection, Sample, Span, Template


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of several people is the anchor: by a picture of them, a time range, or the person that was shown."""

    reference: Path | None = None
    span: Span | None = None
    person_id: str = ""

    def __post_init__(self) -> None:
        if sum((self.reference is not None, self.span is not None, bool(self.person_id))) != 1:
            raise RequestInvalid("pick by a reference picture, a time range or a person: exactly one of them", "pick")


@dataclass(frozen=True, slots=True)
class EnrolmentWish:
    """What the client decides about one medium to be enrolled.

    ``override_reason``: enrol although the media look like a spoof, or like somebody else; the words are recorded.
    """

    pick: Pick | None = None
    session: str = ""
    override_reason: str = ""


NO_WISH = EnrolmentWish()


@dataclass(frozen=True, slots=True)
class Retained:
    """What templates of another model can be made from; ``content`` is the enrolment room's own format."""

    modality: Modality
    content: bytes


@dataclass(frozen=True, slots=True)
class EnrolmentMaterial:
    """What one piece of media yields for the registry; ``speech_s`` is the speech behind its voice templates.

    ``session`` and ``override_reason`` as in ``Enrolment``; ``retained`` only where the settings want it.
    """

    media_sha256: str
    templates: tuple[Template, ...]
    rejections: tuple[Rejection, ...]
    speech_s: float
    samples: tuple[Sample, ...] = ()
    session: str = ""
    assessment: Assessment | None = None
    override_reason: str = ""
    retained: tuple[Retained, ...] = ()


def get(session: Session, anchor_id: str, enrolment_id: str) -> Enrolment:
    """Raises NotFound."""
    row = session.row("get_enrolment", anchor_id=anchor_id, enrolment_id=enrolment_id)
    if row is None:
        raise NotFound("enrolment", enrolment_id)
    return enrolment_from_row(row)


def find(session: Session, anchor_id: str, media_sha256: str) -> str | None:
    """The id of the enrolment that the anchor has of this media."""
    row = session.row("find_media", anchor_id=anchor_id, media_sha256=media_sha256)
    return None if row is None else str(row["enrolment_id"])


def insert(session: Session, anchor_id: str, material: EnrolmentMaterial, media_name: str, seal: Seal) -> str:
    """The new enrolment's id; its templates are not in it yet."""
    enrolment_id = uuid.uuid4().hex
    session.run(
        "insert_enrolment",
        enrolment_id=enrolment_id,
        anchor_id=anchor_id,
        media_sha256=material.media_sha256,
        media_name=media_name,
        now=now(),
        speech_s=material.speech_s,
        rejections=REJECTIONS.dump_json(material.rejections).decode(),
        session=names.check_line("session", material.session, names.NAME_LENGTH),
        assessment=ASSESSMENT.dump_json(material.assessment).decode() if material.assessment else None,
        override_reason=names.check_line("override_reason", material.override_reason),
        samples=SAMPLES.dump_json(material.samples).decode(),
    )
    for part in material.retained:
        bound_to = retained_label(enrolment_id, part.modality.value)
        session.run(
            "insert_retained",
            enrolment_id=enrolment_id,
            modality=part.modality.value,
            key_id=seal.key_id,
            content=seal.close(part.content, bound_to),
        )
    return enrolment_id


def insert_templates(session: Session, enrolment_id: str, templates: Sequence[Template], seal: Seal) -> int:
    """Add those of models that the enrolment lacks; gives their number.

    Raises:
        RequestInvalid: they differ in length from the model's earlier ones.
    """
    present = {row["model_id"] for row in session.rows("list_models", enrolment_id=enrolment_id)}
    new = [template for template in templates if template.model_id not in present]
    for model_id in sorted({template.model_id for template in new}):
        lengths = {4 * len(template.vector) for template in new if template.model_id == model_id}
        row = session.row("vector_bytes", model_id=model_id)
        if len(lengths | ({row["bytes"] - OVERHEAD_BYTES} if row else set())) > 1:
            raise RequestInvalid(f"templates of model {model_id!r} differ in length from those already enrolled")
    session.run_many("insert_template", [_sealed(enrolment_id, template, seal) for template in new])
    if new and present:
        session.run("touch_enrolment", enrolment_id=enrolment_id)
    return len(new)


def why_rejected(rejections: Sequence[Rejection]) -> str:
    """In words, each reason once."""
    reasons = dict.fromkeys(rejection.message for rejection in rejections)
    return "nothing in the media could be enrolled: " + ("; ".join(reasons) or "no face and no speech was found")


def _sealed(enrolment_id: str, template: Template, seal: Seal) -> dict[str, Any]:
    columns = template_columns(enrolment_id, template)
    vector = seal.close(to_blob(template.vector), label(columns))
    return {**columns, "key_id": seal.key_id, "vector": vector}
