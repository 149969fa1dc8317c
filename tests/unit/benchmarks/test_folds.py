"""Folds: nobody and nothing that is tested was trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.folds import By, Member, component_folds, components, make_folds, members, people_of
from benchmarks.manifests import Protocol, Row


def genuine(row_id: str, source: str, *people: str) -> Member:
    return Member(row_id, False, source, frozenset(), frozenset(people))


def false(row_id: str, source: str, generators: str, *people: str) -> Member:
    return Member(row_id, True, source, frozenset(generators.split("|")), frozenset(people))


#: Two sources tied by a person, two generators tied by a mixture, and some that stand alone.
ROWS = [
    genuine("g1", "talks", "ada"),
    genuine("g2", "talks", "bob"),
    genuine("g3", "news", "ada"),
    genuine("g4", "street"),
    genuine("g5", "drama", "eve"),
    false("f1", "lips", "wav|pcavs"),
    false("f2", "wavpage", "wav", "eve"),
    false("f3", "vlog", "vlogger"),
    false("f4", "swap", "swapper", "dan"),
]
BY_ID = {row.row_id: row for row in ROWS}


@pytest.mark.parametrize("by", list(By))
def test_no_person_source_or_generator_is_on_both_sides(by: By) -> None:
    for fold in make_folds(ROWS, by):
        trained = set().union(*(BY_ID[row_id].keys for row_id in fold.train))
        tested = set().union(*(BY_ID[row_id].keys for row_id in fold.test))
        assert fold.test
        assert not trained & tested


@pytest.mark.parametrize("by", [By.SOURCE, By.GENERATOR, By.COMPONENT])
def test_each_clip_of_the_class_is_tested_once(by: By) -> None:
    tested = [row_id for fold in make_folds(ROWS, by) for row_id in fold.test]
    expected = {By.SOURCE: "g", By.GENERATOR: "f", By.COMPONENT: "gf"}[by]
    assert sorted(tested) == sorted(row_id for row_id in BY_ID if row_id[0] in expected)


def test_a_source_left_out_takes_its_people_out_of_training() -> None:
    talks = next(fold for fold in make_folds(ROWS, By.SOURCE) if fold.name == "talks")
    assert talks.test == {"g1", "g2"}
    assert talks.train == {"g4", "g5", "f1", "f2", "f3", "f4"}


def test_a_generator_left_out_takes_mixtures_with_it_out() -> None:
    wav = next(fold for fold in make_folds(ROWS, By.GENERATOR) if fold.name == "wav")
    assert wav.test == {"f2"}
    assert wav.train == {"g1", "g2", "g3", "g4", "f3", "f4"}


def test_pairs_hold_out_one_source_and_one_generator_at_once() -> None:
    pairs = {fold.name: fold for fold in make_folds(ROWS, By.PAIR)}
    assert len(pairs) == 4 * 4
    assert pairs["drama + vlogger"].test == {"g5", "f3"}
    assert "f2" not in pairs["drama + vlogger"].train


def test_ties_reach_through_others() -> None:
    names = dict(zip(BY_ID, components(ROWS), strict=True))
    assert names["g1"] == names["g2"] == names["g3"]
    assert names["f1"] == names["f2"] == names["g5"]
    assert len(set(names.values())) == 5


def test_components_stay_whole_and_classes_are_spread() -> None:
    number = component_folds(ROWS, 3)
    assert number["g1"] == number["g3"]
    assert number["f1"] == number["g5"]
    assert {number[row_id] for row_id in BY_ID} == {0, 1, 2}


def test_a_fold_without_one_class_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="only one class"):
        make_folds([genuine("g1", "talks"), genuine("g2", "news"), false("f1", "x", "wav")], By.GENERATOR)


def test_names_are_compared_without_spelling() -> None:
    assert people_of("Ada  Lovelace (host); bob-o") == people_of("ada lovelace;Bob O")
    assert people_of("unknown; ") == frozenset()


def test_a_dub_is_bona_fide_as_picture_and_spoof_as_sound(tmp_path: Path) -> None:
    columns = {"modality": "av", "label": "fake", "fake_type": "tts", "generator": "cloner", "source_repo": "dubs"}
    row = Row("d1", tmp_path / "d1.mp4", columns | {"notes": "audio_only_fake=1", "identity": "Ada"})
    (picture,), (sound,) = members([row], Protocol.VISUAL), members([row], Protocol.AUDIO)
    assert (picture.is_spoof, picture.generators, picture.people) == (False, frozenset(), frozenset({"ada"}))
    assert (sound.is_spoof, sound.generators) == (True, frozenset({"cloner"}))
