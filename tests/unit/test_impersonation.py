from __future__ import annotations

import pytest

from anchorproof.impersonation import Enrolled, hold_against_faces
from anchorproof.settings import IdentitySettings
from anchorproof.types import (
    Box,
    ClaimedAnchor,
    ClaimedOutlet,
    Comparison,
    FaceFinding,
    Modality,
    PictureClaims,
    RosterEntry,
    Span,
)

SPAN = Span(0.0, 8.0)
ROSTER = (
    RosterEntry("ada", ("Ada Example",), "Example News"),
    RosterEntry("ben", ("Ben Sample",), "Example  NEWS"),
    RosterEntry("cyd", ("Cyd Other",), "Other TV"),
    RosterEntry("dot", ("Dot Voice",), "Voice Radio"),
)
ENROLLED = Enrolled(ROSTER, {"ada", "ben", "cyd"})
OUTLET = PictureClaims(outlets=(ClaimedOutlet("Example News", "EXAMPLE NEWS", 1.0, (SPAN,)),))
NAME = PictureClaims(anchors=(ClaimedAnchor("ada", "Ada Example", "Ada Example", 1.0, (SPAN,)),))


def face(anchor_id: str | None, span: Span = SPAN, observations: int = 20, **llrs: float) -> FaceFinding:
    comparisons = tuple(
        Comparison(Modality.FACE, key, key, "face-1", 0.5, llr, 1)
        for key, llr in sorted(llrs.items(), key=lambda item: -item[1])
    )
    return FaceFinding("face", span, observations, span.start_s, Box(0, 0, 9, 9), comparisons, anchor_id)


def codes(claims: PictureClaims, *faces: FaceFinding, enrolled: Enrolled = ENROLLED) -> list[str]:
    return [reason.code for reason in hold_against_faces(claims, faces, enrolled, IdentitySettings())]


def test_an_outlets_own_anchor_agrees_with_its_mark() -> None:
    assert codes(OUTLET, face("ben", ben=3.0)) == ["OUTLET_MATCHES_FACE"]


def test_a_guest_beside_the_anchor_is_no_impersonation() -> None:
    stranger = face(None, observations=90, ada=-3.0)
    assert codes(OUTLET, stranger, face("ada", ada=3.0)) == ["OUTLET_MATCHES_FACE"]


@pytest.mark.parametrize("stranger", [face(None, ada=-2.5, ben=-2.9), face("cyd", cyd=3.0, ada=-2.0)])
def test_an_outlets_mark_over_a_face_not_enrolled_there_is_impersonation(stranger: FaceFinding) -> None:
    assert codes(OUTLET, stranger) == ["IMPERSONATION_OUTLET"]


def test_the_best_of_many_strangers_comparisons_is_no_sign_of_belonging() -> None:
    roster = tuple(RosterEntry(f"a{number}", (f"A {number}",), "Example News") for number in range(100))
    many = Enrolled(roster, {entry.anchor_id for entry in roster})
    # One in a hundred compares at odds of 3 : 1 by chance: (3 + 99 / 30) / 100 is far below 1 : 10.
    stranger = face(None, a0=0.48, a1=-1.5)
    assert codes(OUTLET, stranger, enrolled=many) == ["IMPERSONATION_OUTLET"]
    few = Enrolled(roster[:2], {"a0", "a1"})
    assert codes(OUTLET, stranger, enrolled=few) == ["OUTLET_CLAIMED"]


@pytest.mark.parametrize(
    "faces",
    [
        (),
        (face(None),),  # not compared
        (face(None, ada=0.5),),  # too weak to say
        (face(None, observations=1, ada=-3.0),),  # hardly seen
        (face(None, Span(20.0, 30.0), ada=-3.0),),  # not while the mark stands
    ],
)
def test_what_could_not_be_checked_is_not_impersonation(faces: tuple[FaceFinding, ...]) -> None:
    assert codes(OUTLET, *faces) == ["OUTLET_CLAIMED"]


def test_an_outlet_without_enrolled_faces_cannot_be_checked() -> None:
    radio = PictureClaims(outlets=(ClaimedOutlet("Voice Radio", "VOICE RADIO", 1.0, (SPAN,)),))
    assert codes(radio, face(None, ada=-3.0)) == ["OUTLET_CLAIMED"]


def test_a_name_over_its_own_face_agrees() -> None:
    assert codes(NAME, face("ada", ada=3.0)) == ["NAME_MATCHES_FACE"]


def test_a_name_over_the_only_face_that_is_not_theirs_is_impersonation() -> None:
    assert codes(NAME, face(None, ada=-2.5)) == ["IMPERSONATION_NAME"]
    assert codes(NAME, face("cyd", cyd=3.0, ada=-2.5)) == ["IMPERSONATION_NAME"]


@pytest.mark.parametrize(
    "faces",
    [
        (face(None, ada=-2.5), face(None, ada=-2.5)),  # two faces: whose name it is, nobody knows
        (face(None, ada=0.0),),
        (face(None, ben=-2.5),),  # not compared with the one named
        (),
    ],
)
def test_a_name_that_cannot_be_held_against_one_face_is_only_a_claim(faces: tuple[FaceFinding, ...]) -> None:
    assert codes(NAME, *faces) == ["NAME_CLAIMED"]


def test_what_is_said_never_speaks_of_synthesis_as_found() -> None:
    (reason,) = hold_against_faces(OUTLET, [face(None, ada=-2.5)], ENROLLED, IdentitySettings())
    assert "says nothing about synthesis" in reason.message
    assert reason.span == SPAN
