"""Our own footage: programmes into the archive, clips beside it. Introduces media, faces and footage to each other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anchorproof.animated import ClipFaces, animated, enrol_photograph, is_still
from anchorproof.engine import Clock, OnProgress
from anchorproof.errors import ClipUnreadable, EnrolmentRejected, NotFound
from anchorproof.faces.finder import FaceFinder
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.differences import ClipFrames, FaceRegion, Moment, compare_pictures, per_second
from anchorproof.footage.faces import FaceRegions, region_of
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.outcomes import outcomes, traits
from anchorproof.footage.photographs import load_photograph_calibration
from anchorproof.footage.pictures import border, clip_pictures, picture_print
from anchorproof.footage.prints import NO_PICTURES, NO_SOUNDS, Fingerprint, SoundPrint
from anchorproof.footage.references import LONG_SIDE_PX, ReferenceFolder, side_by_side
from anchorproof.footage.search import search
from anchorproof.footage.sounds import levels_apart
from anchorproof.footage.store import FootageStore, ProgrammeMaterial
from anchorproof.footage.stretches import ClipPrints, Stretch
from anchorproof.footage.weighing import MatchCalibration, load_calibration
from anchorproof.footage.words import message
from anchorproof.media.audio import read_audio
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import FootageSettings, MediaSettings, Settings
from anchorproof.types import (
    ClipInfo,
    FaceTrack,
    FootageCopy,
    FootageDifference,
    FootageFindings,
    FootageMatch,
    FootageSearch,
    FootageStretch,
    Frame,
    Image,
    Programme,
    SideBySide,
    Span,
    Unassessed,
    Waveform,
)

_log = logging.getLogger(__name__)
_SIDE_PX = 256
_COMPARED_PX = 480
_PAIRS = 6
#: A programme has two pictures a second; a clip at least twice as many.
_LOWEST_RATE = 4.0


class Originals:
    """The archive and what it takes to use it; one per process."""

    def __init__(self, settings: Settings, store: FootageStore) -> None:
        self._settings = settings
        self._store = store
        self._chromaprint = Chromaprint()
        self.calibration: MatchCalibration = load_calibration()
        self.photograph_calibration = load_photograph_calibration()

    # ------------------------------------------------------------------------------------------------- enrolling

    def enrol(self, media: Path, keep_references: bool, on_progress: OnProgress) -> ProgrammeMaterial | Programme:
        """A file's fingerprints (and references, written to the folder), or the programme that its bytes gave before.

        Raises:
            ClipRejected: the file cannot be decoded at all.
            EnrolmentRejected: neither its picture nor its sound gives a fingerprint; or it is a single picture.
        """
        clock = Clock(on_progress)
        limits = self._settings.footage
        media_settings = replace(
            self._settings.media,
            limit_duration_s=max(limits.limit_programme_s, self._settings.media.limit_duration_s),
            limit_decoded_frames=max(self._settings.media.limit_decoded_frames, round(limits.limit_programme_s * 60)),
            frames_per_second=limits.programme_frames_per_second,
            limit_frames=round(limits.limit_programme_s * limits.programme_frames_per_second) + 1,
            long_side_px=LONG_SIDE_PX,
        )
        with clock.step("inspect", 0.02):
            info = read_info(media, media_settings)
        earlier = self._store.find_media(info.sha256)
        if earlier is not None:
            return earlier
        if is_still(info):
            raise EnrolmentRejected(
                "a single picture: if it is a photograph, and no frame of a programme, enrol it as a photograph",
                ("STILL_PICTURE",),
            )
        programme_id = self._store.new_id()
        writer = self._store.references.writer(programme_id) if keep_references else None
        try:
            pictures = NO_PICTURES
            with clock.step("pictures", 0.78) as tell:
                if info.video is not None:
                    frames = _told(sample_frames(media, info, media_settings), info.duration_s, tell)
                    pictures = picture_print(_kept(frames, writer.add_picture) if writer else frames)
            sounds = NO_SOUNDS
            with clock.step("sound", 0.2):
                if info.audio is not None:
                    waveform = read_audio(media, info, media_settings)
                    sounds = self._chromaprint.sound_print(waveform)
                    if writer:
                        writer.add_sound(waveform)
            if not len(pictures) and not len(sounds):
                raise EnrolmentRejected(
                    "neither picture nor at least 3 s of sound: nothing to recognise it by", ("NO_FINGERPRINT",)
                )
            size = writer.finish() if writer else 0
        except BaseException:
            if writer:
                writer.discard()
            raise
        return ProgrammeMaterial(programme_id, info.sha256, info.duration_s, Fingerprint(pictures, sounds), size)

    def enrol_photograph(
        self, media: Path, keep_references: bool, finder: FaceFinder, on_progress: OnProgress
    ) -> ProgrammeMaterial | Programme:
        """As ``animated.enrol_photograph``."""
        return enrol_photograph(media, keep_references, self._store, finder, self._settings.media, on_progress)

    # ------------------------------------------------------------------------------------------------- searching

    def needs_faces(self) -> bool:
        """Whether anything is enrolled that a clip's faces are needed for: else nobody's need be looked for."""
        return self._store.has_references() or bool(self._store.totals().photographs)

    def has_references(self) -> bool:
        """Whether any programme's references were retained: else nobody's face need be looked for."""
        return self._store.has_references()

    def find(
        self, clip: Path, info: ClipInfo, tracks: Sequence[FaceTrack], with_pairs: bool = False
    ) -> FootageSearch | Unassessed:
        """The clip beside the archive, or why it could not be compared.

        Args:
            tracks: the clip's faces, by which differences are shared out between mouth, face and the rest.
        """
        archive = self._store.totals()
        if archive.outdated:
            _log.warning("%d programmes were fingerprinted by an earlier version: enrol them again", archive.outdated)
        if not archive.programmes and not archive.photographs:
            return Unassessed("footage", "NO_ARCHIVE", _nothing_enrolled(archive.outdated))
        try:
            prints, waveform = self._prints(clip, info)
        except ClipUnreadable as error:
            return Unassessed("footage", "CLIP_UNREADABLE", str(error))
        found = (
            self._store.searching(lambda index: _by_programme(search(prints, index), index, self.calibration))
            if archive.programmes
            else []
        )
        matches: list[FootageMatch] = []
        pairs: list[SideBySide] = []
        for programme_id, located in found[: self._settings.footage.limit_matches]:
            try:
                match, shown = self._match(programme_id, located, clip, info, waveform, tracks, with_pairs)
            except NotFound:
                continue  # erased since it was found
            matches.append(match)
            pairs += shown
        if prints.pictures is not None and info.video is not None and archive.photographs:
            faces = ClipFaces(prints.pictures, info.video.width, tracks)
            limit = self._settings.footage.limit_matches
            for match, shown in animated(faces, self._store, matches, self.photograph_calibration, limit, with_pairs):
                matches.append(match)
                pairs += shown
        findings = FootageFindings(
            archive.programmes, archive.duration_s / 3600, tuple(matches), photographs=archive.photographs
        )
        return FootageSearch(findings, tuple(pairs))

    def _prints(self, clip: Path, info: ClipInfo) -> tuple[ClipPrints, Waveform | None]:
        pictures, sounds, waveform = None, NO_SOUNDS, None
        if info.video is not None:
            rate = clip_rate(info.duration_s, self._settings.footage)
            pictures = clip_pictures(sample_frames(clip, info, self._dense(rate, _SIDE_PX)))
        if info.audio is not None:
            waveform = read_audio(clip, info, self._settings.media)
            sounds = self._chromaprint.sound_print(waveform)
        heard = waveform
        stretch = (lambda speed: self._stretched(heard, speed)) if heard is not None else None
        return ClipPrints(pictures, sounds, stretch), waveform

    def _stretched(self, waveform: Waveform, speed: float) -> SoundPrint:
        """The print as if the clip had been played slower by ``speed``: Chromaprint is told another sample rate."""
        slower = Waveform(waveform.samples, round(waveform.sample_rate_hz / speed), 0.0)
        found = self._chromaprint.sound_print(slower)
        return SoundPrint(found.items, waveform.start_s, found.step_s / speed)

    def _dense(self, frames_per_second: float, long_side_px: int) -> MediaSettings:
        media = self._settings.media
        count = round(media.limit_duration_s * frames_per_second) + 1
        return replace(media, frames_per_second=frames_per_second, limit_frames=count, long_side_px=long_side_px)

    # -------------------------------------------------------------------------------------------------- one match

    def _match(
        self,
        programme_id: str,
        located: Sequence[_Located],
        clip: Path,
        info: ClipInfo,
        waveform: Waveform | None,
        tracks: Sequence[FaceTrack],
        with_pairs: bool,
    ) -> tuple[FootageMatch, list[SideBySide]]:
        programme, folder = self._store.get(programme_id), self._store.references
        stretches = [item.stretch for item in located]
        moments: list[Moment] = []
        pairs: list[SideBySide] = []
        if programme.references_bytes and any(stretch.picture is not None for stretch in stretches):
            frames = self._frames(clip, info, stretches)
            faces = FaceRegions([region for track in tracks[:1] for region in _regions(track, info)])
            for stretch in stretches:
                if stretch.picture is None:
                    continue
                references = list(folder.pictures(programme_id, stretch.programme))
                moments += compare_pictures(stretch, references, frames, faces.at)
                if with_pairs:
                    pairs += _pairs(programme, stretch, references, frames)
        found = traits(stretches, moments)
        shown = outcomes(found, self.calibration.limits)
        parts = tuple(_stretch(item, self._copies(item)) for item in located)
        differences = (
            _differences(moments, stretches, folder, programme_id, waveform) if programme.references_bytes else ()
        )
        match = FootageMatch(
            programme_id=programme_id,
            title=programme.title or programme_id,
            llr=self.calibration.match_llr(stretches),
            outcome=shown[0],
            also=tuple(shown[1:]),
            stretches=parts,
            differences=tuple(differences),
            by_references=bool(moments),
            message=message(programme.title or programme_id, parts, shown[0], shown[1:], bool(moments)),
        )
        return match, pairs[:_PAIRS]

    def _copies(self, located: _Located) -> Iterator[FootageCopy]:
        for programme_id, span in located.copies:
            with suppress(NotFound):  # erased since it was found
                programme = self._store.get(programme_id)
                yield FootageCopy(programme_id, programme.title or programme_id, span)

    def _frames(self, clip: Path, info: ClipInfo, stretches: Sequence[Stretch]) -> ClipFrames:
        """All the clip's pictures inside the stretches, for so many seconds as the settings allow."""
        limits = self._settings.footage
        settings = self._dense(limits.compared_frames_per_second, _COMPARED_PX)
        spans = [stretch.clip for stretch in stretches if stretch.picture is not None]
        kept: list[Frame] = []
        for frame in sample_frames(clip, info, settings):
            if any(span.start_s - 0.5 <= frame.time_s <= span.end_s + 0.5 for span in spans):
                kept.append(frame)
                if len(kept) >= limits.compared_s * limits.compared_frames_per_second:
                    break
        letterbox = border([frame.image for frame in kept])
        return ClipFrames(np.array([frame.time_s for frame in kept]), [frame.image for frame in kept], letterbox)


