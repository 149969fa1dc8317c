"""Cases made into files: MP4 clips to analyse, and what has to be enrolled for them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.finder import FaceFinder
from anchorproof.runtime import Model
from benchmarks.footage.edits import FORGED, HARMLESS, Edited, Material
from benchmarks.footage.media import RATE_HZ, Cut, encode, read_cut
from benchmarks.footage.queries import landmarks
from benchmarks.manifests import Row
from benchmarks.scenarios.cases import Case
from benchmarks.scenarios.cast import CLIP_S, OUTLETS, Anchor, Cast, seconds
from benchmarks.scenarios.declarations import with_aigc_label, with_credentials
from benchmarks.scenarios.pictures import enlarged, faceless_window, side_by_side, with_studio, write_on
from benchmarks.scenarios.swaps import most_frontal, swapped

SIDE_PX = 480
SPLICED_S = 8.0
_EDITS = {edit.name: edit for edit in (*HARMLESS, *FORGED)}


@dataclass(frozen=True, slots=True)
class Built:
    """One file's bytes; ``picture_id`` and ``sound_id`` name the manifest's rows that are in it unaltered (else empty),
    ``spliced`` the seconds that are not the bulletin's."""

    content: bytes
    picture_id: str = ""
    sound_id: str = ""
    spliced: tuple[float, float] | None = None


