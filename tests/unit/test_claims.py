from __future__ import annotations

from dataclasses import replace

import pytest

from anchorproof.claims import state_declared
from anchorproof.fusion import packaged_fusion, parse_fusion
from anchorproof.settings import VerdictSettings
from anchorproof.types import (
    ClipInfo,
    ContentCredentials,
    CredentialState,
    DeclaredOrigin,
    GeneratorHint,
    LabelClaim,
    LabelKind,
    OriginLabel,
    SignedAction,
    SourceKind,
)
from anchorproof.verdict import Findings, fuse

CLIP = ClipInfo("0" * 64, 1, "mp4", 10.0, None, None)
SYNTHETIC = SignedAction("c2pa.created", "trainedAlgorithmicMedia", SourceKind.SYNTHETIC, "X", False)
CAPTURE = SignedAction("c2pa.created", "digitalCapture", SourceKind.CAPTURE, "Cam", False)
LABEL = OriginLabel(LabelKind.AIGC, LabelClaim.SYNTHETIC, "container, AIGC", "{}", "Studio")


def credentials(state: CredentialState, *actions: SignedAction, problems: tuple[str, ...] = ()) -> DeclaredOrigin:
    return DeclaredOrigin(ContentCredentials(state, "Ada", "Org", "", "", actions, (), problems))


def codes(claims: DeclaredOrigin) -> set[str]:
    return {reason.code for reason in state_declared(claims).reasons}


def test_nothing_declared_says_nothing() -> None:
    said = state_declared(DeclaredOrigin())
    assert (said.reasons, said.flags, said.scenarios) == ((), (), ())


@pytest.mark.parametrize("signature", [CredentialState.TRUSTED, CredentialState.UNTRUSTED])
def test_valid_credentials_that_declare_ai_flag_the_clip_as_declared(signature: CredentialState) -> None:
    said = state_declared(credentials(signature, SYNTHETIC))
    assert said.flags == ("DECLARED_SYNTHETIC",)
    assert [guess.scenario for guess in said.scenarios] == ["B3"]
    assert "CREDENTIALS_SYNTHETIC" in {reason.code for reason in said.reasons}


def test_broken_credentials_declare_nothing_but_are_reported_with_their_reason() -> None:
    claims = credentials(CredentialState.INVALID, SYNTHETIC, problems=("assertion.bmffHash.mismatch: changed",))
    said = state_declared(claims)
    assert said.flags == ()
    assert any("assertion.bmffHash.mismatch" in reason.message for reason in said.reasons)
    assert codes(claims) == {"CREDENTIALS_INVALID", "CREDENTIALS_INVALID_SYNTHETIC"}


def test_a_trusted_capture_supports_a_genuine_recording_and_an_unlisted_one_does_not() -> None:
    assert "CREDENTIALS_TRUSTED_CAPTURE" in codes(credentials(CredentialState.TRUSTED, CAPTURE))
    assert codes(credentials(CredentialState.UNTRUSTED, CAPTURE)) == {"CREDENTIALS_UNTRUSTED"}


def test_a_capture_with_synthetic_parts_is_no_trusted_capture() -> None:
    partly = replace(SYNTHETIC, source_kind=SourceKind.PARTLY_SYNTHETIC)
    found = codes(credentials(CredentialState.TRUSTED, CAPTURE, partly))
    assert "CREDENTIALS_TRUSTED_CAPTURE" not in found
    assert "CREDENTIALS_SYNTHETIC" in found


@pytest.mark.parametrize(
    ("claim", "is_declared"),
    [
        (LabelClaim.SYNTHETIC, True),
        (LabelClaim.POSSIBLY_SYNTHETIC, False),
        (LabelClaim.SUSPECTED_SYNTHETIC, False),
        (LabelClaim.NOT_LABELLED, False),
        (LabelClaim.UNCLEAR, False),
    ],
)
def test_only_a_label_that_says_it_is_declares(claim: LabelClaim, is_declared: bool) -> None:
    said = state_declared(DeclaredOrigin(labels=(replace(LABEL, claim=claim),)))
    assert bool(said.flags) is is_declared
    assert len(said.reasons) == 1


def test_a_hint_is_called_a_hint_and_flags_nothing() -> None:
    said = state_declared(DeclaredOrigin(hints=(GeneratorHint("HeyGen", "comment", "HeyGen"),)))
    assert said.flags == ()
    assert "not a proof" in said.reasons[0].message


def test_a_declaration_never_moves_the_llr() -> None:
    nothing = Findings(CLIP, (), (), (), (), (), {})
    declared = replace(nothing, statements=state_declared(DeclaredOrigin(labels=(LABEL,))))
    calibration = parse_fusion(packaged_fusion())
    before, after = (fuse(found, VerdictSettings(), calibration) for found in (nothing, declared))
    assert (before.llr, before.decision) == (after.llr, after.decision)
    assert after.flags == ("DECLARED_SYNTHETIC",)
    assert after.scenarios[0].scenario == "B3"
