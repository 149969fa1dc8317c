"""Garble is drawn so that it is none of the print it was made from, and folds share nothing."""

from __future__ import annotations

from importlib.resources import files
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from anchorproof.captions.garble import legibility
from anchorproof.captions.reader import TextReader
from anchorproof.runtime import ModelStore
from anchorproof.settings import CaptionSettings
from benchmarks.garble import scoring
from benchmarks.garble.glyphs import KINDS, Mask, drawn, font_at
from benchmarks.garble.texts import HAN, LINES
from benchmarks.garble.trials import FOLDS

FONT = Path(str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"))


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(ModelStore(), CaptionSettings())


def doubt(mask: Mask, reader: TextReader) -> float:
    picture = np.full((360, 640, 3), 30, np.uint8)
    height, width = mask.shape
    picture[150 : 150 + height, 30 : 30 + width] = (30 + 210 * mask[:, : 640 - 30, None]).astype(np.uint8)
    read = legibility(reader.read(np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.uint8)))
    return 1.0 if read is None else read.doubt


@pytest.mark.parametrize("text", ["Council votes on harbour", "多地迎来强降雨天气预报"])
def test_each_kind_is_doubted_more_than_the_print_it_was_made_from(text: str, reader: TextReader) -> None:
    font = font_at(FONT, 36)
    plain = doubt(drawn(text, font), reader)
    assert plain < 0.05
    others = LINES["zh2"] if not text.isascii() else LINES["en2"]
    for kind, garbler in KINDS.items():
        # One may come out legible now and then.
        doubts = [doubt(garbler(text, font, others, np.random.default_rng(seed)), reader) for seed in range(4)]
        assert np.mean(doubts) > plain + 0.04, kind


def test_folds_share_no_language_kind_or_latin_font() -> None:
    for one, other in combinations(FOLDS, 2):
        assert not set(one.languages) & set(other.languages)
        assert not set(one.latin_fonts) & set(other.latin_fonts)
        assert one.kind != other.kind
    assert {fold.kind for fold in FOLDS} == KINDS.keys()
    assert {language for fold in FOLDS for language in fold.languages} == LINES.keys()
    assert set(HAN) < LINES.keys()


def test_trials_of_one_language_or_kind_are_a_cluster_and_clips_one_of_their_repository() -> None:
    common = {"trial_id": "t", "fold": 1, "score": -1.234567, "source": "a/b"}
    print_ = scoring.score_row(common | {"is_garbled": False, "kind": "none", "language": "de", "font": "F.ttf"})
    clip = scoring.score_row(common | {"is_garbled": False, "kind": "none", "language": "de", "font": ""})
    garble = scoring.score_row(common | {"is_garbled": True, "kind": "warped", "language": "de", "font": "F.ttf"})
    assert (print_["label"], print_["source_repo"], print_["score"]) == ("bonafide", "print in de", -1.23457)
    assert clip["source_repo"] == "a/b"
    assert (garble["label"], garble["generator"]) == ("fake", "warped")
