"""The whole story on one screen: clip -> what is seen and heard -> who it is -> scores -> evidence -> report.

The rooms do not know each other; they meet here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from anchorproof.captions.keyframes import FrameChooser
from anchorproof.claims import Claims, read_declared, read_logo, read_pictured, signed_capture, state
from anchorproof.detectors import audio as audio_detector
from anchorproof.detectors import sync as sync_detector
from anchorproof.detectors import visual as visual_detector
from anchorproof.engine import Clock, Engine, OnProgress
from anchorproof.enrolment import enrol as enrol_media
from anchorproof.enrolment import people
from anchorproof.errors import AnchorproofError
from anchorproof.faces.templates import track_template
from anchorproof.findings import Findings
from anchorproof.footage import weighing, words
from anchorproof.identity.agreement import side_by_side
from anchorproof.identity.compare import ReferenceSet, recognise
from anchorproof.identity.enrolments import EnrolmentMaterial, EnrolmentWish
from anchorproof.media.info import read_info
from anchorproof.originals import Originals
from anchorproof.selection import Known
from anchorproof.senses import Picture, Sound, listen, look, watch_mouths
from anchorproof.settings import VerdictSettings
from anchorproof.timeline import splices_in, timeline_of
from anchorproof.types import (
    Assessment,
    ClipInfo,
    Comparison,
    FaceFinding,
    FaceTrack,
    FootageFindings,
    FootageSearch,
    RawScore,
    Report,
    SpeakerTurns,
    StepTime,
    Template,
    Unassessed,
    VoiceFinding,
)
from anchorproof.verdict import fuse
from anchorproof.voices.speakers import find_speakers

__all__ = ["AnalysisRequest", "Engine", "analyze", "enrol", "people", "read_logo", "search_footage"]


T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What the caller decides about one analysis."""

    report_id: str
    clip_name: str


# --------------------------------------------------------------------------- authenticity


def judge_picture(picture: Picture, engine: Engine) -> RawScore | Unassessed:
    """The visual detector's raw score for the clip, or why there is none."""
    if picture.unassessed:
        return picture.unassessed
    return visual_detector.score(picture.tracks, engine.models.load_default("visual_detector"))


def judge_sound(sound: Sound, engine: Engine) -> RawScore | Unassessed:
    """The audio detector's raw score for the clip, or why there is none."""
    if sound.unassessed or sound.waveform is None:
        return sound.unassessed or Unassessed("audio", "NO_SOUND", "the clip has no sound")
    return audio_detector.score(sound.waveform, sound.speech, engine.models.load_default("audio_detector"))


def enrol(media: Path, wish: EnrolmentWish, known: Known, engine: Engine, on_progress: OnProgress) -> EnrolmentMaterial:
    """Templates from media of an anchor, judged for authenticity first; raises as ``enrolment.enrol`` does."""

    def assess(info: ClipInfo, picture: Picture, sound: Sound) -> Assessment:
        judged = (judge_picture(picture, engine), judge_sound(sound, engine))
        evidence = [engine.weigh(raw) for raw in judged if isinstance(raw, RawScore)]
        unassessed = [missing for missing in judged if isinstance(missing, Unassessed)]
        verdict = fuse(Findings(info, evidence, unassessed, [], [], [], {}), engine.settings.verdict, engine.fusion)
        return Assessment(verdict.decision, verdict.llr, tuple(reason.message for reason in verdict.reasons))

    return enrol_media(media, wish, known, engine, assess, on_progress)


def judge_sync(
    clip: Path, info: ClipInfo, picture: Picture, sound: Sound, engine: Engine, clock: Clock
) -> RawScore | Unassessed:
    """The sync detector's raw score for the clip, or why there is none."""
    missing = picture.unassessed or sound.unassessed
    if missing or sound.waveform is None:
        return replace(missing or Unassessed("", "NO_SOUND", "the clip has no sound"), source=sync_detector.SOURCE)
    model = engine.models.load_default("sync_detector")
    rules = sync_detector.SyncRules.of(model.entry)
    windows = sync_detector.windows_to_watch(picture.tracks, sound.speech, rules)
    if isinstance(windows, Unassessed):
        return windows
    mouths = watch_mouths(clip, info, windows.spans, windows.face_px, rules.limit_faces, engine, clock)
    if isinstance(mouths, Unassessed):
        return mouths
    with clock.step("sync", 0.02):
        return sync_detector.score(mouths, sound.waveform, model)


# --------------------------------------------------------------------------- identity


