"""anchorproof itself: the whole pipeline, each detector alone, face and voice comparison, and both for SASV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anchorproof.engine import Engine
from anchorproof.jobs.messages import Task
from benchmarks.comparisons import compared
from benchmarks.manifests import Protocol
from benchmarks.metrics.tandem import SasvCosts, fused_llr
from benchmarks.runs.cases import KINDS, LOCALISATION, SCENARIO, Case, Kind
from benchmarks.scores import made_by
from benchmarks.steps import Answer, EmbedTask, ScoreTask, unscored
from benchmarks.systems.system import System, Unit

EMBEDS = {"face": Protocol.FACE_VERIFICATION, "voice": Protocol.SPEAKER_VERIFICATION}
SCORES = {"pipeline": Protocol.VERDICT, "visual": Protocol.VISUAL, "audio": Protocol.AUDIO}
#: Protocols whose answers hold more than they once did.
CHANGED = {*EMBEDS.values(), Protocol.VERDICT}
PARTS = {protocol.value: protocol for protocol in (*EMBEDS.values(), *SCORES.values())}


class OwnSystem(System):
    """One of ``pipeline``, ``visual``, ``audio``, ``face``, ``voice``."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name)
        self.what = what

    def about(self, engine: Engine) -> Mapping[str, Any]:
        return {"kind": "anchorproof", "what": self.what} | made_by((SCORES | EMBEDS)[self.what], engine)

    def check(self, protocol: str) -> None:
        allowed = {
            Kind.CLIPS: {LOCALISATION: {"visual", "audio"}, SCENARIO: {"pipeline"}}.get(protocol, set(SCORES)),
            Kind.PAIRS: {"face"} if protocol == Protocol.FACE_VERIFICATION else {"voice"},
            Kind.SASV: {"pipeline", "voice", "audio"},
        }[KINDS[protocol]]
        if self.what not in allowed:
            raise ValueError(f"{self.what!r} does not answer {protocol}; of anchorproof {sorted(allowed)} do")

    def units(self, case: Case) -> Sequence[Unit]:
        if not case.references:
            return (Unit(SCORES[self.what].value, (case.probe,)),)
        embed = EMBEDS["face" if self.what == "face" else "voice"].value
        compared = [Unit(embed, (path,)) for path in case.paths] if self.what != "audio" else []
        countered = [Unit(Protocol.AUDIO.value, (case.probe,))] if self.what in ("audio", "pipeline") else []
        return (*compared, *countered)

    def stamp(self, part: str, engine: Engine) -> Mapping[str, Any]:
        # Answers kept by an earlier way of answering are not taken for this one's.
        return made_by(PARTS[part], engine) | ({"answers": 2} if PARTS[part] in CHANGED else {})

    def task(self, unit: Unit) -> Task[Answer]:
        protocol = PARTS[unit.part]
        return (EmbedTask if protocol in EMBEDS.values() else ScoreTask)(protocol, unit.paths[0])

    def answer(self, case: Case, found: Mapping[Unit, Answer], engine: Engine) -> Answer:
        units = self.units(case)
        if not case.references:
            return found[units[0]]
        if self.what == "audio":
            return _turned(found[units[0]])
        embeds = [found[unit] for unit in units if unit.part != Protocol.AUDIO.value]
        same = compared(embeds[:-1], embeds[-1], engine)
        if self.what != "pipeline" or same["llr"] is None:
            return same
        spoof = found[units[-1]]
        if spoof["llr"] is None:
            return unscored(spoof["reason"], spoof.get("message", ""))
        llr = fused_llr(same["llr"], spoof["llr"], SasvCosts())
        return {"score": llr, "llr": llr, "decision": "", "reason": ""}


def _turned(answer: Answer) -> Answer:
    """A spoof score as one that grows with bona fide."""
    score, llr = (None if answer[key] is None else -answer[key] for key in ("score", "llr"))
    return {"score": score, "llr": llr, "decision": "", "reason": answer["reason"] if score is None else ""}
