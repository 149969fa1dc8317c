"""What the bench's workers do with one file: the service's own steps, as many as the protocol needs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from anchorproof.errors import CalibrationUnavailable, ClipRejected
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import Settings, VerdictSettings
from anchorproof.types import Decision, Evidence, FaceTrack, HigherMeans, RawScore, Unassessed, VideoInfo
from benchmarks.manifests import Protocol

if TYPE_CHECKING:
    from anchorproof.pipeline import Engine
    from anchorproof.types import ClipInfo, Template

LOAD = "benchmarks.steps:load"
#: The manifest tasks whose models a protocol uses.
FACE_TASKS = ("face_proposal", "face_refinement", "face_landmarks")
TASKS: dict[Protocol, tuple[str, ...]] = {
    Protocol.VISUAL: (*FACE_TASKS, "visual_detector"),
    Protocol.AUDIO: ("speech_activity", "audio_detector"),
    Protocol.SYNC: (*FACE_TASKS, "speech_activity", "face_mesh", "sync_detector"),
    Protocol.VERDICT: (
        *FACE_TASKS,
        "face_template",
        "speech_activity",
        "voice_template",
        "visual_detector",
        "audio_detector",
        "face_mesh",
        "sync_detector",
    ),
    Protocol.FACE_VERIFICATION: (*FACE_TASKS, "face_template"),
    Protocol.SPEAKER_VERIFICATION: ("speech_activity", "voice_template"),
}

#: Plain data, as it is kept in the work file.
Answer = dict[str, Any]


def load(settings: Settings) -> Engine:
    """Called once in each worker: one thread, so that the number of workers cannot change a score."""
    import cv2

    from anchorproof.pipeline import Engine

    cv2.setNumThreads(1)
    return Engine.load(settings, threads=1)


@dataclass(frozen=True, slots=True)
class ScoreTask(Task[Answer]):
    """A clip's ``score``, ``llr``, ``decision`` and ``reason``; what cannot be had is empty."""

    protocol: Protocol
    path: Path

    def run(self, workshop: Engine, on_progress: OnProgress) -> Answer:
        try:
            if self.protocol is Protocol.VERDICT:
                return _judge(self.path, workshop, on_progress)
            return detect(self.path, self.protocol, workshop, on_progress)
        except ClipRejected as error:
            return unscored(error.reason, str(error))


@dataclass(frozen=True, slots=True)
class EmbedTask(Task[Answer]):
    """A medium's ``template`` (base64 of float32) and its ``quality``, a voice's ``acoustics``; or why it has none."""

    protocol: Protocol
    path: Path

    def run(self, workshop: Engine, on_progress: OnProgress) -> Answer:
        try:
            embed = _face if self.protocol is Protocol.FACE_VERIFICATION else _voice
            found = embed(self.path, workshop, on_progress)
        except ClipRejected as error:
            return {"reason": error.reason, "message": str(error)}
        if isinstance(found, Unassessed):
            return {"reason": found.reason, "message": found.message}
        vector = np.asarray(found.vector, "<f4").tobytes()
        template = base64.b64encode(vector).decode()
        answer = {"model_id": found.model_id, "template": template, "quality": found.quality}
        if found.acoustics:
            answer["acoustics"] = [found.acoustics.fall_db, found.acoustics.band_db]
        return answer


def unscored(reason: str, message: str, decision: str = "") -> Answer:
    """The answer for a clip that gets no score."""
    return {"score": None, "llr": None, "decision": decision, "reason": reason, "message": message}


# --------------------------------------------------------------------------- authenticity


def _judge(path: Path, engine: Engine, on_progress: OnProgress) -> Answer:
    """The service's verdict with nobody enrolled; its fused LLR is the score."""
    from anchorproof.identity.compare import ReferenceSet
    from anchorproof.pipeline import AnalysisRequest, analyze

    report = analyze(path, AnalysisRequest("bench", path.name), engine, ReferenceSet.of([], {}), on_progress)
    verdict = report.verdict
    if not report.evidence:
        missing = _telling(report.unassessed) or Unassessed("", "NO_EVIDENCE", verdict.summary)
        return unscored(missing.reason, missing.message, verdict.decision)
    why = [f"{reason.code}: {reason.message}" for reason in verdict.reasons]
    named = verdict.scenarios[0].scenario if verdict.scenarios else ""
    return _scored(verdict.llr, verdict.llr, verdict.decision) | {"why": why, "scenario": named}


def _telling(missing: Sequence[Unassessed]) -> Unassessed | None:
    """The reason that says most: why a part that is there could not be judged, before that a part is not there."""
    return min(missing, key=lambda part: part.reason in ("NO_PICTURE", "NO_SOUND"), default=None)