def identify(
    picture: Picture, sound: Sound, engine: Engine, references: ReferenceSet, named: Collection[str] = ()
) -> tuple[list[FaceFinding], list[VoiceFinding]]:
    """Every face track and every speaker compared with everybody enrolled.

    Whoever is recognised by face is also among the comparisons of each voice, and the other way round, so that the
    two can be held side by side; so is whoever is ``named``, such as by a caption.
    """
    faces = [(track, track_template(engine.face_embedder.embed(track.observations))) for track in picture.tracks]
    voices = _voice_probes(sound, engine)
    probes = [probe for _, probe in (*faces, *voices) if probe is not None]
    recognised = [recognise(engine.compare(probe, references), engine.settings.identity) for probe in probes]
    keep = {*named, *(anchor_id for anchor_id in recognised if anchor_id)}
    return (
        [_face_finding(track, engine.compare(probe, references, keep), engine) for track, probe in faces],
        [
            _voice_finding(speaker, engine.compare(probe, references, keep) if probe else (), engine)
            for speaker, probe in voices
        ],
    )


def _voice_probes(sound: Sound, engine: Engine) -> list[tuple[SpeakerTurns, Template | None]]:
    if sound.waveform is None or not sound.speech:
        return []
    speakers = find_speakers(sound.waveform, sound.speech, engine.voice_embedder, engine.settings.voices)
    return [(speaker, engine.voice_embedder.embed(sound.waveform, speaker.spans)) for speaker in speakers]


def _face_finding(track: FaceTrack, comparisons: tuple[Comparison, ...], engine: Engine) -> FaceFinding:
    best = max(track.observations, key=lambda seen: seen.detection_score * seen.sharpness)
    return FaceFinding(
        track_id=track.track_id,
        span=track.span,
        observations=track.observed or len(track.observations),
        best_time_s=best.time_s,
        best_box=best.box,
        comparisons=comparisons,
        anchor_id=recognise(comparisons, engine.settings.identity),
    )


def _voice_finding(speaker: SpeakerTurns, comparisons: tuple[Comparison, ...], engine: Engine) -> VoiceFinding:
    anchor_id = recognise(comparisons, engine.settings.identity)
    return VoiceFinding(speaker.speaker_id, speaker.spans, speaker.speech_s, comparisons, anchor_id)


# --------------------------------------------------------------------------- our own footage


def search_footage(
    clip: Path, engine: Engine, originals: Originals, with_pairs: bool, on_progress: OnProgress
) -> FootageSearch:
    """The clip beside the archive, without judging it; an empty archive finds nothing.

    Raises:
        ClipRejected: the file cannot be decoded at all.
    """
    clock = Clock(on_progress)
    with clock.step("inspect", 0.02):
        info = read_info(clip, engine.settings.media)
    picture = look(clip, info, engine, clock) if originals.needs_faces() else Picture()
    with clock.step("footage", 0.4):
        found = originals.find(clip, info, picture.tracks, with_pairs)
    return found if isinstance(found, FootageSearch) else FootageSearch(FootageFindings(0, 0.0, ()))


def find_footage(
    clip: Path, info: ClipInfo, picture: Picture, originals: Originals | None
) -> FootageFindings | Unassessed:
    """What our archive says of the clip."""
    if originals is None:
        return Unassessed("footage", "NO_ARCHIVE", "no archive of your own footage was asked")
    found = originals.find(clip, info, picture.tracks)
    return found.findings if isinstance(found, FootageSearch) else found


# --------------------------------------------------------------------------- when one of them fails

DETECTOR_FAILED = "DETECTOR_FAILED"


def spared(source: str, work: Callable[[], T]) -> T | Unassessed:
    """What the work gives or, when it failed for a reason that nobody foresaw, that this source could not be judged.

    One detector's fault does not take the whole report with it. Errors of ours pass: they concern the clip, or the
    installation, as a whole.
    """
    try:
        return work()
    except (AnchorproofError, MemoryError):
        raise
    except Exception:
        _log.exception("%s failed", source)
        return Unassessed(source, DETECTOR_FAILED, f"{source} failed for an internal reason; the rest was judged")


