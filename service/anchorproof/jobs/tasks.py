"""What the workers do. The pipeline is imported in the worker only: the gRPC process needs no networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from anchorproof.errors import ModelUnavailable
from anchorproof.footage.store import FootageStore, ProgrammeMaterial
from anchorproof.identity.enrolments import EnrolmentWish
from anchorproof.identity.opening import open_registry
from anchorproof.identity.registry import EnrolmentMaterial, Registry
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import Settings
from anchorproof.types import (
    FootageSearch,
    HigherMeans,
    LogoMaterial,
    Modality,
    ModelInfo,
    ModelUse,
    Person,
    Programme,
    Question,
    Report,
    SearchHit,
)

if TYPE_CHECKING:
    from anchorproof.originals import Originals
    from anchorproof.pipeline import Engine
    from anchorproof.runtime import ModelEntry

LOAD = "anchorproof.jobs.tasks:load"


class Workshop(Protocol):
    """What a worker can do; made once in each worker."""

    def analyze(self, clip: Path, report_id: str, clip_name: str, on_progress: OnProgress) -> Report: ...

    def enrol(self, media: Path, anchor_id: str, wish: EnrolmentWish, on_progress: OnProgress) -> EnrolmentMaterial: ...

    def people(self, media: Path, on_progress: OnProgress) -> list[Person]: ...

    def search(self, media: Path, modality: Modality, limit: int, on_progress: OnProgress) -> list[SearchHit]: ...

    def logo(self, media: Path) -> LogoMaterial: ...

    def models(self) -> tuple[ModelInfo, ...]: ...

    def model_use(self) -> tuple[ModelUse, ...]:
        """What ran since this was last asked."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Templates made for the models in use; and what must be enrolled again: anchor, medium's name, modality."""

    templates: int
    enrol_again: tuple[tuple[str, str, Modality], ...]


@dataclass(frozen=True, slots=True)
class AnalyzeTask(Task[Report]):
    """A clip compared with the anchors enrolled when the task starts."""

    report_id: str
    clip: Path
    clip_name: str

    def run(self, workshop: Workshop, on_progress: OnProgress) -> Report:
        return workshop.analyze(self.clip, self.report_id, self.clip_name, on_progress)


@dataclass(frozen=True, slots=True)
class EnrolTask(Task[EnrolmentMaterial]):
    """An anchor's media turned into templates."""

    media: Path
    anchor_id: str
    wish: EnrolmentWish

    def run(self, workshop: Workshop, on_progress: OnProgress) -> EnrolmentMaterial:
        return workshop.enrol(self.media, self.anchor_id, self.wish, on_progress)


@dataclass(frozen=True, slots=True)
class FindPeopleTask(Task[list[Person]]):
    """Who appears in a medium."""

    media: Path

    def run(self, workshop: Workshop, on_progress: OnProgress) -> list[Person]:
        return workshop.people(self.media, on_progress)


@dataclass(frozen=True, slots=True)
class SearchTask(Task[list[SearchHit]]):
    """Every face, or every voice, of a medium looked up in the registry."""

    media: Path
    modality: Modality
    limit: int

    def run(self, workshop: Workshop, on_progress: OnProgress) -> list[SearchHit]:
        return workshop.search(self.media, self.modality, self.limit, on_progress)


@dataclass(frozen=True, slots=True)
class ReadLogoTask(Task[LogoMaterial]):
    """An outlet's logo, checked."""

    media: Path

    def run(self, workshop: Workshop, on_progress: OnProgress) -> LogoMaterial:  # noqa: ARG002
        return workshop.logo(self.media)


@dataclass(frozen=True, slots=True)
class ListModelsTask(Task[tuple[ModelInfo, ...]]):
    """The models in use, with their calibrations."""

    def run(self, workshop: Workshop, on_progress: OnProgress) -> tuple[ModelInfo, ...]:  # noqa: ARG002
        return workshop.models()


# --------------------------------------------------------------------------- the pipeline's workshop


def load(settings: Settings, threads: int) -> PipelineWorkshop:
    """Called once in each worker; an unfit model or calibration shows now, not at the first clip.

    Raises:
        ModelUnavailable, CalibrationUnavailable, StorageFailed: this installation is not fit to work.
    """
    import cv2

    from anchorproof.originals import Originals
    from anchorproof.pipeline import Engine

    cv2.setNumThreads(threads)
    engine = Engine.load(settings, threads)
    for component in engine.components():
        if component.kind == "model":
            _check_model(engine, component.component_id)
    store = FootageStore(settings.footage_path, settings.footage_references_dir)
    return PipelineWorkshop(engine, open_registry(settings), Originals(settings, store))


