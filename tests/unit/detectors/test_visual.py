"""The visual detector: which faces count, how their scores are pooled, and what is not assessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from anchorproof.detectors import visual
from anchorproof.runtime import ModelEntry, ModelStore
from anchorproof.types import Box, FaceObservation, FaceTrack, HigherMeans, RawScore, Span, Unassessed

PARAMETERS = {
    "side_px": 16,
    "mouth_px": 8,
    "smallest_face_px": 40,
    "fewest_observations": 4,
    "crop_margin": 1.6,
    "usual_motion": -1.5,
    "stretch_s": 8.0,
    "main_share": 0.25,
    "limit_tracks": 2,
    "segment_s": 1.0,
}


@dataclass
class Brightness:
    """A stand-in network whose raw score is the mean red of the crops, so that pooling can be followed by hand."""

    parameters: Mapping[str, float] = field(default_factory=lambda: PARAMETERS)
    model_id: str = "brightness"
    stretches: list[int] = field(default_factory=list)
    motions: list[float] = field(default_factory=list)
    evennesses: list[float] = field(default_factory=list)

    @property
    def entry(self) -> ModelEntry:
        return ModelEntry(
            self.model_id, "visual_detector", "", "", 0, "", "", "", "", HigherMeans.SPOOF, dict(self.parameters)
        )

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        crops, mouths, motion = inputs["crops"], inputs["mouths"], inputs["motion"]
        side, mouth_side = self.parameters["side_px"], self.parameters["mouth_px"]
        assert {tensor.dtype.type for tensor in inputs.values()} == {np.float32}
        assert (crops.shape[1:], motion.shape) == ((3, side, side), (1,))
        assert mouths.shape == (len(crops), 3, mouth_side, mouth_side)
        self.stretches.append(len(crops))
        self.motions.append(float(motion[0]))
        self.evennesses += [float(value) for value in inputs.get("evenness", ())]
        reds = crops[:, 0].mean(axis=(1, 2))
        return {"score": reds.mean(keepdims=True), "scores": reds}


def make_track(reds: list[int], *, face_px: float = 80, start_s: float = 0.0, observed: int = 0) -> FaceTrack:
    """One observation every 0.25 s, its crop filled with a red level."""
    observations = tuple(make_observation(red, face_px, start_s + 0.25 * index) for index, red in enumerate(reds))
    return FaceTrack(f"face-{start_s}", observations, observed)


def make_observation(red: int, face_px: float, time_s: float) -> FaceObservation:
    crop = np.zeros((224, 224, 3), np.uint8)
    crop[..., 0] = red
    box = Box(10, 10, 10 + face_px, 10 + 1.25 * face_px)
    return FaceObservation(
        time_s, box, np.zeros((5, 2), np.float32), 0.99, 100.0, np.zeros((112, 112, 3), np.uint8), crop
    )


def scored(tracks: list[FaceTrack]) -> RawScore:
    found = visual.score(tracks, Brightness())  # type: ignore[arg-type]
    assert isinstance(found, RawScore)
    return found


def unassessed(tracks: list[FaceTrack]) -> Unassessed:
    found = visual.score(tracks, Brightness())  # type: ignore[arg-type]
    assert isinstance(found, Unassessed)
    return found


def test_one_track_scores_the_mean_of_its_observations():
    found = scored([make_track([10, 20, 30, 40])])
    assert found.score == pytest.approx(25.0)
    assert (found.source, found.model_id) == ("visual", "brightness")


def test_tracks_are_weighted_by_area_times_observations():
    large, long = make_track([100] * 4, face_px=80), make_track([0] * 8, face_px=40, start_s=2)
    assert scored([large, long]).score == pytest.approx(100 * (4 * 80**2) / (4 * 80**2 + 8 * 40**2))


def test_the_order_of_tracks_does_not_matter():
    tracks = [make_track([5] * 6), make_track([50] * 9, face_px=70, start_s=3)]
    assert scored(tracks).score == pytest.approx(scored(tracks[::-1]).score)


def test_a_track_counts_all_it_was_observed_not_only_what_was_kept():
    kept_all, kept_few = make_track([0] * 4), make_track([100] * 4, start_s=2, observed=12)
    assert scored([kept_all, kept_few]).score == pytest.approx(75.0)


def test_faces_in_the_background_do_not_count():
    presenter, passer_by = make_track([10] * 8, face_px=120), make_track([200] * 4, face_px=45)
    assert scored([presenter, passer_by]).score == pytest.approx(10.0)


def test_only_the_main_tracks_count():
    tracks = [make_track([level] * 4, face_px=size) for level, size in ((10, 90), (30, 90), (250, 80))]
    assert scored(tracks).score == pytest.approx(20.0)


def test_observations_with_a_small_face_are_left_out():
    observations = (*make_track([10] * 4).observations, make_observation(250, 20, 1.0))
    assert scored([FaceTrack("face-1", observations)]).score == pytest.approx(10.0)


@dataclass
class Pointing(Brightness):
    """As ``Brightness``, and says where: a map whose first cell is the stretch's score."""

    where: np.ndarray | None = None

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        outputs = super().run(inputs)
        where = np.zeros((2, 3)) if self.where is None else self.where
        return outputs | {"where": np.where(np.indices(where.shape).sum(0) == 0, outputs["score"][0], where)}