def clip_rate(duration_s: float, settings: FootageSettings) -> float:
    """Pictures a second that a clip of this length is hashed at."""
    affordable = max(_LOWEST_RATE, settings.limit_clip_pictures / max(duration_s, 1e-6))
    return min(settings.clip_frames_per_second, affordable)


def _nothing_enrolled(outdated: int) -> str:
    if outdated:
        return f"all {outdated} programmes were fingerprinted by an earlier version: enrol their files again"
    return "no footage of yours is enrolled to compare the clip with"


@dataclass(frozen=True, slots=True)
class _Located:
    """A stretch, and where else the same recording is: programme id and span."""

    stretch: Stretch
    copies: tuple[tuple[str, Span], ...]


def _by_programme(
    stretches: Sequence[Stretch], index: ArchiveIndex, calibration: MatchCalibration
) -> list[tuple[str, list[_Located]]]:
    """Stretches that are matches, by programme, the one covering most of the clip first."""

    def name(stretch: Stretch) -> str:
        return index.programme_ids[stretch.line.programme]

    def is_match(stretch: Stretch) -> bool:
        return calibration.stretch_llr(stretch) >= calibration.threshold_llr

    groups: dict[str, list[_Located]] = {}
    for stretch in filter(is_match, stretches):
        copies = tuple((name(copy), copy.programme) for copy in filter(is_match, stretch.copies))
        groups.setdefault(name(stretch), []).append(_Located(stretch, copies))
    return sorted(groups.items(), key=lambda item: -sum(part.stretch.clip.duration_s for part in item[1]))


