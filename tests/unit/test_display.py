from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from rich.console import Console, RenderableType

from anchorproof import display
from anchorproof.types import (
    Agreement,
    Anchor,
    Box,
    Caption,
    CaptionRole,
    ClipInfo,
    Comparison,
    ContentCredentials,
    CredentialState,
    Decision,
    DeclaredOrigin,
    Enrolment,
    Evidence,
    Explanation,
    FaceFinding,
    GeneratorHint,
    IdentitySpan,
    LabelClaim,
    LabelKind,
    Lane,
    LaneKind,
    Modality,
    OriginLabel,
    PictureClaims,
    Question,
    Reason,
    Rejection,
    Report,
    ScenarioGuess,
    SignedAction,
    SourceKind,
    Span,
    Splice,
    SpliceKind,
    StepTime,
    Timeline,
    Unassessed,
    Verdict,
    VoiceFinding,
)

NOON = datetime(2025, 5, 8, 12, 0, tzinfo=UTC)
SPAN = Span(0.0, 4.0)


@pytest.fixture
def report() -> Report:
    face = Comparison(Modality.FACE, "ada", "Ada Example", "face-1", 0.71, 2.9, 3)
    voice = Comparison(Modality.VOICE, "ada", "Ada Example", "voice-1", 0.31, -2.1, 3)
    return Report(
        report_id="0123456789abcdef",
        create_time=NOON,
        clip=ClipInfo("ab" * 32, 1000, "mp4", 4.0, None, None),
        clip_name="clip.mp4",
        verdict=Verdict(
            decision=Decision.SPOOF,
            llr=1.2,
            prior=0.5,
            spoof_posterior=0.94,
            confidence=0.94,
            reasons=(Reason("SOUND_LOOKS_SPOOF", "the sound looks made up", Span(1.0, 2.0)),),
            flags=(),
            scenarios=(ScenarioGuess("A1", "the voice was replaced"),),
            summary="Likely synthetic.",
        ),
        evidence=(Evidence("audio", Question.AUTHENTICITY, 1.2, 3.4, "audio-1", "cal-1", "", SPAN, ()),),
        unassessed=(Unassessed("visual", "FACE_TOO_SMALL", "faces of 20 pixels"),),
        faces=(FaceFinding("face-1", SPAN, 9, 1.0, Box(0, 0, 9, 9), (face,), "ada"),),
        voices=(VoiceFinding("speaker-1", (Span(0.5, 1.5), Span(2.0, 3.5)), 2.5, (voice,), None),),
        identity=(IdentitySpan(SPAN, "ada", None, Agreement.DISAGREE),),
        components=(),
        timings=(StepTime("faces", 1.5),),
    )


