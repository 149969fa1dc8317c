"""What one process needs to analyse clips: settings, networks, calibrations; and the clock that tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from anchorproof import __version__
from anchorproof.captions.reader import TextReader
from anchorproof.evidence import Calibrations, calibration_folders, load_calibrations, weigh
from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.templates import FaceEmbedder
from anchorproof.fusion import FusionCalibration, load_fusion
from anchorproof.identity.cohort import Cohort
from anchorproof.identity.compare import ReferenceSet, compare
from anchorproof.provenance.origin import check_trust_list, trust_components
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from anchorproof.types import (
    CalibrationMap,
    Comparison,
    Component,
    Evidence,
    Progress,
    Question,
    RawScore,
    StepTime,
    Template,
)
from anchorproof.voices.templates import VoiceEmbedder

OnProgress = Callable[[Progress], None]


class Engine:
    """Settings, models and calibrations of one process; networks are loaded when first used."""

    def __init__(self, settings: Settings, models: ModelStore, calibrations: Calibrations) -> None:
        self.settings = settings
        self.models = models
        self.calibrations = calibrations
        self._cohorts: dict[str, Cohort | None] = {}

    @classmethod
    def load(cls, settings: Settings, threads: int = 1) -> Engine:
        """Reads manifests and calibrations.

        Raises:
            ModelUnavailable, CalibrationUnavailable, TrustListUnavailable: one of them is unfit.
        """
        check_trust_list(settings.provenance.trust_list)
        models = ModelStore(settings.data_dir / "models", threads)
        return cls(settings, models, load_calibrations(calibration_folders(models, settings.data_dir)))

    @cached_property
    def fusion(self) -> FusionCalibration:
        """What makes one LLR of all evidence on authenticity."""
        return load_fusion(self.settings.data_dir)

    @cached_property
    def face_finder(self) -> FaceFinder:
        return FaceFinder(self.models, self.settings.faces)

    @cached_property
    def face_embedder(self) -> FaceEmbedder:
        return FaceEmbedder(self.models.load_default("face_template"))

    @cached_property
    def voice_embedder(self) -> VoiceEmbedder:
        return VoiceEmbedder(self.models.load_default("voice_template"), self.settings.voices.shortest_probe_s)

    @cached_property
    def text_reader(self) -> TextReader:
        return TextReader(self.models, self.settings.captions)

    def compare(self, probe: Template, references: ReferenceSet, keep: Collection[str] = ()) -> tuple[Comparison, ...]:
        """The probe against every enrolled anchor, calibrated, best first; ``keep`` are reported in any case."""
        limit = self.settings.identity.reported
        map_, cohort = self.identity_map(probe.model_id), self.cohort(probe.model_id)
        return compare(probe, references, map_, limit, keep, cohort)

    def cohort(self, model_id: str) -> Cohort | None:
        """What a template model's scores are normalised by, if by anything."""
        if model_id not in self._cohorts:
            arrays = self.models.load_statistics(model_id, "cohort")
            self._cohorts[model_id] = None if arrays is None else Cohort(arrays["mean"], arrays["factor"])
        return self._cohorts[model_id]

    def identity_map(self, model_id: str) -> CalibrationMap:
        """The map from a template model's comparison scores to same-source LLRs."""
        return self.calibrations.for_model(self.models.entry(model_id), Question.IDENTITY)

    def same_person_llr(self, one: Template, other: Template) -> float:
        """Of two templates of one model."""
        cohort = self.cohort(one.model_id)
        score = cohort.score(one.vector, other.vector) if cohort else float(one.vector @ other.vector)
        both = (one.acoustics, other.acoustics) if one.acoustics and other.acoustics else None
        return self.identity_map(one.model_id).llr(score, min(one.quality, other.quality), both)

    def weigh(self, raw: RawScore) -> Evidence:
        """A detector's raw score as evidence on authenticity."""
        return weigh(raw, self.calibrations.for_model(self.models.entry(raw.model_id), Question.AUTHENTICITY))

    def components(self) -> tuple[Component, ...]:
        """Versions and checksums of all that makes a report."""
        entries = [self.models.default(task) for task in _TASKS]
        models = [Component("model", entry.model_id, entry.origin, entry.sha256) for entry in entries]
        preprocessing = [Component("preprocessing", entry.preprocessing, entry.model_id, "") for entry in entries]
        calibrations = [self.calibrations.component(entry.model_id) for entry in entries]
        software = Component("software", "anchorproof", __version__, "")
        trust = trust_components(self.settings.provenance.trust_list)
        return (software, *trust, *models, *preprocessing, *filter(None, calibrations), self.fusion.component())


_TASKS = (
    "face_proposal",
    "face_refinement",
    "face_landmarks",
    "face_template",
    "speech_activity",
    "voice_template",
    "visual_detector",
    "audio_detector",
    "text_detection",
    "text_recognition",
    "face_mesh",
    "sync_detector",
)


@dataclass
class Clock:
    """Wall time per step, and progress to the caller: each step owns a stretch of [0, 1]."""

    on_progress: OnProgress
    timings: list[StepTime] = field(default_factory=list)
    _fraction: float = 0.0

    @contextmanager
    def step(self, name: str, share: float) -> Iterator[Callable[[float], None]]:
        """Times a step; the callable it yields reports the fraction of this step that is done."""
        begun, base = time.perf_counter(), self._fraction

        def tell(done: float) -> None:
            self._fraction = max(self._fraction, base + share * min(1.0, done))
            self.on_progress(Progress(name, min(1.0, self._fraction)))

        tell(0.0)
        yield tell
        tell(1.0)
        self.timings.append(StepTime(name, time.perf_counter() - begun))