def test_each_stretch_tells_where_when_the_network_does():
    observations = [make_observation(10 * (index >= 40), 80, 0.25 * index) for index in range(80)]
    observations[50] = replace(observations[50], sharpness=500.0)
    found = visual.score([FaceTrack("face-1", tuple(observations))], Pointing())
    first, second, third = found.looks
    assert [look.span for look in found.looks] == [Span(0, 7.75), Span(8, 15.75), Span(16, 19.75)]
    assert [look.cells for look in found.looks] == [((look.value, 0, 0), (0, 0, 0)) for look in found.looks]
    assert [look.value for look in found.looks] == pytest.approx([0.0, 7.5, 10.0])
    assert second.time_s == 12.5  # where the face is sharpest
    assert second.area == Box(-30, -20, 130, 140)  # the crop: 1.6 times the face's longer side round its middle
    assert [item.time_s for item in second.path] == [8, 9, 10, 11, 12, 12.5, 13.5, 14.5, 15.5, 15.75]
    assert (first.subject, third.path[-1].time_s) == ("face-1", 19.75)


@pytest.mark.parametrize("where", [np.full((2, 3), np.nan), np.zeros(6)])
def test_map_that_cannot_be_drawn_is_left_out(where: np.ndarray):
    found = visual.score([make_track([10, 20, 30, 40])], Pointing(where=where))
    assert (found.score, found.looks) == (pytest.approx(25.0), ())


def test_network_that_does_not_say_where_has_no_looks():
    assert scored([make_track([10, 20, 30, 40])]).looks == ()


def test_segments_are_means_over_seconds_with_their_spans():
    found = scored([make_track([0, 0, 0, 0, 100, 100, 100, 100, 60], start_s=5)])
    assert [segment.score for segment in found.segments] == pytest.approx([0.0, 100.0, 60.0])
    assert [segment.span for segment in found.segments] == [Span(5, 6), Span(6, 7), Span(7, 7)]


def test_a_second_without_the_face_has_no_segment():
    found = scored([make_track([10] * 4), make_track([30] * 4, start_s=10)])
    assert [segment.span.start_s for segment in found.segments] == [0.0, 10.0]


def test_long_tracks_are_scored_in_stretches_and_a_short_rest_joins_the_last():
    model = Brightness()
    visual.score([make_track([1] * 66)], model)  # type: ignore[arg-type]
    assert model.stretches == [32, 34]


def test_a_stretch_waits_for_enough_observations():
    seen = [make_observation(0, 80, 5.0 * index) for index in range(9)]
    assert [len(part) for part in visual.stretches(seen, 8.0, 4)] == [4, 5]


def test_a_network_that_asks_for_evenness_is_given_it_or_what_is_usual():
    model = Brightness({**PARAMETERS, "usual_evenness": -0.75})
    near = [make_observation(9, 80, 0.25 * index) for index in range(4)]
    far = [replace(seen, box=Box(900 * index, 0, 900 * index + 80, 100)) for index, seen in enumerate(near)]
    for seen in (near, far):
        visual.score([FaceTrack("face-1", tuple(seen))], model)  # type: ignore[arg-type]
    assert model.evennesses == pytest.approx([0.0, -0.75])
    silent = Brightness()
    visual.score([FaceTrack("face-1", tuple(near))], silent)  # type: ignore[arg-type]
    assert silent.evennesses == []


def test_unknown_motion_is_taken_as_usual():
    model = Brightness()
    far = [make_observation(9, 80, 0.25 * index) for index in range(4)]
    far = [replace(seen, box=Box(900 * index, 0, 900 * index + 80, 100)) for index, seen in enumerate(far)]
    visual.score([FaceTrack("face-1", tuple(far))], model)  # type: ignore[arg-type]
    assert model.motions == pytest.approx([-1.5])


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ([], "NO_FACE"),
        ([make_track([10] * 8, face_px=39)], "FACE_TOO_SMALL"),
        ([make_track([10] * 3)], "FACE_TOO_BRIEF"),
    ],
)
def test_too_little_is_not_assessed_with_a_reason(tracks: list[FaceTrack], reason: str):
    found = unassessed(tracks)
    assert (found.source, found.reason) == ("visual", reason)
    assert found.message