def detect(path: Path, protocol: Protocol, engine: Engine, on_progress: OnProgress) -> Answer:
    """One detector alone: its raw score (larger: more spoof), its LLR, and what that LLR alone would decide."""
    return weighed(_raw_score(path, protocol, engine, on_progress), engine)


def weighed(raw: RawScore | Unassessed, engine: Engine) -> Answer:
    """A detector's raw score as an answer: turned so that larger is more spoof, with its LLR where there is a map."""
    if isinstance(raw, Unassessed):
        return unscored(raw.reason, raw.message)
    is_turned = engine.models.entry(raw.model_id).higher_means is HigherMeans.BONA_FIDE
    sign = -1 if is_turned else 1
    score = sign * raw.score
    segments = [[sign * part.score, part.span.start_s, part.span.end_s] for part in raw.segments]
    about = {"segments": segments, "quality": raw.quality}
    try:
        evidence: Evidence = engine.weigh(raw)
    except CalibrationUnavailable as error:
        return unscored(error.reason, str(error)) | {"score": score} | about
    return _scored(score, evidence.llr, decide(evidence.llr, engine.settings.verdict)) | about


def _raw_score(path: Path, protocol: Protocol, engine: Engine, on_progress: OnProgress) -> RawScore | Unassessed:
    from anchorproof.engine import Clock
    from anchorproof.media.info import read_info
    from anchorproof.pipeline import judge_picture, judge_sound, judge_sync
    from anchorproof.senses import listen, look

    info, clock = read_info(path, engine.settings.media), Clock(on_progress)
    if protocol is Protocol.VISUAL:
        return judge_picture(look(path, info, engine, clock), engine)
    if protocol is Protocol.SYNC:
        picture, sound = look(path, info, engine, clock), listen(path, info, engine, clock)
        return judge_sync(path, info, picture, sound, engine, clock)
    return judge_sound(listen(path, info, engine, clock), engine)


def decide(llr: float, settings: VerdictSettings) -> Decision:
    """What one LLR decides at the service's prior and thresholds."""
    odds = settings.prior / (1 - settings.prior) * 10**llr
    if odds / (1 + odds) >= settings.spoof_posterior:
        return Decision.SPOOF
    if odds / (1 + odds) <= settings.bona_fide_posterior:
        return Decision.BONA_FIDE
    return Decision.INCONCLUSIVE


def _scored(score: float, llr: float, decision: Decision) -> Answer:
    reason = "EVIDENCE_TOO_WEAK" if decision is Decision.INCONCLUSIVE else ""
    return {"score": score, "llr": llr, "decision": decision.value, "reason": reason, "message": ""}


# --------------------------------------------------------------------------- identity


def _face(path: Path, engine: Engine, on_progress: OnProgress) -> Template | Unassessed:
    from anchorproof.engine import Clock
    from anchorproof.faces.templates import track_template
    from anchorproof.media.info import read_info
    from anchorproof.senses import look

    info = read_info(path, engine.settings.media)
    picture = look(path, info, engine, Clock(on_progress))
    if picture.unassessed:
        return picture.unassessed
    if not picture.tracks:
        return Unassessed("face", "NO_FACE", "no face was found in the picture")
    return track_template(engine.face_embedder.embed(_subject(picture.tracks, info).observations))


def _subject(tracks: Sequence[FaceTrack], info: ClipInfo) -> FaceTrack:
    """In a still the face nearest the picture's centre; in a clip the most prominent one."""
    if info.duration_s > 0 or info.video is None:
        return tracks[0]
    video = info.video
    return min(tracks, key=lambda track: _off_centre(track, video))


def _off_centre(track: FaceTrack, video: VideoInfo) -> float:
    box = track.observations[0].box
    return float(np.hypot((box.x1 + box.x2 - video.width) / 2, (box.y1 + box.y2 - video.height) / 2))


def _voice(path: Path, engine: Engine, on_progress: OnProgress) -> Template | Unassessed:
    from anchorproof.engine import Clock
    from anchorproof.media.info import read_info
    from anchorproof.senses import listen

    info = read_info(path, engine.settings.media)
    sound = listen(path, info, engine, Clock(on_progress))
    if sound.unassessed or sound.waveform is None:
        return sound.unassessed or Unassessed("voice", "NO_SOUND", "the medium has no sound")
    template = engine.voice_embedder.embed(sound.waveform, sound.speech)
    return template or Unassessed("voice", "SPEECH_TOO_SHORT", "there is too little speech for a voice template")
