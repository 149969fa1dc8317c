"""What a clip shows and says: faces followed through its picture, speech found in its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anchorproof.engine import Clock, Engine
from anchorproof.errors import ClipUnreadable
from anchorproof.faces.mesh import find_mouths
from anchorproof.faces.tracks import find_tracks
from anchorproof.media.audio import read_audio
from anchorproof.media.frames import sample_bursts, sample_frames
from anchorproof.types import ClipInfo, FaceTrack, Frame, MouthMotion, Span, Unassessed, Waveform
from anchorproof.voices.speech import find_speech


@dataclass(frozen=True, slots=True)
class Picture:
    """The faces of a clip, or why its picture gives none."""

    tracks: Sequence[FaceTrack] = ()
    unassessed: Unassessed | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """The speech of a clip, or why its sound gives none."""

    waveform: Waveform | None = None
    speech: Sequence[Span] = ()
    unassessed: Unassessed | None = None


Watch = Callable[[Iterator[Frame]], Iterator[Frame]]


def look(clip: Path, info: ClipInfo, engine: Engine, clock: Clock, watch: Watch = iter) -> Picture:
    """Decode the picture once and follow the faces in it; ``watch`` sees every sampled picture pass by."""
    if info.video is None:
        return Picture(unassessed=Unassessed("visual", "NO_PICTURE", "the clip has no picture"))
    with clock.step("faces", 0.43) as tell:
        frames = watch(_told(sample_frames(clip, info, engine.settings.media), info.duration_s, tell))
        try:
            return Picture(find_tracks(frames, engine.face_finder, engine.settings.faces))
        except ClipUnreadable as error:
            return Picture(unassessed=Unassessed("visual", "PICTURE_UNREADABLE", str(error)))


def listen(clip: Path, info: ClipInfo, engine: Engine, clock: Clock) -> Sound:
    """Decode the sound and find where somebody speaks."""
    if info.audio is None:
        return Sound(unassessed=Unassessed("audio", "NO_SOUND", "the clip has no sound"))
    with clock.step("speech", 0.1):
        try:
            waveform = read_audio(clip, info, engine.settings.media)
        except ClipUnreadable as error:
            return Sound(unassessed=Unassessed("audio", "SOUND_UNREADABLE", str(error)))
        speech = find_speech(waveform, engine.models.load_default("speech_activity"), engine.settings.voices)
        if not speech:
            silent = Unassessed("audio", "NO_SPEECH", "no speech was found in the sound")
            return Sound(waveform, (), silent)
        return Sound(waveform, speech)


#: Width of a face in the pictures that its mouth is read from: as large as the face mesh takes it.
MOUTH_FACE_PX = 150
#: Longest side of those pictures: a burst of them, about 200, is in memory at once (180 MB).
MOUTH_LONG_SIDE_PX = 720


def watch_mouths(
    clip: Path, info: ClipInfo, spans: Sequence[Span], face_px: float, limit: int, engine: Engine, clock: Clock
) -> list[list[MouthMotion]] | Unassessed:
    """Decode these stretches again, picture by picture, and follow the mouths in each: at most ``limit`` per stretch.

    Args:
        spans: ascending, apart.
        face_px: width of a typical face in them, in source pixels; the pictures are made as small as it allows.
    """
    assert info.video is not None
    long_side = max(info.video.width, info.video.height) * min(1.0, MOUTH_FACE_PX / face_px)
    long_side_px = min(engine.settings.media.long_side_px, MOUTH_LONG_SIDE_PX, max(64, round(long_side)))
    mesh = engine.models.load_default("face_mesh")
    with clock.step("lips", 0.1) as tell:
        frames = _told(sample_bursts(clip, info, engine.settings.media, spans, long_side_px), spans[-1].end_s, tell)
        try:
            return [
                find_mouths(burst, engine.face_finder, mesh, engine.settings.faces, limit)
                for burst in _by_span(frames, spans)
            ]
        except ClipUnreadable as error:
            return Unassessed("sync", "PICTURE_UNREADABLE", str(error))


def _by_span(frames: Iterator[Frame], spans: Sequence[Span]) -> Iterator[list[Frame]]:
    """The frames of each span; one span's are in memory at a time."""
    waiting = next(frames, None)
    for span in spans:
        burst: list[Frame] = []
        while waiting is not None and waiting.time_s < span.end_s:
            burst.append(waiting)
            waiting = next(frames, None)
        yield burst


def _told(frames: Iterator[Frame], duration_s: float, tell: Callable[[float], None]) -> Iterator[Frame]:
    for frame in frames:
        tell(frame.time_s / duration_s if duration_s else 1.0)
        yield frame