class Studio:
    """Builds any case of a cast."""

    def __init__(self, cast: Cast, finder: FaceFinder, mesh: Model) -> None:
        self._cast = cast
        self._mesh = mesh
        self._finder = finder
        self._recipes: dict[str, Callable[[Case], Built]] = {
            "A1": self._forged_footage,
            "A2": self._forged_footage,
            "A3": self._swapped,
            "A4": self._animated,
            "A7": self._cloned,
            "A8": self._fake_studio,
            "A9": self._spliced,
            "B1": self._re_upload,
            "B2": self._dubbed,
            "B3": self._declared,
            "B4": self._unclear,
        }

    def build(self, case: Case) -> Built:
        return self._recipes[case.scenario](case)

    # ------------------------------------------------------------------------------------------------ enrolment

    def enrolment(self, anchor: Anchor) -> bytes:
        """The part of the anchor's clip that nothing else is cut from."""
        return encode(read_cut(anchor.row.path, 0.0, anchor.enrolled_s, 640), 18)

    def portrait(self, case: Case) -> bytes:
        """The first picture of a talking head, which is nearly the photograph that it was animated from: PNG."""
        cut = read_cut(self._cast.talking_heads[case.who].path, 0.0, 0.2, 640)
        _, encoded = cv2.imencode(".png", cv2.cvtColor(np.asarray(cut.images[0]), cv2.COLOR_RGB2BGR))
        return encoded.tobytes()

    # ------------------------------------------------------------------------------------------------ spoofs

    def _forged_footage(self, case: Case) -> Built:
        anchor = self._cast.anchors[case.who]
        cut = self._excerpt(anchor, case)
        edited = _EDITS[case.recipe].make(self._material(case, cut, needs_faces=case.scenario == "A2"))
        voice = self._cast.made_voices[case.voice].row_id
        return Built(_bytes(edited), anchor.row.row_id if case.scenario == "A1" else "", voice)

    def _swapped(self, case: Case) -> Built:
        """The anchor's face on a stranger's body, moved by the stranger's, with the stranger's sound."""
        stranger, anchor = self._cast.strangers[case.other], self._cast.anchors[case.who]
        body = read_cut(stranger.path, 0.0, CLIP_S, SIDE_PX)
        shown = self._excerpt(anchor, case)
        known = landmarks(shown.images, self._finder)
        place = most_frontal(known)
        if place is None:
            raise ValueError(f"{anchor.row.row_id} shows no face to lay over another")
        own, five = landmarks(body.images, self._finder), known[place]
        assert five is not None
        return Built(encode(swapped(body, own, shown.images[place], five, self._mesh)), "", stranger.row_id)

    def _animated(self, case: Case) -> Built:
        row = self._cast.talking_heads[case.who]
        return Built(encode(read_cut(row.path, 0.0, CLIP_S, SIDE_PX)), row.row_id, "")

    def _cloned(self, case: Case) -> Built:
        anchor = self._cast.voice_anchors[case.who]
        row = anchor.cloned[case.number // len(self._cast.voice_anchors) % len(anchor.cloned)]
        sound = _speech(row)[: round(8 * RATE_HZ)]
        return Built(encode(self._b_roll(case, sound)), "", row.row_id)

    def _spliced(self, case: Case) -> Built:
        """2.5 s in the middle of a bulletin: foreign footage, or our own with another mouth and voice."""
        anchor = self._cast.anchors[case.who]
        cut = self._excerpt(anchor, case, SPLICED_S)
        if case.recipe == "insert":
            foreign = read_cut(self._cast.strangers[case.other].path, 0.0, 2.5, SIDE_PX)
            spliced, span = _inserted(cut, foreign)
            return Built(encode(spliced), spliced=span)
        forged = _EDITS["new-mouth"].make(self._material(case, cut, needs_faces=True)).cut
        start, end = cut.duration_s / 2 - 1.25, cut.duration_s / 2 + 1.25
        images = [
            new if start <= time_s < end else old
            for old, new, time_s in zip(cut.images, forged.images, cut.times_s, strict=True)
        ]
        assert cut.sound is not None
        assert forged.sound is not None
        sound = cut.sound.copy()
        inside = slice(round(start * RATE_HZ), min(round(end * RATE_HZ), len(sound)))
        sound[inside] = forged.sound[inside]
        return Built(encode(replace(cut, images=images, sound=sound)), spliced=(start, end))

    # ------------------------------------------------------------------------------------------------ bona fide

    def _fake_studio(self, case: Case) -> Built:
        """A genuine presenter who is nobody enrolled, under an enrolled outlet's mark."""
        row = self._cast.strangers[case.who]
        cut = self._stretch(row, case)
        outlet = OUTLETS[case.number % 2]
        images = [with_studio(image, outlet, f"{outlet}: Evening Edition") for image in cut.images]
        return Built(encode(replace(cut, images=images)), row.row_id, row.row_id)

    def _re_upload(self, case: Case) -> Built:
        anchor = self._cast.anchors[case.who]
        edited = _EDITS[case.recipe].make(self._material(case, self._excerpt(anchor, case)))
        return Built(_bytes(edited), anchor.row.row_id, anchor.row.row_id)

    def _dubbed(self, case: Case) -> Built:
        """Another genuine voice in place of the anchor's, or over it."""
        anchor = self._cast.anchors[case.who]
        cut = self._excerpt(anchor, case)
        row = self._cast.genuine_voices[(case.number * 3) % len(self._cast.genuine_voices)]
        voice = np.resize(_speech(row), round(cut.duration_s * RATE_HZ)).astype(np.float32)
        if case.recipe == "narrator" and cut.sound is not None:
            under = np.zeros_like(voice)
            under[: len(cut.sound)] = cut.sound[: len(voice)]
            voice = np.clip(voice + 0.15 * under, -1, 1).astype(np.float32)
        return Built(encode(replace(cut, sound=voice)), anchor.row.row_id, row.row_id)

    def _declared(self, case: Case) -> Built:
        heads = self._cast.talking_heads
        row = heads[case.who % len(heads)]
        cut = read_cut(row.path, 0.0, CLIP_S, SIDE_PX)
        if case.recipe == "on-screen":
            images = [write_on(image, "AI GENERATED", (0.04, 0.05), 0.08) for image in cut.images]
            return Built(encode(replace(cut, images=images)), row.row_id)
        declare = with_aigc_label if case.recipe == "aigc" else with_credentials
        return Built(declare(encode(cut)), row.row_id)

    def _unclear(self, case: Case) -> Built:
        row = self._cast.strangers[case.who]
        cut = self._stretch(row, case)
        if case.recipe == "stranger":
            return Built(encode(cut), row.row_id, row.row_id)
        if case.recipe == "two-faces":
            other = self._stretch(self._cast.strangers[case.other], case)
            images = [
                side_by_side(image, other.images[min(place, len(other.images) - 1)])
                for place, image in enumerate(cut.images)
            ]
            return Built(encode(replace(cut, images=images)), "", row.row_id)
        if case.recipe == "mute":
            return Built(encode(replace(cut, sound=None)), row.row_id, "")
        if case.recipe == "music":
            return Built(encode(self._b_roll(case, _music(case.number, CLIP_S))), "", "")
        voice = self._cast.genuine_voices[(case.number * 5 + 1) % len(self._cast.genuine_voices)]
        return Built(encode(self._b_roll(case, _speech(voice)[: round(8 * RATE_HZ)])), "", voice.row_id)

    # ------------------------------------------------------------------------------------------------ material

    def _excerpt(self, anchor: Anchor, case: Case, length_s: float = CLIP_S) -> Cut:
        """A stretch behind the enrolled part."""
        room = max(0.0, seconds(anchor.row) - anchor.enrolled_s - length_s - 0.2)
        return read_cut(anchor.row.path, anchor.enrolled_s + case.at * room, length_s, SIDE_PX)

    def _stretch(self, row: Row, case: Case) -> Cut:
        room = max(0.0, seconds(row) - CLIP_S - 0.2)
        return read_cut(row.path, case.at * room, CLIP_S, SIDE_PX)

    def _material(self, case: Case, cut: Cut, needs_faces: bool = False, other: Cut | None = None) -> Material:
        faces = landmarks(cut.images, self._finder) if needs_faces else ()
        other_faces = landmarks(other.images, self._finder) if other is not None else ()
        voice = np.resize(_speech(self._cast.made_voices[case.voice]), round(cut.duration_s * RATE_HZ))
        random = np.random.default_rng([case.seed, case.number])
        return Material(cut, other or cut, voice.astype(np.float32), faces, other_faces, random)

    def _b_roll(self, case: Case, sound: NDArray[np.float32]) -> Cut:
        """Pictures without a face, cut out of genuine footage, as long as the sound."""
        for turn in range(len(self._cast.strangers)):
            row = self._cast.strangers[(case.other + turn) % len(self._cast.strangers)]
            cut = read_cut(row.path, 0.0, 6.0, SIDE_PX)
            window = faceless_window(cut.images, self._finder)
            if window is None:
                continue
            images = [enlarged(image, window, (480, 270)) for image in cut.images]
            count = round(len(sound) / RATE_HZ / cut.frame_s)
            there_and_back = [*images, *images[::-1]]
            looped = [there_and_back[place % len(there_and_back)] for place in range(count)]
            return Cut(looped, np.arange(count) * cut.frame_s, sound)
        raise ValueError("no genuine clip has a part without a face")


def _bytes(edited: Edited) -> bytes:
    return encode(edited.cut, edited.crf, edited.height)


def _inserted(cut: Cut, foreign: Cut) -> tuple[Cut, tuple[float, float]]:
    """The foreign pictures and their sound in place of the middle of the cut."""
    size = (cut.images[0].shape[1], cut.images[0].shape[0])
    start = cut.duration_s / 2 - foreign.duration_s / 2
    first = int(np.searchsorted(cut.times_s, start))
    images = list(cut.images)
    for place, image in enumerate(foreign.images):
        if first + place < len(images):
            images[first + place] = np.asarray(cv2.resize(image, size), np.uint8)
    end = min(cut.duration_s, start + len(foreign.images) * cut.frame_s)
    sound = cut.sound
    if sound is not None and foreign.sound is not None:
        sound = sound.copy()
        inside = slice(round(start * RATE_HZ), min(round(end * RATE_HZ), len(sound)))
        sound[inside] = np.resize(foreign.sound, inside.stop - inside.start)
    return replace(cut, images=images, sound=sound), (start, end)


def _speech(row: Row) -> NDArray[np.float32]:
    parts: Sequence[NDArray[np.float32]] = []
    with av.open(io.BytesIO(row.path.read_bytes())) as container:
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        parts = [part.to_ndarray().ravel() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.float32)


def _music(number: int, length_s: float) -> NDArray[np.float32]:
    """Chords of plucked tones, a new one each half second."""
    random = np.random.default_rng(number)
    times = np.arange(round(0.5 * RATE_HZ)) / RATE_HZ
    chords = []
    for _ in range(round(length_s / 0.5)):
        root = 110 * 2 ** (random.integers(0, 12) / 12)
        tones = [np.sin(2 * np.pi * root * ratio * times) for ratio in (1, 1.25, 1.5, 2)]
        chords.append(0.2 * np.sum(tones, axis=0) * np.exp(-4 * times))
    return np.concatenate(chords).astype(np.float32)
