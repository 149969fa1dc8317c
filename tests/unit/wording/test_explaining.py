"""Explanations: the same content in both languages, where it happened, and what would change the answer."""

from __future__ import annotations

import re
import string
from dataclasses import replace

import pytest

from anchorproof.findings import Findings
from anchorproof.types import (
    Agreement,
    AudioInfo,
    ClipInfo,
    Decision,
    Evidence,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    FootageStretch,
    IdentitySpan,
    Question,
    Span,
    Splice,
    SpliceKind,
    TimedLLR,
    Unassessed,
    VideoInfo,
)
from anchorproof.wording import chinese, english
from anchorproof.wording.explaining import explain
from anchorproof.wording.reasons import _OBJECTIONS, _SPLICES, reasons_of
from anchorproof.wording.story import Story

CLIP = ClipInfo("0" * 64, 1, "mp4", 10.0, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2))
NOTHING = Findings(CLIP, (), (), (), (), (), {"a": "Ada Example"})


def story(findings: Findings, decision: Decision, posterior: float, codes: tuple[str, ...] = ()) -> Story:
    return Story(findings, decision, codes, "", posterior, (posterior - 0.1, posterior + 0.05), 0.5, ())


def told(shown: Story) -> tuple[str, str]:
    en, zh = explain(shown)
    assert (en.language, zh.language) == ("en", "zh")
    return en.paragraph, zh.paragraph