def _stretch(located: _Located, copies: Iterable[FootageCopy]) -> FootageStretch:
    found = located.stretch
    return FootageStretch(
        copies=tuple(copies),
        clip=found.clip,
        programme=found.programme,
        speed=found.line.speed,
        bits=float(np.median(found.picture.bits)) if found.picture is not None else None,
        sound_share=float(np.mean(found.sound.share)) if found.sound is not None else None,
    )


def _regions(track: FaceTrack, info: ClipInfo) -> Iterator[FaceRegion]:
    assert info.video is not None
    size = (info.video.width, info.video.height)
    return (region_of(seen.time_s, seen.box, seen.landmarks, size) for seen in track.observations)


def _differences(
    moments: Sequence[Moment],
    stretches: Sequence[Stretch],
    folder: ReferenceFolder,
    programme_id: str,
    waveform: Waveform | None,
) -> Iterator[FootageDifference]:
    for span, mouth, face, outside in per_second(moments):
        stretch = next((part for part in stretches if part.clip.overlap(span)), None)
        share = level = None
        if stretch is not None:
            if stretch.sound is not None:
                inside = (stretch.sound.clip_s >= span.start_s) & (stretch.sound.clip_s < span.end_s)
                share = float(np.mean(stretch.sound.share[inside])) if inside.any() else None
            if waveform is not None:
                start, end = stretch.line.programme_s(np.array([span.start_s, span.end_s]))
                ours = folder.sound(programme_id, Span(max(0.0, float(start)), max(0.0, float(end))))
                level = levels_apart(waveform.cut(span), ours)
        yield FootageDifference(span, mouth, face, outside, share, level)


def _pairs(
    programme: Programme, stretch: Stretch, references: Sequence[tuple[float, Image]], frames: ClipFrames
) -> Iterable[SideBySide]:
    """A few pictures of the programme with the clip's beside them."""
    if not len(frames.times_s):
        return
    for time_s, ours in references[:: max(1, len(references) // 3)][:3]:
        clip_s = float(stretch.line.clip_s(np.array([time_s]))[0])
        if stretch.clip.start_s <= clip_s <= stretch.clip.end_s:
            index = int(np.abs(frames.times_s - clip_s).argmin())
            jpeg = side_by_side(ours, frames.images[index])
            yield SideBySide(programme.programme_id, time_s, float(frames.times_s[index]), jpeg)


def _kept(frames: Iterable[Frame], keep: Callable[[float, Image], None]) -> Iterator[Frame]:
    for frame in frames:
        keep(frame.time_s, frame.image)
        yield frame


def _told(frames: Iterable[Frame], duration_s: float, tell: Callable[[float], None]) -> Iterator[Frame]:
    for frame in frames:
        tell(frame.time_s / duration_s if duration_s else 1.0)
        yield frame
