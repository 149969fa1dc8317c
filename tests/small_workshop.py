"""A workshop that only reads the container: enough to test the way of a clip through the service without networks.

A clip called ``hold`` is analysed until the file ``release`` appears in the data folder; ``analyses`` there has one
line per analysis begun. One called ``die`` kills its worker. ``worker`` has the id of the process that began the last.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import numpy as np

from anchorproof.errors import EnrolmentSpoofed
from anchorproof.footage.store import FootageStore, ProgrammeMaterial
from anchorproof.identity.enrolments import EnrolmentMaterial, EnrolmentWish
from anchorproof.jobs.messages import OnProgress
from anchorproof.media.info import read_info
from anchorproof.originals import Originals
from anchorproof.settings import Settings
from anchorproof.types import (
    Assessment,
    Box,
    CalibrationMap,
    Comparison,
    Decision,
    FootageFindings,
    FootageSearch,
    Modality,
    ModelInfo,
    Person,
    Programme,
    Progress,
    Question,
    Rejection,
    Report,
    Sample,
    SearchHit,
    Span,
    Template,
)
from benchmarks.chaos.workshop import light_report

LOAD = "tests.small_workshop:load"


def load(settings: Settings, threads: int) -> SmallWorkshop:
    return SmallWorkshop(settings, threads)


class SmallWorkshop:
    def __init__(self, settings: Settings, threads: int) -> None:
        self._settings = settings
        self._threads = threads
        store = FootageStore(settings.footage_path, settings.footage_references_dir)
        self._originals = Originals(settings, store)

    def analyze(self, clip: Path, report_id: str, clip_name: str, on_progress: OnProgress) -> Report:
        with (self._settings.data_dir / "analyses").open("a") as log:
            log.write(f"{clip_name}\n")
        (self._settings.data_dir / "worker").write_text(str(os.getpid()))
        info = read_info(clip, self._settings.media)
        on_progress(Progress("inspect", 0.5))
        if clip_name == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if clip_name == "fault":
            raise ZeroDivisionError(f"cannot cope with {clip}")
        while clip_name == "hold" and not (self._settings.data_dir / "release").exists():
            time.sleep(0.01)
            on_progress(Progress("hold", 0.7))
        return light_report(info, report_id, clip_name)

    def enrol(self, media: Path, anchor_id: str, wish: EnrolmentWish, on_progress: OnProgress) -> EnrolmentMaterial:
        if wish.session == "spoof" and not wish.override_reason:
            raise EnrolmentSpoofed(f"the media for {anchor_id} look synthetic", ("SPOOF",))
        info = read_info(media, self._settings.media)
        on_progress(Progress("inspect", 0.5))
        no_face = Rejection(Modality.FACE, "NO_FACE", "no face was looked for")
        no_sound = Rejection(Modality.VOICE, "NO_SOUND", "the clip has no sound")
        if info.audio is None:
            return EnrolmentMaterial(info.sha256, (), (no_face, no_sound), 0.0)
        picked = _picked(wish)
        samples = (Sample(Modality.VOICE, Span(0.0, 0.5), (("snr_db", 20.0),)),)
        assessment = Assessment(Decision.BONA_FIDE, -0.5, (f"picked by {picked}",))
        return EnrolmentMaterial(
            info.sha256,
            (_template(info.sha256),),
            (no_face,),
            info.duration_s,
            samples,
            wish.session,
            assessment,
            wish.override_reason,
        )

    def people(self, media: Path, on_progress: OnProgress) -> list[Person]:
        info = read_info(media, self._settings.media)
        on_progress(Progress("people", 0.5))
        whole = Span(0.0, info.duration_s)
        seen = Person("person-1", (whole,), (), 0.0, 0.25, Box(1, 2, 3, 4), b"jpeg")
        heard = Person("person-2", (), (whole,), info.duration_s, None, None, b"")
        return [seen, heard]

    def search(self, media: Path, modality: Modality, limit: int, on_progress: OnProgress) -> list[SearchHit]:
        info = read_info(media, self._settings.media)
        on_progress(Progress("search", 0.5))
        found = Comparison(modality, "ada", "Ada", "tiny-1", 0.9, 2.5, 3)
        box = Box(1, 2, 3, 4) if modality is Modality.FACE else None
        return [SearchHit("subject-1", Span(0.0, info.duration_s), box, (found,) * limit, "ada", 0.25)]

    def enrol_programme(
        self, media: Path, keep_references: bool, on_progress: OnProgress, is_photograph: bool = False
    ) -> ProgrammeMaterial | Programme:
        assert not is_photograph, "this workshop has no networks to find faces with"
        return self._originals.enrol(media, keep_references, on_progress)

    def search_footage(self, clip: Path, with_pairs: bool, on_progress: OnProgress) -> FootageSearch:
        on_progress(Progress("footage", 0.5))
        found = self._originals.find(clip, read_info(clip, self._settings.media), (), with_pairs)
        return found if isinstance(found, FootageSearch) else FootageSearch(FootageFindings(0, 0.0, ()))

    def models(self) -> tuple[ModelInfo, ...]:
        calibration = CalibrationMap("cal-1", "tiny-1", "ab" * 32, "none", Question.IDENTITY, 4.0, -2.0, (-2.0, 3.0))
        plain = ("none", "nobody", "CC0", "none")
        with_map = ModelInfo("tiny-1", "voice_template", True, "ab" * 32, 10, *plain[1:], None, calibration)
        without = ModelInfo("tiny-2", "speech_activity", True, "cd" * 32, 10, *plain[1:], None, None)
        return with_map, without


def _picked(wish: EnrolmentWish) -> str:
    if wish.pick is None:
        return "nothing"
    if wish.pick.reference is not None:
        return f"a picture of {len(wish.pick.reference.read_bytes())} bytes"
    return wish.pick.person_id or str(wish.pick.span)


def _template(seed: str) -> Template:
    numbers = np.frombuffer(hashlib.sha256(seed.encode()).digest(), np.uint8).astype(np.float32) - 127
    return Template(Modality.VOICE, "tiny-1", numbers / np.float32(np.linalg.norm(numbers)), quality=1.0)