def places(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_both_languages_say_the_same_things_with_the_same_places_to_fill_in() -> None:
    assert english.PHRASES.keys() == chinese.PHRASES.keys()
    for key, phrase in english.PHRASES.items():
        assert places(phrase) == places(chinese.PHRASES[key]), key


def test_every_code_outcome_and_splice_has_words() -> None:
    assert _OBJECTIONS.keys() <= english.PHRASES.keys()
    assert {outcome.value for outcome in FootageOutcome} <= english.PHRASES.keys()
    assert {f"splice_{kind.value}" for kind in SpliceKind} <= english.PHRASES.keys()
    assert set(SpliceKind) == _SPLICES.keys()


def test_a_forgery_of_our_footage_is_told_with_title_and_times() -> None:
    part = FootageStretch(Span(0, 6), Span(192, 198), 1.0, 4.0, 0.5)
    match = FootageMatch("p", "8 May", 2.0, FootageOutcome.OTHER_SOUND, (), (part,), (), True, "")
    seen = IdentitySpan(Span(0, 6), "a", None, Agreement.DISAGREE)
    findings = replace(NOTHING, footage=FootageFindings(3, 1.5, (match,)), identity=(seen,))
    en, zh = told(replace(story(findings, Decision.SPOOF, 0.9), decisive="footage"))
    assert "“8 May”, 03:12.0 to 03:18.0: the picture is yours, the sound is not" in en
    assert "Your own archive settles this" in en
    assert "The face is Ada Example's, but the voice is not" in en
    assert "“8 May”的03:12.0至03:18.0：画面是贵台的，声音不是" in zh
    assert "面孔是Ada Example的，声音却不是" in zh


def test_where_something_was_put_in_is_told_in_seconds() -> None:
    spliced = replace(NOTHING, splices=(Splice(Span(3.0, 5.5), SpliceKind.FOREIGN, "p"),))
    en, zh = told(story(spliced, Decision.INCONCLUSIVE, 0.4, ("OUR_FOOTAGE_CHANGED_IN_PART",)))
    assert "Between 3.0 s and 5.5 s it shows something that is not yours." in en
    assert "第3.0秒至第5.5秒" in zh


@pytest.mark.parametrize(
    ("outcome", "also", "spliced", "words"),
    [
        (FootageOutcome.MOUTH_CHANGED, (FootageOutcome.OTHER_SOUND,), False, "the sound is not yours either"),
        (FootageOutcome.UNCHANGED, (), True, "apart from what follows, picture and sound are as you broadcast them"),
        (FootageOutcome.UNCHANGED, (), False, ": picture and sound are as you broadcast them"),
    ],
)
def test_one_outcome_does_not_deny_another(
    outcome: FootageOutcome, also: tuple[FootageOutcome, ...], spliced: bool, words: str
) -> None:
    part = FootageStretch(Span(0, 6), Span(0, 6), 1.0, 4.0, 0.5)
    match = FootageMatch("p", "8 May", 2.0, outcome, also, (part,), (), True, "")
    splices = (Splice(Span(3, 5), SpliceKind.FOREIGN, "p"),) if spliced else ()
    findings = replace(NOTHING, footage=FootageFindings(1, 1.0, (match,)), splices=splices)
    assert words in told(story(findings, Decision.INCONCLUSIVE, 0.5))[0]


@pytest.mark.parametrize("posterior", [0.001, 0.5, 0.999])
def test_nothing_is_ever_certain(posterior: float) -> None:
    for decision in Decision:
        for paragraph in told(story(NOTHING, decision, posterior)):
            assert not re.search(r"(?<!\d)(100|0)%", paragraph), paragraph


def test_a_genuine_clip_is_told_by_the_chance_that_it_is_genuine() -> None:
    en, _ = told(story(NOTHING, Decision.BONA_FIDE, 0.2))
    assert "likely a genuine recording: 80% (between 75% and 90%" in en


def test_what_would_help_is_said_where_it_cannot_be_told() -> None:
    small = replace(NOTHING, unassessed=(Unassessed("visual", "FACE_TOO_SMALL", "20 px"),))
    en, _ = told(story(small, Decision.INCONCLUSIVE, 0.5, ("NO_EVIDENCE",)))
    assert "Nothing in it could be judged." in en
    assert "A longer or larger copy" in en
    assert "original recording" in en
    decided, _ = told(story(small, Decision.SPOOF, 0.9))
    assert "A longer or larger copy" not in decided


def test_the_stretch_that_says_most_is_told_when_it_is_a_part_of_the_clip() -> None:
    timeline = (TimedLLR(Span(0, 4), 0.1), TimedLLR(Span(4, 7), 0.8))
    item = Evidence("audio", Question.AUTHENTICITY, 0.6, 0.0, "m", "c", "", Span(0, 7), timeline)
    en, _ = told(story(replace(NOTHING, evidence=(item,)), Decision.SPOOF, 0.9))
    assert "The voice sounds synthetic (4.0 : 1 for it)." in en
    assert "between 4 s and 7 s" in en


def test_what_was_checked_what_was_not_and_why() -> None:
    missing = (Unassessed("visual", "NO_FACE", "none"), Unassessed("mine", "MY_REASON", "my own words"))
    item = Evidence("audio", Question.AUTHENTICITY, 0.6, 0.0, "m", "c", "", Span(0, 4), (TimedLLR(Span(0, 4), 0.6),))
    en, zh = explain(story(replace(NOTHING, evidence=(item,), unassessed=missing), Decision.INCONCLUSIVE, 0.6))
    assert en.checked == ("the voice, by a detector of synthetic speech (4 s of it judged)",)
    assert en.unchecked == ("the picture: no face was found", "mine: my own words")
    assert zh.unchecked[0] == "画面：没有发现面孔"
    assert en.limits[-1] == english.PHRASES["limit_person"]


def test_a_declared_clip_is_not_called_likely_anything() -> None:
    codes = ("DECLARED_SYNTHETIC", "EVIDENCE_TOO_WEAK")
    en, zh = told(story(NOTHING, Decision.INCONCLUSIVE, 0.97, codes))
    assert "too weak" not in en
    assert en.startswith("This clip says openly that it is AI-made")
    assert "97%" not in en
    assert "公开声明" in zh


def test_an_animated_photograph_is_told_with_what_would_make_it_wrong() -> None:
    part = FootageStretch(Span(0, 6), Span(0, 0), 1.0, 40.0, None)
    outcome = FootageOutcome.PHOTOGRAPH_ANIMATED
    match = FootageMatch("p", "Press picture", 2.0, outcome, (), (part,), (), False, "")
    findings = replace(NOTHING, footage=FootageFindings(0, 0.0, (match,), 1))
    en, zh = told(story(findings, Decision.SPOOF, 0.95))
    assert "those of “Press picture”, your photograph: it was set in motion, unless it is itself a frame" in en
    assert "与贵台照片“Press picture”一致" in zh
    assert "00:00.0" not in en


def test_garble_is_told_with_its_odds_and_print_is_not() -> None:
    def writing(llr: float) -> Findings:
        item = Evidence("writing", Question.AUTHENTICITY, llr, 0.0, "m", "c", "", Span(1, 3), ())
        return replace(NOTHING, evidence=(item,))

    en, zh = told(story(writing(0.8), Decision.INCONCLUSIVE, 0.6))
    assert "reads like no language, as generators draw it (6.3 : 1 for it)" in en
    assert "文字不像任何语言" in zh
    en, zh = told(story(writing(-0.8), Decision.INCONCLUSIVE, 0.5))
    assert "language" not in en
    assert "文字" not in zh
    codes = [reason.code for llr in (0.8, 0.1, -0.8) for reason in reasons_of(story(writing(llr), Decision.SPOOF, 0.9))]
    assert codes == ["WRITING_GARBLED", "WRITING_WEAK", "WRITING_LEGIBLE"]


def test_too_little_writing_is_said_in_both_languages() -> None:
    missing = Unassessed("writing", "TOO_LITTLE_WRITING", "x")
    en, zh = explain(story(replace(NOTHING, unassessed=(missing,)), Decision.INCONCLUSIVE, 0.5))
    assert en.unchecked == ("the writing in the picture: there is too little of it",)
    assert zh.unchecked == ("画面中的文字：文字太少",)
