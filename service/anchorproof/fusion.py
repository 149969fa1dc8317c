"""Evidence on authenticity -> one LLR: a mixture over what may have been faked, calibrated as a whole.

The original, where our own archive knows it, is told by other means than what detectors see; so it is kept apart, and
may decide alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from anchorproof.errors import CalibrationUnavailable
from anchorproof.findings import CREDENTIALS, FOOTAGE, SYNC, WEAK_LLR, WRITING, Findings
from anchorproof.settings import VerdictSettings
from anchorproof.timeline import has_new_lips
from anchorproof.types import Component, Contribution, Evidence, FootageMatch, FootageOutcome, SpliceKind

FUSION = "fusion"


@dataclass(frozen=True, slots=True)
class FusionCalibration:
    """What turns the mixture's LLR into one that holds for the whole: ``slope * llr + offset`` within bounds.

    ``bound_llrs`` rise; ``lowest`` and ``highest`` are P(spoof) at even prior between one of them and the next, the
    Venn-Abers pair of the calibration trials. ``false_alarms`` are ``(LLR, share of bona fide clips at or above it)``,
    shares falling.
    """

    calibration_id: str
    sha256: str
    slope: float
    offset: float
    llr_bounds: tuple[float, float]
    bound_llrs: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    false_alarms: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not len(self.bound_llrs) == len(self.lowest) == len(self.highest) or not self.bound_llrs:
            raise ValueError("a Venn-Abers table needs as many bounds as LLRs, and at least one")
        if list(self.bound_llrs) != sorted(self.bound_llrs) or self.slope <= 0:
            raise ValueError("LLRs of a Venn-Abers table must rise, and the slope be positive")

    def llr(self, mixture_llr: float) -> float:
        low, high = self.llr_bounds
        return min(high, max(low, self.slope * mixture_llr + self.offset))

    def interval(self, mixture_llr: float, prior: float) -> tuple[float, float]:
        """P(spoof) at ``prior`` lies between these.

        Source: Vovk, Petej and Fedorova, NIPS 2015 (inductive Venn-Abers predictors); moved from even prior by odds.
        """
        place = max(0, bisect_right(self.bound_llrs, mixture_llr) - 1)
        return _moved(self.lowest[place], prior), _moved(self.highest[place], prior)

    def llr_at_false_alarms(self, share: float) -> float:
        """The lowest LLR that at most this share of bona fide clips reaches; infinite where none is known."""
        reaching = [llr for llr, alarms in self.false_alarms if alarms <= share]
        return min(reaching, default=math.inf)

    def component(self) -> Component:
        return Component("calibration", self.calibration_id, FUSION, self.sha256)


@dataclass(frozen=True, slots=True)
class Fused:
    """``llr`` of the whole; ``mixture_llr`` is the detectors' before calibration, ``detectors_llr`` after it;
    ``decisive`` names the source that decides alone, if one does."""

    llr: float
    mixture_llr: float
    detectors_llr: float
    footage_llr: float
    writing_llr: float
    decisive: str
    contributions: tuple[Contribution, ...]


def combine(findings: Findings, settings: VerdictSettings, calibration: FusionCalibration) -> Fused:
    """One LLR for all evidence on authenticity."""
    mixture = mixture_llr(findings, settings)
    detectors = calibration.llr(mixture) if _any_detector(findings) else 0.0
    footage = _footage_llr(findings)
    signed = max((-item.llr for item in findings.of(CREDENTIALS)), default=0.0)
    decisive = _decisive(findings, settings)
    # Where the original is known, what is written over it is beside the point.
    writing = 0.0 if decisive == FOOTAGE else _writing_llr(findings, settings)
    return Fused(
        llr=_whole(detectors, footage, decisive) + writing - signed,
        mixture_llr=mixture,
        detectors_llr=detectors,
        footage_llr=footage,
        writing_llr=writing,
        decisive=decisive,
        contributions=tuple(
            _contributions(
                findings, settings, calibration, detectors, {FOOTAGE: footage, CREDENTIALS: -signed, WRITING: writing}
            )
        ),
    )


def mixture_llr(findings: Findings, settings: VerdictSettings) -> float:
    """LLR of "picture, sound or both are spoofed" against "both are bona fide", by the detectors.

    H1 is a mixture: a spoofed clip may have only its picture, only its sound, or both made. Its likelihood ratio is the
    mixture of the parts' ratios, so that a bona fide picture cannot outvote a spoofed voice, and a part that
    could not be judged (ratio 1) keeps the clip from being cleared. A part that is not in the clip takes no share.
    Lips that do not follow the voice speak for one of these only: another sound laid over a picture left alone.
    """
    picture = None if findings.lacks("visual") else 10 ** part_llr(findings.picture, settings.dependence)
    sound = None if findings.lacks("audio") else 10 ** part_llr(findings.sound, settings.dependence)
    both = 1 - settings.picture_only - settings.sound_only
    if picture is None:
        return math.log10(sound or 1.0)
    if sound is None:
        return math.log10(picture)
    laid_over = sound * _mismatch_ratio(findings, settings)
    return math.log10(settings.picture_only * picture + settings.sound_only * laid_over + both * picture * sound)


def part_llr(evidence: Sequence[Evidence], dependence: float) -> float:
    """What detectors of one part say together: the strongest in full, the others by what they add.

    They look at the same picture (or sound), so their errors go together: of each further one the share ``dependence``
    is taken to be known already. 1: only the strongest counts; 0: they are independent and add up.
    """
    llrs = sorted((item.llr for item in evidence), key=abs, reverse=True)
    return sum(llrs[:1]) + (1 - dependence) * sum(llrs[1:])


def _any_detector(findings: Findings) -> bool:
    return bool(findings.picture or findings.sound or findings.of(SYNC))


def _mismatch_ratio(findings: Findings, settings: VerdictSettings) -> float:
    """Likelihood ratio of lips and voice under "sound laid over" against "bona fide", 1 when not judged.

    The sync detector's own ratio is against lips that make the sound; among bona fide clips there are dubs and
    narrators (``dubbed``), whose lips do not. It never exceeds ``1 / dubbed``.
    """
    ratio = 10 ** part_llr(findings.of(SYNC), settings.dependence)
    return float(ratio / (1 - settings.dubbed + settings.dubbed * ratio))


def _footage_llr(findings: Findings) -> float:
    """What our own archive says: the gravest match counts; altered before unchanged.

    A clip with something put in, taken out or changed in a part is not cleared by the rest of it.
    """
    llrs = [item.llr for item in findings.of(FOOTAGE) if item.llr > 0 or not findings.splices]
    return max(llrs, default=0.0) if max(llrs, default=0.0) > 0 else min(llrs, default=0.0)


def _writing_llr(findings: Findings, settings: VerdictSettings) -> float:
    """What letters that look like print, or like none, say of the clip.

    Most spoofs leave what is written in their picture alone, or lay true print over it: only the share
    ``drawn_writing`` has letters that a generator drew. So print clears nothing, and garble counts by that share. It
    is no part of the detectors' mixture, whose calibration saw no garble.
    """
    ratio = 10 ** part_llr(findings.of(WRITING), settings.dependence)
    return math.log10(1 - settings.drawn_writing + settings.drawn_writing * ratio)


def _decisive(findings: Findings, settings: VerdictSettings) -> str:
    """The source that settles the question whatever the detectors say, if there is one."""
    doubtful = _may_be_a_dub(findings) or _is_mouth_over_own_sound(findings)
    if abs(_footage_llr(findings)) >= settings.footage_decides_llr and not doubtful:
        return FOOTAGE
    return CREDENTIALS if findings.of(CREDENTIALS) else ""


def _is_mouth_over_own_sound(findings: Findings) -> bool:
    """Whether all that is not ours is a mouth, over a sound that is ours and that the lips follow.

    New lips are made for another sound; a mouth that differs over its own one may as well be how it was cropped, scaled
    or covered. It counts, but does not decide alone.
    """
    matches = _altered(findings)
    own = {FootageOutcome.UNCHANGED, FootageOutcome.MOUTH_CHANGED}
    only_mouth = bool(matches) and all(
        match.outcome is FootageOutcome.MOUTH_CHANGED
        and FootageOutcome.UNCHANGED in match.also
        and own.issuperset(match.also)
        for match in matches
    )
    lips = findings.of(SYNC)
    return only_mouth and not findings.splices and bool(lips) and part_llr(lips, 1.0) <= -WEAK_LLR


def _altered(findings: Findings) -> list[FootageMatch]:
    """Matches that speak for a spoof."""
    altered = {item.subject for item in findings.of(FOOTAGE) if item.llr > 0}
    return [match for match in (findings.footage.matches if findings.footage else ()) if match.programme_id in altered]


def _may_be_a_dub(findings: Findings) -> bool:
    """Whether all that is not ours is a sound in which somebody seems to speak: a dub, a narrator, or our own sound
    played faster. Nothing of the picture was changed then, and a real voice is no synthetic one."""
    matches = _altered(findings)
    only_sound = bool(matches) and all(match.outcome is FootageOutcome.OTHER_SOUND for match in matches)
    is_picture_whole = not has_new_lips(findings.footage) and all(
        part.kind in (SpliceKind.OTHER_SOUND, SpliceKind.CUT) for part in findings.splices
    )
    sounds_real = bool(findings.sound) and part_llr(findings.sound, 1.0) <= -WEAK_LLR
    return only_sound and is_picture_whole and sounds_real


def _whole(detectors: float, footage: float, decisive: str) -> float:
    """The detectors' LLR with the archive's.

    Where the original is known, what detectors think of its picture is beside the point: they count only where they
    point the same way. Otherwise both are added, as they go by different things.
    """
    if decisive == FOOTAGE:
        return footage + (max(0.0, detectors) if footage > 0 else min(0.0, detectors))
    return detectors + footage


def _contributions(
    findings: Findings,
    settings: VerdictSettings,
    calibration: FusionCalibration,
    detectors: float,
    beside: Mapping[str, float],
) -> list[Contribution]:
    """The LLR less what it would be without each source; those ``beside`` the detectors are added as they are."""
    found = []
    for source in dict.fromkeys(item.source for item in findings.authenticity):
        if source in beside:
            found.append(Contribution(source, beside[source]))
            continue
        rest = [item for item in findings.evidence if item.source != source]
        without = Findings(
            findings.clip, rest, findings.unassessed, findings.faces, findings.voices, findings.identity, {}
        )
        left = calibration.llr(mixture_llr(without, settings)) if _any_detector(without) else 0.0
        found.append(Contribution(source, detectors - left))
    return found


# --------------------------------------------------------------------------- the calibration's file


def load_fusion(data_dir: Path) -> FusionCalibration:
    """The one that was applied here (``calibration/fusion.json`` in the data folder), or the packaged one.

    Raises:
        CalibrationUnavailable: missing or damaged.
    """
    own = data_dir / "calibration" / "fusion.json"
    try:
        content = own.read_bytes() if own.exists() else packaged_fusion()
    except OSError as error:
        raise CalibrationUnavailable("the calibration of the fused LLR cannot be read") from error
    return parse_fusion(content)


def packaged_fusion() -> bytes:
    """The file that comes with the package."""
    return (files("anchorproof.models") / "fusion" / "fusion.json").read_bytes()


def parse_fusion(content: bytes) -> FusionCalibration:
    """Raises CalibrationUnavailable."""
    try:
        raw: Mapping[str, Any] = json.loads(content)
        low, high = map(float, raw["llr_bounds"])
        table = raw["venn_abers"]
        return FusionCalibration(
            calibration_id=str(raw["calibration_id"]),
            sha256=hashlib.sha256(content).hexdigest(),
            slope=float(raw["slope"]),
            offset=float(raw["offset"]),
            llr_bounds=(low, high),
            bound_llrs=tuple(map(float, table["mixture_llrs"])),
            lowest=tuple(map(float, table["lowest"])),
            highest=tuple(map(float, table["highest"])),
            false_alarms=tuple((float(llr), float(share)) for llr, share in raw["false_alarms"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationUnavailable("the calibration of the fused LLR is damaged") from error


def _moved(at_even: float, prior: float) -> float:
    """A probability at even prior moved to another prior."""
    above, below = at_even * prior, (1 - at_even) * (1 - prior)
    return above / (above + below) if above + below > 0 else prior
