"""The suite's plan and figures: enough of each scenario, nobody on both sides, scores counted right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.manifests import Row
from benchmarks.scenarios import cast as casting
from benchmarks.scenarios.cases import COUNTS, plan
from benchmarks.scenarios.declarations import with_aigc_label
from benchmarks.scenarios.pictures import side_by_side, with_studio
from benchmarks.scenarios.results import macro_f1


def row(name: str, **columns: str) -> Row:
    return Row(name, Path(name), {"source_repo": "s", "duration_s": "30", "modality": "av", "notes": ""} | columns)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    lines = ["id,path,modality,label,fake_type,generator,identity,duration_s,source_repo,notes"]
    lines += [
        f"g{n},g{n},av,bonafide,none,none,Person {chr(65 + n)}{chr(65 + n)},{30 if n < 22 else 8},s{n},"
        for n in range(26)
    ]
    lines += [
        f"h{n},h{n},av,fake,talkinghead,Gen{n % 3},,9,t,composite=1"
        if n == 0
        else f"h{n},h{n},av,fake,talkinghead,Gen{n % 3},,9,t,"
        for n in range(60)
    ]
    lines += [f"r{n}-{k},r,audio,bonafide,none,none,VCTK_p{n},6,v," for n in range(3) for k in range(2)]
    lines += [f"c{n},c,audio,fake,tts,Clone,clone_p{n},6,v," for n in range(3)]
    lines += [f"v{n},v,audio,fake,tts,Voice,,6,w," for n in range(4)]
    lines += [f"o{n},o,audio,bonafide,none,none,Other{n},6,w," for n in range(4)]
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_nobody_is_enrolled_and_a_stranger_too(manifest: Path) -> None:
    cast = casting.choose(manifest, 0)
    assert len(cast.anchors) == casting.ANCHORS
    assert {anchor.is_archived for anchor in cast.anchors} == {True, False}
    assert not {anchor.row.row_id for anchor in cast.anchors} & {row.row_id for row in cast.strangers}
    assert [len(anchor.cloned) for anchor in cast.voice_anchors] == [1, 1, 1]
    used = {row.row_id for anchor in cast.voice_anchors for row in (*anchor.genuine, *anchor.cloned)}
    assert not used & {row.row_id for row in (*cast.made_voices, *cast.genuine_voices)}
    assert "h0" not in {row.row_id for row in cast.talking_heads}  # four panels in one picture


def test_plan_is_the_same_for_a_seed_and_holds_twenty_of_each(manifest: Path) -> None:
    cast = casting.choose(manifest, 0)
    cases = plan(cast, 0)
    assert cases == plan(casting.choose(manifest, 0), 0)
    assert len({case.key for case in cases}) == len(cases) == sum(COUNTS.values())
    assert min(COUNTS.values()) >= 20
    assert len(plan(cast, 0, per_scenario=3)) == 3 * len(COUNTS)


def test_footage_scenarios_use_archived_anchors_and_dubs_others(manifest: Path) -> None:
    cast = casting.choose(manifest, 0)
    for case in plan(cast, 0):
        if case.scenario in ("A1", "A2", "A9"):
            assert cast.anchors[case.who].is_archived
        if case.scenario in ("A3", "B2"):
            assert not cast.anchors[case.who].is_archived


def test_generators_take_turns() -> None:
    rows = [row(f"{generator}{n}", generator=generator) for generator in "ab" for n in range(2)]
    assert [item.row_id for item in casting._in_turn(rows)] == ["a0", "b0", "a1", "b1"]


def test_macro_f1_is_the_mean_over_true_classes() -> None:
    # A: 2 right of 3 named and 2 true -> 2*2/(3+2) = .8; B: 1 of 1 named and 2 true -> 2*1/(1+2) = .667.
    pairs = [("A", "A"), ("A", "A"), ("B", "B"), ("B", "A")]
    assert macro_f1(pairs) == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro_f1([("A", "B")]) == 0.0


def test_drawn_studio_changes_the_corners_and_leaves_the_middle() -> None:
    image = np.full((240, 320, 3), 128, np.uint8)
    shown = with_studio(image, "Example News", "Example News: Evening")
    assert (shown[:40, :100] != 128).any()
    assert (shown[100:140] == 128).all()


def test_two_pictures_stand_beside_each_other() -> None:
    left, right = np.zeros((100, 120, 3), np.uint8), np.full((200, 100, 3), 9, np.uint8)
    both = side_by_side(left, right)
    assert both.shape == (100, 170, 3)
    assert (both[:, :120] == 0).all()
    assert (both[:, 120:] == 9).all()


def test_label_is_written_into_the_container(tmp_path: Path) -> None:
    import av

    from tests.media_samples import write_clip

    labelled = tmp_path / "labelled.mp4"
    labelled.write_bytes(with_aigc_label(write_clip(tmp_path / "clip.mp4", 1.0).read_bytes()))
    with av.open(labelled) as container:
        assert '"Label": "1"' in container.metadata["AIGC"]
