"""Builds, enrols and examines; what is done is kept, so that a killed run goes on and conclusions are drawn anew."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from anchorproof.errors import AlreadyExists, AnchorproofError, EnrolmentRejected
from anchorproof.footage.store import FootageStore
from anchorproof.identity.enrolments import EnrolmentWish
from anchorproof.local import LocalService
from anchorproof.originals import Originals
from anchorproof.pipeline import Engine, Examined, examine
from anchorproof.settings import Settings
from benchmarks.progress import Meter
from benchmarks.scenarios.cases import Case
from benchmarks.scenarios.cast import OUTLETS, Cast
from benchmarks.scenarios.studio import Studio

_EXAMINED: TypeAdapter[Examined] = TypeAdapter(Examined)
_WISH = EnrolmentWish(override_reason="labelled genuine")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one run: built clips, what is enrolled, what was found."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder / "store")

    def clip(self, case: Case) -> Path:
        return self.folder / "clips" / f"{case.key}.mp4"

    def about(self, case: Case) -> Path:
        return self.clip(case).with_suffix(".json")

    def found(self, case: Case) -> Path:
        return self.folder / "found" / f"{case.key}.json"


def build(cases: Sequence[Case], cast: Cast, place: Place) -> None:
    """Every clip that is not there yet, with a line about it."""
    engine = Engine.load(place.settings, threads=1)
    studio = Studio(cast, engine.face_finder, engine.models.load_default("face_mesh"))
    (place.folder / "clips").mkdir(parents=True, exist_ok=True)
    with Meter("build", len(cases)) as meter:
        for case in cases:
            if not place.about(case).exists():
                built = studio.build(case)
                place.clip(case).write_bytes(built.content)
                about = {"picture_id": built.picture_id, "sound_id": built.sound_id, "spliced": built.spliced}
                place.about(case).write_text(json.dumps(asdict(case) | about))
            meter.advance()


def enrol(cases: Sequence[Case], cast: Cast, place: Place) -> list[dict[str, Any]]:
    """Anchors by face and voice, archived clips as programmes with references, speakers by voice, portraits, these as
    photographs too.

    What could not be enrolled is listed with the reason: the suite is judged with what a registry would really hold.
    """
    engine = Engine.load(place.settings, threads=1)
    studio = Studio(cast, engine.face_finder, engine.models.load_default("face_mesh"))
    media = place.folder / "enrolled"
    media.mkdir(parents=True, exist_ok=True)
    marker = place.folder / "enrolled.json"
    if marker.exists():
        known: list[dict[str, Any]] = json.loads(marker.read_text())
        return known
    entries: list[dict[str, Any]] = []
    with LocalService(place.settings) as service:
        for anchor in cast.anchors:
            file = media / f"{anchor.anchor_id}.mp4"
            file.write_bytes(studio.enrolment(anchor))
            entries.append(_enrolled(service, anchor.anchor_id, anchor.name, anchor.outlet, [file]))
            if anchor.is_archived:
                service.enrol_programme(anchor.row.path, f"Bulletin {anchor.anchor_id}", anchor.outlet, True)
        for voice in cast.voice_anchors:
            files = [row.path for row in voice.genuine]
            entries.append(_enrolled(service, voice.anchor_id, voice.name, OUTLETS[0], files))
        for case in cases:
            if case.scenario == "A4":
                file = media / f"portrait-{case.number:02d}.png"
                file.write_bytes(studio.portrait(case))
                name = f"Portrait Sitter {case.number:02d}"
                entries.append(_enrolled(service, f"sitter-{case.number:02d}", name, OUTLETS[1], [file]))
                with contextlib.suppress(EnrolmentRejected):  # no face in it
                    service.enrol_programme(file, f"Photograph of {name}", OUTLETS[1], True, is_photograph=True)
    marker.write_text(json.dumps(entries, indent=1))
    return entries


def _enrolled(service: LocalService, anchor_id: str, name: str, outlet: str, files: Sequence[Path]) -> dict[str, Any]:
    entry: dict[str, Any] = {"anchor_id": anchor_id, "faces": 0, "voices": 0, "rejected": []}
    with contextlib.suppress(AlreadyExists):
        service.create_anchor(name, outlet, anchor_id=anchor_id)
    for file in files:
        try:
            enrolment = service.enrol(anchor_id, file, wish=_WISH)
            entry["faces"] += enrolment.face_templates
            entry["voices"] += enrolment.voice_templates
        except AnchorproofError as error:
            entry["rejected"].append(error.reason)
    return entry


def look(cases: Sequence[Case], place: Place) -> None:
    """What the service finds in every clip."""
    settings = place.settings
    (place.folder / "found").mkdir(parents=True, exist_ok=True)
    engine = Engine.load(settings, threads=1)
    originals = Originals(settings, FootageStore(settings.footage_path, settings.footage_references_dir))
    with LocalService(settings) as service, Meter("examine", len(cases)) as meter:
        references = service.registry.references()
        for case in cases:
            if not place.found(case).exists():
                found = examine(place.clip(case), engine, references, lambda _: None, originals)
                fresh = place.found(case).with_suffix(".tmp")
                fresh.write_bytes(_EXAMINED.dump_json(found))
                fresh.replace(place.found(case))
            meter.advance()


def recall(case: Case, place: Place) -> tuple[Examined, dict[str, Any]]:
    """What was found in a case's clip, and what is known about the clip."""
    found = _EXAMINED.validate_json(place.found(case).read_bytes())
    about: dict[str, Any] = json.loads(place.about(case).read_text())
    return found, about