def _check_model(engine: Engine, model_id: str) -> None:
    direction = engine.models.load(model_id).entry.higher_means
    engine.cohort(model_id)
    if direction:
        question = Question.IDENTITY if direction is HigherMeans.SAME_SOURCE else Question.AUTHENTICITY
        engine.calibrations.for_model(engine.models.entry(model_id), question)


class PipelineWorkshop:
    """The real one: an engine, the registry's read side, and the archive of our own footage."""

    def __init__(self, engine: Engine, registry: Registry, originals: Originals) -> None:
        self._engine = engine
        self._registry = registry
        self._originals = originals

    def analyze(self, clip: Path, report_id: str, clip_name: str, on_progress: OnProgress) -> Report:
        from anchorproof.pipeline import AnalysisRequest, analyze

        request = AnalysisRequest(report_id, clip_name)
        return analyze(clip, request, self._engine, self._registry.references(), on_progress, self._originals)

    def enrol(self, media: Path, anchor_id: str, wish: EnrolmentWish, on_progress: OnProgress) -> EnrolmentMaterial:
        from anchorproof.pipeline import enrol
        from anchorproof.selection import Known

        known = Known(anchor_id, self._registry.references())
        return enrol(media, wish, known, self._engine, on_progress)

    def people(self, media: Path, on_progress: OnProgress) -> list[Person]:
        from anchorproof.pipeline import people

        return people(media, self._engine, on_progress)

    def search(self, media: Path, modality: Modality, limit: int, on_progress: OnProgress) -> list[SearchHit]:
        from anchorproof.search import search

        return search(media, modality, limit, self._registry.references(), self._engine, on_progress)

    def logo(self, media: Path) -> LogoMaterial:
        from anchorproof.pipeline import read_logo

        return read_logo(media, self._engine.settings.media)

    def rebuild(self, registry: Registry) -> Rebuilt:
        """Templates of the models in use for enrolments that lack them, where something was retained to make them."""
        from anchorproof.retention import rebuild

        made, again = 0, []
        for modality, task in ((Modality.FACE, "face_template"), (Modality.VOICE, "voice_template")):
            for enrolment_id, anchor_id, name, can_be_made in registry.lacking(
                modality, self._engine.models.default(task).model_id
            ):
                templates = (
                    rebuild(modality, registry.retained(enrolment_id, modality), self._engine) if can_be_made else []
                )
                made += registry.add_templates(anchor_id, enrolment_id, templates) if templates else 0
                again += [] if templates else [(anchor_id, name, modality)]
        return Rebuilt(made, tuple(again))

    def enrol_programme(
        self, media: Path, keep_references: bool, on_progress: OnProgress, is_photograph: bool = False
    ) -> ProgrammeMaterial | Programme:
        if is_photograph:
            return self._originals.enrol_photograph(media, keep_references, self._engine.face_finder, on_progress)
        return self._originals.enrol(media, keep_references, on_progress)

    def search_footage(self, clip: Path, with_pairs: bool, on_progress: OnProgress) -> FootageSearch:
        from anchorproof.pipeline import search_footage

        return search_footage(clip, self._engine, self._originals, with_pairs, on_progress)

    def model_use(self) -> tuple[ModelUse, ...]:
        return self._engine.models.take_use()

    def models(self) -> tuple[ModelInfo, ...]:
        return tuple(self._model_info(entry) for entry in self._engine.models.entries())

    def _model_info(self, entry: ModelEntry) -> ModelInfo:
        calibrations = {calibration.model_id: calibration for calibration in self._engine.calibrations}
        file = self._engine.calibrations.component(entry.model_id)
        return ModelInfo(
            model_id=entry.model_id,
            task=entry.task,
            is_default=self._is_default(entry),
            sha256=entry.sha256,
            size_bytes=entry.size_bytes,
            origin=entry.origin,
            licence=entry.licence,
            preprocessing=entry.preprocessing,
            higher_means=entry.higher_means,
            calibration=calibrations.get(entry.model_id),
            calibration_sha256=file.sha256 if file else "",
        )

    def _is_default(self, entry: ModelEntry) -> bool:
        try:
            return self._engine.models.default(entry.task).model_id == entry.model_id
        except ModelUnavailable:  # a task of the user's own
            return False
