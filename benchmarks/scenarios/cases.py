"""Which clips are built: scenario, recipe and what each draws on, by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.scenarios.cast import Cast

#: More of B1 than of others: its share of false alarms is what the operating point is tuned by.
COUNTS = {"A1": 20, "A2": 20, "A3": 20, "A4": 24, "A7": 24, "A8": 20, "A9": 20, "B1": 40, "B2": 20, "B3": 20, "B4": 24}
SPOOFS = ("A1", "A2", "A3", "A4", "A7", "A9")
_RE_UPLOADS = ("crop-10", "480p-crf35", "logo", "240p-crf35", "faster-5", "caption", "letterbox", "mirror")
_ABSTAIN = ("stranger", "stranger", "two-faces", "no-face", "mute", "music")
_DECLARED = ("aigc", "credentials", "on-screen", "aigc")


@dataclass(frozen=True, slots=True)
class Case:
    """One clip to build; ``who``, ``other``, ``voice`` are places in the cast's lists, ``at`` a share of what is left
    of a clip after its enrolled part."""

    scenario: str
    number: int
    recipe: str
    who: int
    other: int = 0
    voice: int = 0
    at: float = 0.0
    #: Only for what the case draws at random.
    seed: int = field(default=0)

    @property
    def key(self) -> str:
        return f"{self.scenario}-{self.number:02d}-{self.recipe}"


def plan(cast: Cast, seed: int, per_scenario: int = 0) -> list[Case]:
    """All cases; ``per_scenario`` > 0: only so many of each."""
    archived = [place for place, anchor in enumerate(cast.anchors) if anchor.is_archived]
    others = [place for place, anchor in enumerate(cast.anchors) if not anchor.is_archived]
    found: list[Case] = []
    for scenario, count in COUNTS.items():
        for number in range(min(count, per_scenario) if per_scenario else count):
            turn = number // len(archived)
            shared = {"scenario": scenario, "number": number, "at": (0.1, 0.55, 0.3, 0.8)[turn % 4], "seed": seed}
            found.append(_case(shared, number, archived, others, cast))
    return found


def _case(shared: dict[str, object], number: int, archived: list[int], others: list[int], cast: Cast) -> Case:
    ours, theirs = archived[number % len(archived)], others[number % len(others)]
    voice, stranger = number % len(cast.made_voices), number % len(cast.strangers)
    recipe, who = {
        "A1": ("revoiced", ours),
        "A2": ("new-mouth", ours),
        "A3": ("new-face", theirs),
        "A4": ("animated-photo", number),
        "A7": ("cloned-voice", number % len(cast.voice_anchors)),
        "A8": ("fake-studio", stranger),
        "A9": (("insert", "altered")[number % 2], archived[(number // 2) % len(archived)]),
        "B1": (_RE_UPLOADS[number // 2 % len(_RE_UPLOADS)], (ours, theirs)[number % 2]),
        "B2": (("dub", "narrator")[number % 2], theirs),
        "B3": (_DECLARED[number % len(_DECLARED)], 24 + number),
        "B4": (_ABSTAIN[number % len(_ABSTAIN)], stranger),
    }[str(shared["scenario"])]
    return Case(recipe=recipe, who=who, other=(number * 7 + 3) % len(cast.strangers), voice=voice, **shared)  # type: ignore[arg-type]


def by_scenario(cases: list[Case]) -> Iterator[tuple[str, list[Case]]]:
    """In the order of :data:`COUNTS`."""
    for scenario in COUNTS:
        yield scenario, [case for case in cases if case.scenario == scenario]
