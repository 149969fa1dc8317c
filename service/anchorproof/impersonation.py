"""Names and outlets on the screen held against the faces that are shown: whose studio, and is it theirs?

Impersonation is a question of identity. It is never evidence that anything is synthetic.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from anchorproof.settings import IdentitySettings
from anchorproof.types import ClaimedAnchor, ClaimedOutlet, FaceFinding, PictureClaims, Reason, RosterEntry, Span

IMPERSONATION = "IMPERSONATION"
#: Pictures in which a face has to be seen to count as the presenter's.
_LEAST_OBSERVATIONS = 4


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who is enrolled, and whose faces can be compared."""

    roster: Sequence[RosterEntry]
    with_faces: Collection[str]

    def members(self, outlet: str) -> set[str]:
        """Anchors of the outlet whose faces can be compared."""
        wanted = _fold(outlet)
        return {
            entry.anchor_id
            for entry in self.roster
            if _fold(entry.outlet) == wanted and entry.anchor_id in self.with_faces
        }


def hold_against_faces(
    claims: PictureClaims, faces: Sequence[FaceFinding], enrolled: Enrolled, settings: IdentitySettings
) -> Iterator[Reason]:
    """One reason per claim that can be checked; IMPERSONATION_* where the faces contradict it."""
    for outlet in claims.outlets:
        yield from _outlet_reason(outlet, faces, enrolled, settings)
    for anchor in claims.anchors:
        yield from _anchor_reason(anchor, faces, enrolled, settings)


def _outlet_reason(
    claim: ClaimedOutlet, faces: Sequence[FaceFinding], enrolled: Enrolled, settings: IdentitySettings
) -> Iterator[Reason]:
    members = enrolled.members(claim.outlet)
    seen = _seen(faces, claim.spans)
    span = claim.spans[0]
    if any(face.anchor_id in members for face in seen):
        yield Reason("OUTLET_MATCHES_FACE", f"the screen shows {claim.outlet}, and an anchor of it is seen", span)
        return
    main = max(seen, key=lambda face: face.observations, default=None)
    if main is None or not members:
        yield Reason(
            "OUTLET_CLAIMED", f"the screen shows {claim.outlet} ({_how(claim)}); no face could be checked", span
        )
    elif main.anchor_id is not None or _llr_of_any(main, members) < settings.rejected_llr:
        words = (
            f"the screen shows {claim.outlet} ({_how(claim)}), but the face seen most then is none of the "
            f"{len(members)} enrolled there: impersonation, or a guest; this says nothing about synthesis"
        )
        yield Reason("IMPERSONATION_OUTLET", words, span)
    else:
        words = (
            f"the screen shows {claim.outlet} ({_how(claim)}); the comparison with its anchors is too weak to say more"
        )
        yield Reason("OUTLET_CLAIMED", words, span)


def _how(claim: ClaimedOutlet) -> str:
    """By which words, or by its logo."""
    if not claim.logo_id:
        return claim.text
    return f"{claim.text}, and its logo" if claim.text else "by its logo"


def _anchor_reason(
    claim: ClaimedAnchor, faces: Sequence[FaceFinding], enrolled: Enrolled, settings: IdentitySettings
) -> Iterator[Reason]:
    seen = _seen(faces, claim.spans)
    span = claim.spans[0]
    if any(face.anchor_id == claim.anchor_id for face in seen):
        yield Reason("NAME_MATCHES_FACE", f"a caption names {claim.name}, whose face is seen", span)
    elif len(seen) == 1 and claim.anchor_id in enrolled.with_faces and _is_rejected(seen[0], claim, settings):
        words = (
            f"a caption names {claim.name} ({claim.text}), but the only face seen then is not theirs: impersonation, "
            "or somebody else is being named; this says nothing about synthesis"
        )
        yield Reason("IMPERSONATION_NAME", words, span)
    else:
        yield Reason("NAME_CLAIMED", f"a caption names {claim.name} ({claim.text})", span)


def _llr_of_any(face: FaceFinding, members: Collection[str]) -> float:
    """LLR of "the face is one of these, each as likely" against "it is another person's".

    That is the mean of the members' ratios: the best of many strangers' comparisons is high by itself. Members whose
    comparison is not among those reported compare worse than the last that is.
    """
    reported = {item.anchor_id: item.llr for item in face.comparisons}
    least = min(reported.values())
    return math.log10(sum(10 ** reported.get(member, least) for member in members) / len(members))


def _is_rejected(face: FaceFinding, claim: ClaimedAnchor, settings: IdentitySettings) -> bool:
    llrs = [item.llr for item in face.comparisons if item.anchor_id == claim.anchor_id]
    return bool(llrs) and max(llrs) < settings.rejected_llr


def _seen(faces: Sequence[FaceFinding], spans: Sequence[Span]) -> list[FaceFinding]:
    """Faces that were compared and are seen long enough while the claim stands (a still has no length)."""
    return [
        face
        for face in faces
        if face.comparisons
        and (face.observations >= _LEAST_OBSERVATIONS or face.span.duration_s == 0)
        and any(_meet(face.span, span) for span in spans)
    ]


def _meet(one: Span, other: Span) -> bool:
    return one.start_s <= other.end_s and other.start_s <= one.end_s


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