# --------------------------------------------------------------------------- the story


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was found in one clip, before anything is concluded from it; plain data."""

    findings: Findings
    claims: Claims
    footage: FootageFindings | None
    timings: tuple[StepTime, ...]


def analyze(
    clip: Path,
    request: AnalysisRequest,
    engine: Engine,
    references: ReferenceSet,
    on_progress: OnProgress,
    originals: Originals | None = None,
) -> Report:
    """The report on one clip.

    Raises:
        ClipRejected: the file cannot be analysed at all.
        ModelUnavailable, CalibrationUnavailable: this installation is not fit to analyse.
    """
    return conclude(examine(clip, engine, references, on_progress, originals), request, engine, originals)


def examine(
    clip: Path, engine: Engine, references: ReferenceSet, on_progress: OnProgress, originals: Originals | None = None
) -> Examined:
    """Everything that takes the clip itself; raises as ``analyze`` does."""
    clock = Clock(on_progress)
    with clock.step("inspect", 0.02):
        info = read_info(clip, engine.settings.media)
    claims = read_declared(clip, info, engine, clock)
    chooser = FrameChooser(engine.settings.captions.limit_frames)
    picture = look(clip, info, engine, clock, chooser.watch)
    pictured = spared("captions", lambda: read_pictured(claims, chooser, info, references, engine, clock))
    if isinstance(pictured, Unassessed):
        claims = replace(claims, unassessed=(*claims.unassessed, pictured))
    else:
        claims = pictured
    sound = listen(clip, info, engine, clock)
    with clock.step("identity", 0.04):
        faces, voices = identify(picture, sound, engine, references, claims.anchor_ids)
        identity = side_by_side(faces, voices, engine.settings.identity)
    with clock.step("visual", 0.09):
        seen = spared("visual", lambda: judge_picture(picture, engine))
    with clock.step("audio", 0.06):
        heard = spared("audio", lambda: judge_sound(sound, engine))
    follows = spared("sync", lambda: judge_sync(clip, info, picture, sound, engine, clock))
    with clock.step("footage", 0.05):
        footage = spared("footage", lambda: find_footage(clip, info, picture, originals))
    with clock.step("verdict", 1.0):  # whatever was skipped, this ends at 1
        answers = (seen, heard, follows, claims.writing)
        evidence = [engine.weigh(raw) for raw in answers if isinstance(raw, RawScore)]
        unassessed = [missing for missing in answers if isinstance(missing, Unassessed)]
        unassessed += claims.unassessed
        # An installation without an archive did not ask; its reports need not say so each time.
        if isinstance(footage, Unassessed) and footage.reason != "NO_ARCHIVE":
            unassessed.append(footage)
        names = _names(faces, voices)
        if isinstance(footage, FootageFindings) and originals is not None:
            evidence += weighing.weigh(
                footage, info.duration_s, originals.calibration, originals.photograph_calibration
            )
        ours = footage if isinstance(footage, FootageFindings) else None
        findings = Findings(
            info,
            evidence,
            unassessed,
            faces,
            voices,
            identity,
            names,
            state(claims, faces, references, engine),
            footage_reasons=words.reasons(ours) if ours else (),
            footage_scenarios=words.scenarios(ours) if ours else (),
        )
    return Examined(findings, claims, ours, tuple(clock.timings))


def conclude(examined: Examined, request: AnalysisRequest, engine: Engine, originals: Originals | None) -> Report:
    """The report on what was found: arithmetic and words only, so that it can be done again."""
    findings = _completed(examined, engine.settings.verdict)
    verdict = fuse(findings, engine.settings.verdict, engine.fusion)
    return Report(
        report_id=request.report_id,
        create_time=datetime.now(UTC),
        clip=findings.clip,
        clip_name=request.clip_name,
        verdict=verdict,
        evidence=tuple(findings.evidence),
        unassessed=tuple(findings.unassessed),
        faces=tuple(findings.faces),
        voices=tuple(findings.voices),
        identity=tuple(findings.identity),
        components=(*engine.components(), *((originals.calibration.component(),) if originals else ())),
        timings=examined.timings,
        declared=examined.claims.declared,
        claims=examined.claims.pictured,
        footage=examined.footage,
        timeline=timeline_of(findings, verdict.llr),
    )


def _completed(examined: Examined, settings: VerdictSettings) -> Findings:
    """The findings with what the rooms found beside evidence, and a trusted signature as evidence."""
    claims, footage = examined.claims, examined.footage
    return replace(
        examined.findings,
        evidence=(*examined.findings.evidence, *signed_capture(claims.declared, settings.trusted_capture_llr)),
        footage=footage,
        declared=claims.declared,
        claims=claims.pictured,
        splices=splices_in(footage),
    )


def _names(faces: Sequence[FaceFinding], voices: Sequence[VoiceFinding]) -> dict[str, str]:
    findings: list[FaceFinding | VoiceFinding] = [*faces, *voices]
    return {item.anchor_id: item.anchor_name for finding in findings for item in finding.comparisons}
