"""What --system takes, what it refuses, and which way a score points."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from anchorproof.engine import Engine
from anchorproof.settings import Settings
from benchmarks.runs.cases import Case
from benchmarks.steps import Answer
from benchmarks.systems.call import CallTask
from benchmarks.systems.named import system_from, systems_from
from benchmarks.systems.own import OwnSystem
from benchmarks.systems.system import Unit, rounded

MODULE = """
def three(path):
    return 3.0

def told(path):
    return {"score": 1.5, "llr": 0.5, "decision": "spoof"}

def fails(path):
    raise RuntimeError("out of luck")

def silent(path):
    return None

def stretches(path):
    return [[0.2, 0.0, 1.0], [0.9, 1.0, 2.0]]

def pair(first, second):
    return len(first) - len(second)

def claim(enrolled, probe):
    return len(enrolled)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stranger's module and score file, which is the current one."""
    (tmp_path / "stranger_module.py").write_text(MODULE)
    (tmp_path / "scores.csv").write_text("id,score,llr\na,2.0,0.5\nb,,\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(Settings(data_dir=tmp_path_factory.mktemp("data")))


def _case(name: str) -> Case:
    return Case(0, name, "spoof", Path(f"{name}.png"))


def _called(function: str, *paths: str, sign: int = 1) -> Answer:
    return CallTask("stranger_module", function, sign, tuple(map(Path, paths))).run(None, lambda _: None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pipeline", "pipeline"),
        ("ours=visual", "ours"),
        ("scores:scores.csv", "scores"),
        ("theirs=scores:scores.csv,higher=bona_fide", "theirs"),
        ("call:stranger_module:three", "stranger_module.three"),
    ],
)
@pytest.mark.usefixtures("here")
def test_systems_have_names(text: str, name: str) -> None:
    assert system_from(text).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("magic", "is no system"),
        ("scores:nowhere.csv", "is not a file"),
        ("scores:scores.csv,lower=spoof", "not understood"),
        ("visual,higher=bona_fide", "direction of 'visual' is known"),
        ("call:stranger_module", "module:function"),
        ("call:stranger_module:nothing", "no function 'nothing'"),
        ("call:no_such_module_here:f", "no module"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_system_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        system_from(text)


@pytest.mark.usefixtures("here")
def test_names_must_differ_and_systems_must_answer_the_protocol() -> None:
    with pytest.raises(ValueError, match="two systems are named visual"):
        systems_from(["visual", "visual"], "visual")
    with pytest.raises(ValueError, match="does not answer face-verification"):
        systems_from(["pipeline"], "face-verification")
    with pytest.raises(ValueError, match="does not answer localisation"):
        systems_from(["pipeline"], "localisation")
    assert [system.name for system in systems_from(["pipeline", "audio", "voice"], "sasv")] == [
        "pipeline",
        "audio",
        "voice",
    ]


@pytest.mark.usefixtures("here")
def test_a_score_file_is_turned_where_it_grows_with_bona_fide(engine: Engine) -> None:
    straight, turned = system_from("scores:scores.csv"), system_from("t=scores:scores.csv,higher=bona_fide")
    assert straight.answer(_case("a"), {}, engine)["score"] == 2.0
    assert turned.answer(_case("a"), {}, engine)["score"] == -2.0
    assert turned.answer(_case("a"), {}, engine)["llr"] == -0.5
    assert straight.answer(_case("b"), {}, engine)["reason"] == "NO_SCORE"
    assert straight.answer(_case("c"), {}, engine)["reason"] == "NOT_IN_FILE"
    assert "bona_fide" in json.dumps(turned.about(engine))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,score\na,1\n", "needs the columns id"),
        ("id,score\na,1\na,2\n", "line 3: 'a' is there twice"),
        ("id,score\na,much\n", "line 2: 'much' is no number"),
        ("id,score\na,nan\n", "must be finite"),
    ],
)
def test_a_score_file_that_is_none_is_refused(here: Path, content: str, message: str) -> None:
    (here / "bad.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        system_from("scores:bad.csv")


def test_pairs_by_two_ids_and_proposals(here: Path, engine: Engine) -> None:
    (here / "pairs.csv").write_text("id1,id2,score\na,b,0.25\n")
    assert system_from("scores:pairs.csv").answer(_case("a|b"), {}, engine)["score"] == 0.25
    (here / "found.json").write_text(json.dumps({"a": [[0.1, 0, 1], [0.7, 1, 2]], "b": []}))
    system = system_from("scores:found.json")
    assert system.answer(_case("a"), {}, engine)["score"] == 0.7
    assert system.answer(_case("b"), {}, engine)["reason"] == "NO_PROPOSAL"
    (here / "found.json").write_text(json.dumps({"a": [[0.1, 0]]}))
    with pytest.raises(ValueError, match=r"is not \{id"):
        system_from("scores:found.json")


@pytest.mark.usefixtures("here")
def test_what_a_function_may_return() -> None:
    assert _called("three", "a")["score"] == 3.0
    assert _called("three", "a", sign=-1)["score"] == -3.0
    told = _called("told", "a", sign=-1)
    assert (told["score"], told["llr"], told["decision"]) == (-1.5, -0.5, "spoof")
    assert _called("silent", "a")["reason"] == "NO_SCORE"
    failed = _called("fails", "a")
    assert (failed["score"], failed["reason"]) == (None, "SYSTEM_FAILED")
    assert "out of luck" in failed["message"]
    assert _called("stretches", "a")["proposals"] == [[0.2, 0.0, 1.0], [0.9, 1.0, 2.0]]
    assert _called("pair", "abc", "d")["score"] == 2
    assert _called("claim", "e1", "e2", "e3", "probe")["score"] == 3


def test_no_path_of_this_machine_is_in_what_it_says(here: Path, engine: Engine) -> None:
    about = json.dumps(
        [dict(system_from(t).about(engine)) for t in ("scores:scores.csv", "call:stranger_module:three")]
    )
    assert str(here) not in about
    assert os.sep + "tmp" not in about


# --------------------------------------------------------------------------- anchorproof's own answers


def _embedded(vector: list[float]) -> dict[str, Any]:
    import base64

    import numpy as np

    unit = np.zeros(256)  # as long as the model's templates
    unit[: len(vector)] = np.array(vector) / np.linalg.norm(vector)
    template = base64.b64encode(unit.astype("<f4").tobytes()).decode()
    return {"model_id": "ge2e-1", "template": template, "quality": 8.0}


def test_sasv_rejects_a_spoof_that_sounds_like_the_target(engine: Engine) -> None:
    system = OwnSystem("pipeline", "pipeline")
    case = Case(0, "s/p", "spoof", Path("p.flac"), (Path("e1.flac"), Path("e2.flac")))
    units = system.units(case)
    assert [unit.part for unit in units] == ["speaker-verification"] * 3 + ["audio"]
    voices: dict[Unit, Answer] = dict.fromkeys(units[:3], _embedded([1.0, 0.2]))
    answers = {}
    for name, llr in (("bona fide", -1.0), ("spoof", 1.0)):
        found = voices | {units[3]: {"score": llr, "llr": llr, "decision": "", "reason": ""}}
        answers[name] = system.answer(case, found, engine)["score"]
    assert answers["bona fide"] > answers["spoof"]
    alone = OwnSystem("audio", "audio")
    turned = alone.answer(
        case, {alone.units(case)[0]: {"score": 2.0, "llr": 1.0, "decision": "spoof", "reason": ""}}, engine
    )
    assert (turned["score"], turned["llr"]) == (-2.0, -1.0)


def test_a_missing_enrolment_is_a_reason(engine: Engine) -> None:
    system = OwnSystem("voice", "voice")
    case = Case(0, "s/p", "target", Path("p.flac"), (Path("e1.flac"),))
    first, second = system.units(case)
    found = {first: {"reason": "NO_SPEECH", "message": "silence"}, second: _embedded([1.0, 0.0])}
    assert system.answer(case, found, engine)["reason"] == "NO_SPEECH"


def test_numbers_are_kept_as_they_will_be_read() -> None:
    assert rounded({"score": 1 / 3, "llr": None})["score"] == 0.333333333