def _shown(renderable: RenderableType, width: int = 100) -> str:
    console = Console(width=width, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_explanation_is_shown_in_the_language_asked_for(report: Report) -> None:
    told = (
        Explanation("en", "In English.", ("the picture",), (), ()),
        Explanation("zh", "中文说明。", ("画面",), (), ()),
    )
    explained = dataclasses.replace(report, verdict=dataclasses.replace(report.verdict, explanations=told))
    assert "In English." in _shown(display.report_panel(explained))
    chinese = _shown(display.report_panel(explained, "zh"))
    assert "中文说明。" in chinese
    assert "画面" in chinese
    assert "In English." not in chinese


def test_each_detector_has_a_mark_per_second(report: Report) -> None:
    lane = Lane(LaneKind.DETECTOR, "audio", "", (0.9, 0.4, 0.1, None, -0.4, -0.9))
    timeline = Timeline(1.0, (lane,), (), (Splice(Span(3, 5), SpliceKind.FOREIGN, "p"),))
    text = _shown(display.report_panel(dataclasses.replace(report, timeline=timeline)))
    assert "Ss· bB" in text
    assert "foreign 3.0–5.0 s" in text


def test_panel_shows_the_flags(report: Report) -> None:
    verdict = dataclasses.replace(report.verdict, flags=("IMPERSONATION", "DECLARED_SYNTHETIC"))
    shown = _shown(display.report_panel(dataclasses.replace(report, verdict=verdict)))
    assert "Flags" in shown
    assert "IMPERSONATION" in shown
    assert "Flags" not in _shown(display.report_panel(report))


def test_panel_tells_what_stands_on_the_screen(report: Report) -> None:
    box = Box(0, 0, 9, 9)
    captions = (
        Caption("CCTV\x1b[2J", SPAN, box, 30.0, CaptionRole.CHANNEL_MARK, 0.9),
        Caption("a sign in the street", SPAN, box, 30.0, CaptionRole.OTHER, 0.9),
        Caption("康辉", SPAN, box, 30.0, CaptionRole.LOWER_THIRD, 0.9),
    )
    claims = PictureClaims(captions, garble_score=0.031)
    shown = _shown(display.report_panel(dataclasses.replace(report, claims=claims)))
    for words in (
        "channel mark  0.0–4.0 s  CCTV\ufffd[2J",
        "lower third   0.0–4.0 s  康辉",
        "+0.03, larger: less like print",
    ):
        assert words in shown
    assert "street" not in shown


def test_panel_tells_what_the_file_declares(report: Report) -> None:
    action = SignedAction("c2pa.created", "trainedAlgorithmicMedia", SourceKind.SYNTHETIC, "X", False)
    declared = DeclaredOrigin(
        ContentCredentials(CredentialState.TRUSTED, "Ada\x1b[2J", "Org", "Tool 1", "", (action,)),
        (OriginLabel(LabelKind.AIGC, LabelClaim.POSSIBLY_SYNTHETIC, "XMP", "{}", "Studio"),),
        (GeneratorHint("HeyGen", "comment", "HeyGen"),),
    )
    shown = _shown(display.report_panel(dataclasses.replace(report, declared=declared)))
    for words in (
        "C2PA      trusted, Ada\ufffd[2J, Tool 1, trainedAlgorithmicMedia",
        "AIGC      possibly synthetic (XMP, Studio)",
        "metadata  comment: HeyGen",
    ):
        assert words in shown
    assert "Declares" not in _shown(display.report_panel(dataclasses.replace(report, declared=DeclaredOrigin())))


def test_panel_tells_the_verdict_who_why_and_what_was_not_judged(report: Report) -> None:
    shown = _shown(display.report_panel(report))
    for words in (
        "SPOOF  confidence 94.0 % at a prior of 50.0 % for spoof  LLR +1.20",
        "face-1     0.0–4.0 s  Ada Example (ada)",
        "speaker-1  0.5–3.5 s  nobody enrolled",
        "nearest: Ada Example, LLR -2.10, score 0.31",
        "face and voice disagree: Ada Example",
        "SOUND_LOOKS_SPOOF  the sound looks made up (1.0–2.0 s)",
        "A1  the voice was replaced",
        "FACE_TOO_SMALL  visual: faces of 20 pixels",
        "audio  LLR +1.20 for spoof; raw score 3.400 of audio-1",
        "report 0123456789abcdef",
        "4.0 s of media judged in 1.5 s",
    ):
        assert words in shown


def test_empty_parts_are_left_out(report: Report) -> None:
    bare = dataclasses.replace(report, faces=(), voices=(), identity=(), unassessed=(), evidence=())
    shown = _shown(display.report_panel(bare))
    assert not any(title in shown for title in ("Who", "Over time", "Not judged", "Evidence"))
    assert "Reasons" in shown


def test_long_lists_are_cut_and_say_so(report: Report) -> None:
    spans = tuple(IdentitySpan(Span(n, n + 1), None, None, Agreement.NOBODY_ENROLLED) for n in range(20))
    shown = _shown(display.report_panel(dataclasses.replace(report, identity=spans)))
    assert shown.count("nobody enrolled") == display.SHOWN + 1
    assert "... and 8 more" in shown


def test_strangers_words_are_neither_markup_nor_control_codes(report: Report) -> None:
    nasty = dataclasses.replace(report, clip_name="[red]x[/red]\x1b[2J\r.mp4")
    for shown in (_shown(display.report_panel(nasty)), _shown(display.reports_table([nasty]))):
        assert "[red]x[/red]\ufffd[2J\ufffd.mp4" in shown


def test_recognised_names_each_anchor_once_with_the_senses(report: Report) -> None:
    assert display.recognised(report) == ["Ada Example (face)"]
    heard = dataclasses.replace(report.voices[0], anchor_id="ada")
    both = dataclasses.replace(report, faces=report.faces * 2, voices=(heard,))
    assert display.recognised(both) == ["Ada Example (face, voice)"]


@pytest.mark.parametrize(
    ("share", "words"), [(0.5, "50.0 %"), (0.9994, ">99.9 %"), (1.0, ">99.9 %"), (0.0004, "<0.1 %"), (0.999, "99.9 %")]
)
def test_percent_is_never_certain(share: float, words: str) -> None:
    assert display.percent(share) == words


def test_rejections_of_one_kind_are_counted() -> None:
    blurred = Rejection(Modality.FACE, "BLURRED", "the face is blurred", SPAN)
    lines = display.rejection_lines([blurred] * 3 + [Rejection(Modality.VOICE, "NO_SOUND", "no sound")])
    assert lines == ["face: the face is blurred [BLURRED] × 3", "voice: no sound [NO_SOUND]"]


def test_anchor_panel_lists_its_media() -> None:
    anchor = Anchor("ada", "Ada Example", "One", ("A. Example",), "two\nlines", NOON, NOON, "e1", 2, 1)
    enrolment = Enrolment("e" * 32, "ada", "00", "bulletin.mp4", NOON, 2, 1, 12.5, ())
    shown = _shown(display.anchor_panel(anchor, [enrolment]))
    for words in ("Ada Example (ada)", "2 of the face, 1 of the voice", "bulletin.mp4", "12.5 s of speech", "e" * 32):
        assert words in shown
    assert "nothing enrolled yet" in _shown(display.anchor_panel(anchor, []))
