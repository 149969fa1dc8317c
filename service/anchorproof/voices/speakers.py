"""Who speaks when: GE2E partials slid over the speech, clustered, and joined to turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from anchorproof.settings import VoiceSettings
from anchorproof.types import Span, SpeakerTurns, Vector, Waveform
from anchorproof.voices.mel import MelSettings, level_gain, mel_energies
from anchorproof.voices.templates import VoiceEmbedder, filled

#: Partials slide by this much: fine enough to place a change of speaker, coarse enough to be cheap.
HOP_S = 0.4
#: Partials per clip; longer speech is sampled more coarsely, so that time and memory stay bounded (15 MB of distances).
LIMIT_PARTIALS = 1500
#: A stretch shorter than this between two of one speaker, without a pause, is that speaker's too.
SHORTEST_TURN_S = 1.0
#: Times that every stretch is given to the speaker it is nearest to.
REASSIGNMENTS = 2

Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Short pieces of speech, unit vectors ``(n, d)`` of the partials centred on them, and their seconds ``(n,)``."""

    spans: list[Span]
    vectors: Vector
    seconds: NDArray[np.float64]


def find_speakers(
    waveform: Waveform, speech: Sequence[Span], embedder: VoiceEmbedder, settings: VoiceSettings
) -> list[SpeakerTurns]:
    """The speakers of a clip, the one who speaks most first: ``speaker-1``, ``speaker-2``, ...

    Every span of speech is given to one speaker or cut between several. Somebody who says less than
    ``settings.shortest_speech_s`` cannot be told apart and is counted with the most similar speaker.

    Raises:
        ValueError: the sound is at another rate than the embedder's network.
    """
    spoken = [span for span in speech if len(waveform.cut(span).samples)]
    if not spoken:
        return []
    stretches = _embed(waveform, spoken, embedder)
    labels = _cluster(stretches, settings.same_speaker_cosine)
    labels = _without_brief_speakers(stretches, labels, settings.shortest_speech_s)
    labels = _without_brief_speakers(stretches, _settled(stretches, labels), settings.shortest_speech_s)
    turns = [_turns(stretches.spans, labels, label) for label in np.unique(labels)]
    turns.sort(key=lambda spans: -sum(span.duration_s for span in spans))
    return [SpeakerTurns(f"speaker-{number}", tuple(spans)) for number, spans in enumerate(turns, 1)]


# --------------------------------------------------------------------------- from sound to vectors


def _embed(waveform: Waveform, speech: Sequence[Span], embedder: VoiceEmbedder) -> _Stretches:
    """Partials inside each span; a span shorter than a partial is repeated until it fills one."""
    mel = embedder.mel
    hop_s = max(HOP_S, sum(span.duration_s for span in speech) / LIMIT_PARTIALS)
    gain = level_gain(embedder.speech(waveform, speech), mel.level_dbfs)
    spans: list[Span] = []
    vectors: list[Vector] = []
    for span in speech:
        energies = filled(mel_energies(waveform.cut(span).samples * gain, mel), mel.partial_frames)
        starts = _starts(len(energies), mel, hop_s)
        spans += _cells(span, starts, mel)
        vectors.append(embedder.embed_frames(energies, starts))
    return _Stretches(spans, np.concatenate(vectors), np.array([span.duration_s for span in spans]))


def _starts(frames: int, mel: MelSettings, hop_s: float) -> list[int]:
    """First frames of partials spread evenly over ``frames``, about ``hop_s`` apart."""
    room = frames - mel.partial_frames
    count = 1 + round(room * mel.hop_samples / mel.sample_rate_hz / hop_s)
    return [int(start) for start in np.linspace(0, room, count).round()]


def _cells(span: Span, starts: Sequence[int], mel: MelSettings) -> list[Span]:
    """The part of ``span`` that each partial stands for: up to half way to the centres of its neighbours."""
    centres = (np.array(starts) + mel.partial_frames / 2) * mel.hop_samples / mel.sample_rate_hz
    inner = span.start_s + (centres[1:] + centres[:-1]) / 2
    edges = [span.start_s, *map(float, inner), span.end_s]
    return [Span(start, end) for start, end in pairwise(edges)]


# --------------------------------------------------------------------------- from vectors to speakers


def _cluster(stretches: _Stretches, cosine: float) -> Labels:
    """Average-linkage clusters whose members' mean cosine to each other's is at least ``cosine``."""
    if len(stretches.spans) == 1:
        return np.zeros(1, np.intp)
    tree = linkage(stretches.vectors, method="average", metric="cosine")
    return np.asarray(fcluster(tree, 1 - cosine, criterion="distance"), np.intp)


def _centroids(stretches: _Stretches, labels: Labels) -> tuple[Labels, Vector]:
    names = np.unique(labels)
    means = np.stack([stretches.vectors[labels == name].mean(axis=0) for name in names])
    return names, means / np.linalg.norm(means, axis=1, keepdims=True)


def _settled(stretches: _Stretches, labels: Labels) -> Labels:
    """Each stretch with the speaker it is nearest to, lone stretches with those around them."""
    for _ in range(REASSIGNMENTS):
        names, centroids = _centroids(stretches, labels)
        labels = names[np.argmax(stretches.vectors @ centroids.T, axis=1)]
    return _without_lone_stretches(stretches, labels)


def _without_lone_stretches(stretches: _Stretches, labels: Labels) -> Labels:
    runs = _runs(stretches.spans, labels)
    smooth = labels.copy()
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        joined = stretches.spans[run[0] - 1].end_s == stretches.spans[run[0]].start_s
        joined = joined and stretches.spans[run[-1]].end_s == stretches.spans[after[0]].start_s
        brief = stretches.seconds[run].sum() < SHORTEST_TURN_S
        if joined and brief and labels[before[0]] == labels[after[0]]:
            smooth[run] = labels[before[0]]
    return smooth


def _without_brief_speakers(stretches: _Stretches, labels: Labels, shortest_s: float) -> Labels:
    """Speakers with too little speech, the briefest first, are counted with the most similar one."""
    while True:
        names, centroids = _centroids(stretches, labels)
        seconds = np.array([stretches.seconds[labels == name].sum() for name in names])
        briefest = int(np.argmin(seconds))
        if len(names) == 1 or seconds[briefest] >= shortest_s:
            return labels
        similarity = centroids @ centroids[briefest]
        similarity[briefest] = -np.inf
        labels = np.where(labels == names[briefest], names[int(np.argmax(similarity))], labels)


# --------------------------------------------------------------------------- from speakers to turns


def _runs(spans: Sequence[Span], labels: Labels) -> list[list[int]]:
    """Indices of neighbouring stretches with one label."""
    return [list(run) for _, run in groupby(range(len(spans)), key=lambda index: int(labels[index]))]


def _turns(spans: Sequence[Span], labels: Labels, label: int) -> list[Span]:
    """One speaker's stretches, joined where there is no pause between them."""
    turns: list[Span] = []
    for span, owner in zip(spans, labels, strict=True):
        if owner != label:
            continue
        if turns and turns[-1].end_s == span.start_s:
            turns[-1] = Span(turns[-1].start_s, span.end_s)
        else:
            turns.append(span)
    return turns
