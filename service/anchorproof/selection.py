"""Which templates of a medium are worth keeping: no outliers, no near-duplicates, nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anchorproof.engine import Engine
from anchorproof.faces.templates import track_template
from anchorproof.identity.compare import ReferenceSet
from anchorproof.types import Modality, Rejection, Template, Vector

#: Face templates kept per enrolled medium.
FACES_KEPT = 8
#: Cosine from which two faces of one medium say the same. Neighbouring frames of a still head lie above.
DUPLICATE_COSINE = 0.97
#: And from which a face says the same as one already enrolled: a copy of the picture, re-encoded or resized.
COPY_COSINE = 0.985
#: An anchor with fewer templates than this is not yet known well enough to say that somebody is not them.
ENOUGH_TO_TELL = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What is enrolled already, and of whom templates are wanted (empty: nobody is known)."""

    anchor_id: str
    references: ReferenceSet

    def own(self, model_id: str) -> Vector:
        """The anchor's templates of this model, ``(n, d)``."""
        model = self.references.by_model.get(model_id)
        if model is None or self.anchor_id not in model.anchor_ids:
            return np.zeros((0, 0), np.float32)
        place = model.anchor_ids.index(self.anchor_id)
        return np.asarray(model.matrix[model.rows[model.owners == place]], np.float32)


Judged = tuple[list[Template], list[tuple[Template, Rejection]]]


def without_outliers(templates: Sequence[Template], engine: Engine) -> Judged:
    """Faces that look like another person than the rest: a wrong detection, or a face covered by something."""
    model = track_template(templates)
    kept, out = [], []
    for template in templates:
        if engine.same_person_llr(model, template) >= engine.settings.identity.recognised_llr:
            kept.append(template)
        else:
            message = "this face does not resemble the others in the same medium"
            out.append((template, Rejection(Modality.FACE, "FACE_OUTLIER", message, template.span)))
    return kept, out


def without_duplicates(templates: Sequence[Template], own: Vector) -> Judged:
    """The most different and best of them: a near-duplicate of a better one, or of one enrolled, adds nothing."""
    kept: list[Template] = []
    out: list[tuple[Template, Rejection]] = []
    for template in sorted(templates, key=lambda template: -template.quality):
        cosines = [float(other.vector @ template.vector) for other in kept]
        if len(own) and float((own @ template.vector).max()) >= COPY_COSINE:
            message = "this picture of the face is enrolled already, or a copy of it"
            out.append((template, Rejection(Modality.FACE, "FACE_ALREADY_ENROLLED", message, template.span)))
        elif cosines and max(cosines) >= DUPLICATE_COSINE:
            message = "nearly the same view of the face as a better one in this medium"
            out.append((template, Rejection(Modality.FACE, "FACE_NEAR_DUPLICATE", message, template.span)))
        else:
            kept.append(template)
    return sorted(kept, key=lambda template: template.span.start_s if template.span else 0.0), out


def spread(templates: Sequence[Template]) -> Judged:
    """At most ``FACES_KEPT``, chosen one after the other to lie as far from those chosen as can be."""
    if len(templates) <= FACES_KEPT:
        return list(templates), []
    vectors = np.stack([template.vector for template in templates])
    chosen = [int(np.argmax([template.quality for template in templates]))]
    nearest = vectors @ vectors[chosen[0]]
    while len(chosen) < FACES_KEPT:
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    kept = [template for place, template in enumerate(templates) if place in chosen]
    message = f"{FACES_KEPT} templates of one medium are enough; others show more of the face"
    out = [
        (template, Rejection(Modality.FACE, "FACE_NOT_NEEDED", message, template.span))
        for place, template in enumerate(templates)
        if place not in chosen
    ]
    return kept, out


def somebody_else(template: Template, known: Known, engine: Engine) -> Rejection | None:
    """Why this face or voice is not the anchor's: it is another anchor's, or unlike what is enrolled of this one."""
    noun = template.modality.value
    code = noun.upper()
    settings = engine.settings.identity
    comparisons = engine.compare(template, known.references, {known.anchor_id})
    own = next((item for item in comparisons if item.anchor_id == known.anchor_id), None)
    best = comparisons[0] if comparisons else None
    is_other = best is not None and best.anchor_id != known.anchor_id and best.llr >= settings.recognised_llr
    if best is not None and is_other and (own is None or own.llr < settings.recognised_llr):
        message = f"this is the {noun} of another anchor: {best.anchor_name} ({best.anchor_id})"
        return Rejection(template.modality, f"{code}_OF_ANOTHER_ANCHOR", message, template.span)
    if own is not None and own.references >= ENOUGH_TO_TELL and own.llr <= settings.rejected_llr:
        message = f"this {noun} does not resemble what is enrolled of the anchor (LLR {own.llr:.1f})"
        return Rejection(template.modality, f"{code}_NOT_THE_ANCHORS", message, template.span)
    return None
