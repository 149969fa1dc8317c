"""Photographs of ours: into the archive, and beside a clip's faces. Introduces media and faces to footage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from anchorproof.engine import Clock, OnProgress
from anchorproof.errors import EnrolmentRejected
from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.motion import mouth_motion
from anchorproof.footage.photographs import (
    PhotographCalibration,
    PhotographHit,
    nearest,
    photograph_hashes,
    series,
)
from anchorproof.footage.pictures import ClipPictures
from anchorproof.footage.prints import NO_PICTURES, NO_SOUNDS, Fingerprint
from anchorproof.footage.references import LONG_SIDE_PX, side_by_side
from anchorproof.footage.store import FootageStore, ProgrammeMaterial
from anchorproof.footage.words import photograph_message
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from anchorproof.types import (
    Box,
    ClipInfo,
    FaceTrack,
    FootageMatch,
    FootageOutcome,
    FootageStretch,
    Image,
    Programme,
    SideBySide,
    Span,
)

#: A face and a small picture further apart than this are not of one moment.
_SAME_PICTURE_S = 0.13


def is_still(info: ClipInfo) -> bool:
    """Whether a file is a single picture."""
    return info.video is not None and info.video.frames_per_second is None and info.audio is None


def enrol_photograph(
    media: Path,
    keep_references: bool,
    store: FootageStore,
    finder: FaceFinder,
    settings: MediaSettings,
    on_progress: OnProgress,
) -> ProgrammeMaterial | Programme:
    """What recognises a photograph's people when it is set in motion, or what these bytes gave before.

    Raises:
        ClipRejected: the file cannot be decoded at all.
        EnrolmentRejected: it is no single picture, or shows no face.
    """
    clock = Clock(on_progress)
    with clock.step("inspect", 0.2):
        info = read_info(media, settings)
    earlier = store.find_media(info.sha256)
    if earlier is not None:
        return earlier
    if not is_still(info):
        raise EnrolmentRejected("no single picture: enrol it as a programme", ("NOT_A_PHOTOGRAPH",))
    with clock.step("faces", 0.8):
        image = next(sample_frames(media, info, settings)).image
        kept = photograph_hashes(image, [face.box for face in finder.find([image])[0]])
    if not len(kept):
        raise EnrolmentRejected("no face was found in it: nothing to recognise it by", ("NO_FACE",))
    programme_id = store.new_id()
    size = _retained(image, programme_id, store) if keep_references else 0
    return ProgrammeMaterial(programme_id, info.sha256, 0.0, Fingerprint(NO_PICTURES, NO_SOUNDS), size, kept)


def _retained(image: Image, programme_id: str, store: FootageStore) -> int:
    """Keeps a small copy; its size in bytes."""
    writer = store.references.writer(programme_id)
    try:
        writer.add_picture(0.0, _at_most(image, LONG_SIDE_PX))
        return writer.finish()
    except BaseException:
        writer.discard()
        raise


@dataclass(frozen=True, slots=True)
class ClipFaces:
    """A clip's small pictures and the faces that were followed through it; ``width_px`` is its own pictures' width."""

    pictures: ClipPictures
    width_px: int
    tracks: Sequence[FaceTrack]

    def seen(self, track: FaceTrack) -> Iterator[tuple[float, Image, Box]]:
        """The small pictures in which a face was seen, with its box in them; each picture once."""
        last = -1
        for seen in track.observations:
            place = self.place_at(seen.time_s)
            if place == last or abs(float(self.pictures.times_s[place]) - seen.time_s) > _SAME_PICTURE_S:
                continue
            last = place
            yield seen.time_s, self.pictures.images[place], self._within(seen.box, self.pictures.images[place])

    def place_at(self, time_s: float) -> int:
        return int(np.abs(self.pictures.times_s - time_s).argmin())

    def _within(self, box: Box, image: Image) -> Box:
        border = self.pictures.border
        scale = (image.shape[1] + border.left + border.right) / self.width_px
        return Box(
            box.x1 * scale - border.left,
            box.y1 * scale - border.top,
            box.x2 * scale - border.left,
            box.y2 * scale - border.top,
        )


def animated(
    faces: ClipFaces,
    store: FootageStore,
    programmes: Sequence[FootageMatch],
    calibration: PhotographCalibration,
    limit: int,
    with_pairs: bool,
) -> Iterator[tuple[FootageMatch, list[SideBySide]]]:
    """Photographs of ours that faces of the clip are, set in motion; each once, the nearest first.

    A face in a stretch that a programme of ours shows as well is passed over: what it is, is known.
    """
    kept = store.photographs()
    known = [part.clip for match in programmes for part in match.stretches if part.bits is not None]
    hits: dict[str, tuple[PhotographHit, FaceTrack]] = {}
    for track in faces.tracks if len(faces.pictures) else ():
        if any(span.overlap(track.span) for span in known):
            continue
        hit = nearest(series(list(faces.seen(track)), mouth_motion(track) or 0.0), kept)
        if hit is None or not calibration.is_match(hit.bits, len(kept)):
            continue
        if hit.photograph_id not in hits or hit.bits < hits[hit.photograph_id][0].bits:
            hits[hit.photograph_id] = hit, track
    for hit, track in sorted(hits.values(), key=lambda found: found[0].bits)[:limit]:
        photograph = store.get(hit.photograph_id)
        match = _match(photograph, hit, calibration.match_llr(hit.bits, len(kept)))
        yield match, _beside(photograph, faces, track, store) if with_pairs else []


def _match(photograph: Programme, hit: PhotographHit, llr: float) -> FootageMatch:
    title = photograph.title or photograph.programme_id
    return FootageMatch(
        programme_id=photograph.programme_id,
        title=title,
        llr=llr,
        outcome=FootageOutcome.PHOTOGRAPH_ANIMATED,
        also=(),
        stretches=(FootageStretch(hit.span, Span(0.0, 0.0), 1.0, hit.bits, None),),
        differences=(),
        by_references=False,
        message=photograph_message(title, hit.span),
    )


def _beside(photograph: Programme, faces: ClipFaces, track: FaceTrack, store: FootageStore) -> list[SideBySide]:
    """The photograph and one picture of the clip, where the photograph was retained."""
    ours = next(store.references.pictures(photograph.programme_id, Span(0.0, 0.0)), None)
    if ours is None:
        return []
    place = faces.place_at(track.observations[len(track.observations) // 2].time_s)
    jpeg = side_by_side(ours[1], faces.pictures.images[place])
    return [SideBySide(photograph.programme_id, 0.0, float(faces.pictures.times_s[place]), jpeg)]


def _at_most(image: Image, long_side_px: int) -> Image:
    scale = long_side_px / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
