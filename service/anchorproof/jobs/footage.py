"""What the workers do with our own footage; carried out by ``tasks.PipelineWorkshop``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from anchorproof.footage.store import ProgrammeMaterial
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.types import FootageSearch, Programme


class FootageWorkshop(Protocol):
    """The footage half of a workshop."""

    def enrol_programme(
        self, media: Path, keep_references: bool, on_progress: OnProgress, is_photograph: bool = False
    ) -> ProgrammeMaterial | Programme: ...

    def search_footage(self, clip: Path, with_pairs: bool, on_progress: OnProgress) -> FootageSearch: ...


@dataclass(frozen=True, slots=True)
class EnrolProgrammeTask(Task["ProgrammeMaterial | Programme"]):
    """A programme's file, or a photograph, turned into fingerprints; bytes that are enrolled give what they gave."""

    media: Path
    keep_references: bool
    is_photograph: bool = False

    def run(self, workshop: FootageWorkshop, on_progress: OnProgress) -> ProgrammeMaterial | Programme:
        return workshop.enrol_programme(self.media, self.keep_references, on_progress, self.is_photograph)


@dataclass(frozen=True, slots=True)
class SearchFootageTask(Task[FootageSearch]):
    """A clip looked for among the programmes enrolled when the task starts."""

    clip: Path
    with_pairs: bool

    def run(self, workshop: FootageWorkshop, on_progress: OnProgress) -> FootageSearch:
        return workshop.search_footage(self.clip, self.with_pairs, on_progress)