def test_pixels_are_planes_of_red_green_blue():
    planes = visual.pixels([make_observation(200, 80, 0)], 32)
    assert planes.shape == (1, 3, 32, 32)
    assert planes[0].mean(axis=(1, 2)) == pytest.approx([200.0, 0.0, 0.0])


def test_mouths_are_cut_from_below_the_eyes_of_the_aligned_face():
    seen = make_observation(0, 80, 0)
    seen.aligned[80:100, 40:70, 1] = 200
    planes = visual.mouths([seen], 56)
    assert planes.shape == (1, 3, 56, 56)
    assert planes[0, 1, 30, 20] == 200
    assert planes[0, 1, 5, 20] == planes[0, 0].max() == 0


class TestShippedModel:
    """The default network of the manifest, on pictures without a meaning."""

    @pytest.fixture
    def model(self):
        return ModelStore().load_default("visual_detector")

    @pytest.fixture
    def track(self) -> FaceTrack:
        generator = np.random.default_rng(3)
        observations = []
        for index in range(8):
            noise = generator.integers(0, 255, (28, 28, 3)).astype(np.uint8)
            blank = make_observation(0, 80, 0.25 * index)
            crop = np.repeat(np.repeat(noise, 8, axis=0), 8, axis=1)
            observations.append(
                FaceObservation(blank.time_s, blank.box, blank.landmarks, 0.99, 100.0, blank.aligned, crop)
            )
        return FaceTrack("face-1", tuple(observations))

    def test_grows_with_spoof(self, model):
        assert model.entry.higher_means is HigherMeans.SPOOF

    def run(self, model, track, motion, evenness=-1.9):
        parameters = model.entry.parameters
        crops = visual.pixels(track.observations, int(parameters["side_px"]))
        mouths = visual.mouths(track.observations, int(parameters["mouth_px"]))
        measures = {"motion": motion, "evenness": evenness}
        given = {name: np.array([value], np.float32) for name, value in measures.items()}
        return model.run({"crops": crops, "mouths": mouths, **given})

    def test_the_score_is_the_mean_of_its_observations(self, model, track):
        outputs = self.run(model, track, -1.5)
        assert outputs["scores"].shape == (len(track.observations),)
        assert outputs["scores"].mean() == pytest.approx(float(outputs["score"][0]), abs=1e-3)

    def test_a_still_picture_scores_higher_than_a_moving_one(self, model, track):
        assert self.run(model, track, -2.5)["score"][0] > self.run(model, track, -0.5)["score"][0]

    def test_a_picture_frozen_in_part_scores_higher_than_one_that_moves_all_over(self, model, track):
        frozen, all_over = (self.run(model, track, -1.5, evenness)["score"][0] for evenness in (-3.0, -0.3))
        assert frozen > all_over

    def test_scores_are_finite_and_repeat(self, model, track):
        first, second = visual.score([track], model), visual.score([track], model)
        assert isinstance(first, RawScore)
        assert np.isfinite(first.score)
        assert first == second

    def test_says_where_it_looked(self, model, track):
        """A map over the crop that depends on the picture."""
        first = self.run(model, track, -1.5)["where"]
        changed = [replace(seen, crop=np.ascontiguousarray(seen.crop[::-1])) for seen in track.observations]
        second = self.run(model, FaceTrack("face-1", tuple(changed)), -1.5)["where"]
        assert first.shape == second.shape == (6, 6)
        assert np.isfinite(first).all()
        assert np.abs(first - second).max() > 1e-3
        assert self.run(model, track, -2.5)["where"] == pytest.approx(first)  # stillness has no place

    def test_is_small_enough_to_ship(self, model):
        assert model.entry.size_bytes < 25e6


class TestInt8Version(TestShippedModel):
    """The same contract for the quantised version; and how near it is."""

    @pytest.fixture
    def model(self):
        return ModelStore().load(f"{ModelStore().default('visual_detector').model_id}-int8")

    def test_is_smaller_and_made_for_the_same_input(self, model):
        exact = ModelStore().default("visual_detector")
        assert model.entry.size_bytes < 0.6 * exact.size_bytes
        assert model.entry.preprocessing == exact.preprocessing
        assert dict(model.entry.parameters) == dict(exact.parameters)
