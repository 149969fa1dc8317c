import numpy as np
import pytest

from benchmarks.equalise import CODECS, POOR_DRAW, SAMPLED_EVERY, encode, make_draw


def _pictures(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (12, 16, 3)).astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    return [np.roll(base, place, axis=1) for place in range(count)]


@pytest.mark.parametrize("number", sorted(CODECS))
def test_every_codec_answers_as_many_pictures_that_look_like_those_it_was_given(number: int) -> None:
    pictures, draw = _pictures(13), make_draw("clip", number, 7)
    coded = encode(pictures, draw)
    assert len(coded) == len(pictures[::SAMPLED_EVERY])
    for old, new in zip(pictures[::SAMPLED_EVERY], coded, strict=True):
        assert new.shape == old.shape
        assert 0 < np.abs(new.astype(float) - old).mean() < 25


def test_draws_of_a_clip_share_its_window_and_only_one_is_a_poor_copy() -> None:
    draws = [make_draw("clip", number, 7) for number in range(4)]
    assert len({(draw.duration_s, draw.start) for draw in draws}) == 1
    assert [draw.poor_px is not None for draw in draws] == [number == POOR_DRAW for number in range(4)]
    assert [draw.codec for draw in draws] == ["libx264", "libx264", "libx265", "libvpx-vp9"]


def test_quality_is_drawn_within_the_codecs_own_range() -> None:
    for number, (_, lowest, highest) in CODECS.items():
        drawn = {make_draw(f"clip {index}", number, 7).crf for index in range(200)}
        assert lowest <= min(drawn)
        assert max(drawn) < highest
        assert len(drawn) > 10
