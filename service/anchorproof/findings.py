"""All that a verdict is made from, and how its evidence is grouped: which part of a clip each source speaks about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anchorproof.types import (
    ClipInfo,
    DeclaredOrigin,
    Evidence,
    FaceFinding,
    FootageFindings,
    IdentitySpan,
    PictureClaims,
    Question,
    Reason,
    ScenarioGuess,
    Splice,
    Statements,
    Unassessed,
    VoiceFinding,
)

#: Evidence of odds below 2 : 1 is called weak in words and drives nothing.
WEAK_LLR = 0.301

SYNC, FOOTAGE, CREDENTIALS, WRITING = "sync", "footage", "credentials", "writing"
#: Sources that are about neither the picture nor the sound by itself, or only about what may be written in it. Of the
#: others those named here are about the sound, and all that are not named are about the picture.
_BESIDE = {SYNC, FOOTAGE, CREDENTIALS, WRITING}
_SOUND = {"audio"}
#: Reasons for which there is nothing of that kind in the clip that could have been faked.
NOTHING_THERE = {"NO_PICTURE", "NO_SOUND", "NO_SPEECH"}


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a verdict is made from."""

    clip: ClipInfo
    evidence: Sequence[Evidence]
    unassessed: Sequence[Unassessed]
    faces: Sequence[FaceFinding]
    voices: Sequence[VoiceFinding]
    identity: Sequence[IdentitySpan]
    anchor_names: dict[str, str]
    statements: Statements = field(default_factory=Statements)
    #: What our own archive says, in words (``footage.words``).
    footage_reasons: Sequence[Reason] = ()
    footage_scenarios: Sequence[ScenarioGuess] = ()
    footage: FootageFindings | None = None
    declared: DeclaredOrigin | None = None
    claims: PictureClaims | None = None
    #: Where our footage is interrupted or changed in part (``timeline.splices_in``).
    splices: Sequence[Splice] = ()

    def of(self, source: str) -> list[Evidence]:
        """Evidence on authenticity by one source."""
        return [item for item in self.authenticity if item.source == source]

    def strongest(self, source: str) -> float:
        """The LLR of a source that speaks most for a spoof; 0 without any."""
        return max((item.llr for item in self.of(source)), default=0.0)

    @property
    def authenticity(self) -> list[Evidence]:
        return [item for item in self.evidence if item.question is Question.AUTHENTICITY]

    @property
    def picture(self) -> list[Evidence]:
        """What detectors say of the picture."""
        return [item for item in self.authenticity if item.source not in _SOUND | _BESIDE]

    @property
    def sound(self) -> list[Evidence]:
        """What detectors say of the sound."""
        return [item for item in self.authenticity if item.source in _SOUND]

    def lacks(self, source: str) -> bool:
        """Whether the clip has no such part at all, so that nothing of it can be faked."""
        missing = [item for item in self.unassessed if item.source == source]
        return any(item.reason in NOTHING_THERE for item in missing)

    @property
    def recognised(self) -> set[str]:
        """Ids of the anchors seen or heard."""
        faces = {face.anchor_id for face in self.faces}
        return {key for key in faces | {voice.anchor_id for voice in self.voices} if key}
