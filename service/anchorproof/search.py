"""Look the faces or the voices of a medium up among all who are enrolled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from anchorproof.engine import Clock, Engine, OnProgress
from anchorproof.faces.templates import track_template
from anchorproof.identity.compare import ReferenceSet, recognise
from anchorproof.media.info import read_info
from anchorproof.senses import listen, look
from anchorproof.types import Box, Comparison, Modality, SearchHit, Span, Template
from anchorproof.voices.speakers import find_speakers


def search(
    media: Path, modality: Modality, limit: int, references: ReferenceSet, engine: Engine, on_progress: OnProgress
) -> list[SearchHit]:
    """One hit per face track, or per speaker; raises ClipRejected."""
    clock = Clock(on_progress)
    with clock.step("inspect", 0.05):
        info = read_info(media, engine.settings.media)
    if modality is Modality.FACE:
        picture = look(media, info, engine, clock)
        return [
            _hit(
                track.track_id,
                track.span,
                track.observations[0].box,
                track_template(engine.face_embedder.embed(track.observations)),
                limit,
                references,
                engine,
            )
            for track in picture.tracks
        ]
    sound = listen(media, info, engine, clock)
    if sound.waveform is None or not sound.speech:
        return []
    hits = []
    for speaker in find_speakers(sound.waveform, sound.speech, engine.voice_embedder, engine.settings.voices):
        probe = engine.voice_embedder.embed(sound.waveform, speaker.spans)
        span = Span(speaker.spans[0].start_s, speaker.spans[-1].end_s)
        if probe is not None:
            hits.append(_hit(speaker.speaker_id, span, None, probe, limit, references, engine))
    return hits


def _hit(
    subject: str, span: Span, box: Box | None, probe: Template, limit: int, references: ReferenceSet, engine: Engine
) -> SearchHit:
    comparisons = engine.compare(probe, references)[:limit]
    enrolled = len(references.anchors_with(probe.model_id))
    rate = false_alarm_rate(comparisons, enrolled, engine)
    anchor_id = recognise(comparisons, engine.settings.identity)
    is_called = anchor_id is not None and rate <= engine.settings.identity.search_false_alarm_rate
    return SearchHit(subject, span, box, comparisons, anchor_id if is_called else None, rate)


def false_alarm_rate(comparisons: Sequence[Comparison], enrolled: int, engine: Engine) -> float:
    """How often a stranger resembles the best of so many enrolled as much as this; 1 where that was not measured.

    ``1 - (1 - p)^n`` for n anchors, p being the share of different people's trials that score as high: as if the
    anchors were independent, which errs on the side of more alarms.
    """
    if not comparisons:
        return 1.0
    share = engine.identity_map(comparisons[0].model_id).h2_share(comparisons[0].score)
    return 1.0 if share is None else 1 - (1 - share) ** enrolled
