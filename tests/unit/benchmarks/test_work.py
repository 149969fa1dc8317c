"""Answers that outlive a kill, and workers that outlive a crash."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anchorproof.errors import ClipUnreadable, ModelUnavailable
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import ServerSettings, Settings
from benchmarks.steps import Answer
from benchmarks.work import Job, Workers, WorkFile, fingerprint_of, key_of

LOAD = f"{__name__}:load"


def load(_: Settings) -> int:
    return os.getpid()


def load_nothing(_: Settings) -> int:
    raise ModelUnavailable("the manifest names no default model for 'toy'")


@dataclass(frozen=True, slots=True)
class Toy(Task[Answer]):
    """Does what its name says."""

    what: str
    folder: str = ""

    def run(self, workshop: int, on_progress: OnProgress) -> Answer:  # noqa: ARG002
        if self.what == "die":
            os._exit(9)
        if self.what == "die once" and not (Path(self.folder) / "died").exists():
            (Path(self.folder) / "died").touch()
            os._exit(9)
        if self.what == "reject":
            raise ClipUnreadable("not media")
        if self.what == "break":
            raise ZeroDivisionError("a bug")
        return {"score": 1.0, "llr": 0.5, "decision": "", "reason": "", "worker": workshop}


def _settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, server=replace(ServerSettings(), analysis_timeout_s=60.0))


def _run(tmp_path: Path, *toys: Toy, count: int = 1) -> dict[str, tuple[Answer, bool]]:
    jobs = [Job(f"{k} {toy.what}", toy) for k, toy in enumerate(toys)]
    with Workers(_settings(tmp_path), count, LOAD) as workers:
        return {done.job.key: (done.answer, done.is_final) for done in workers.run(jobs)}


def test_a_file_that_kills_its_worker_costs_only_its_own_row(tmp_path: Path) -> None:
    found = _run(
        tmp_path, Toy("fine"), Toy("die"), Toy("fine"), Toy("break"), Toy("reject"), Toy("die once", str(tmp_path))
    )
    assert found["0 fine"][0]["score"] == found["2 fine"][0]["score"] == 1.0
    assert found["1 die"][0]["reason"] == "ANALYSIS_FAILED"
    assert found["3 break"][0]["reason"] == "INTERNAL"
    assert found["4 reject"][0]["reason"] == "CLIP_UNREADABLE"
    assert found["5 die once"][0]["score"] == 1.0
    assert [found[key][1] for key in ("0 fine", "1 die", "3 break")] == [True, False, False]


def test_several_workers_share_the_work_and_end_with_the_block(tmp_path: Path) -> None:
    found = _run(tmp_path, *[Toy("fine")] * 8, count=2)
    assert len(found) == 8
    for worker in {answer["worker"] for answer, _ in found.values()}:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_workers_that_cannot_load_say_why(tmp_path: Path) -> None:
    with Workers(_settings(tmp_path), 1, f"{__name__}:load_nothing") as workers, pytest.raises(ModelUnavailable):
        list(workers.run([Job("k", Toy("fine"))]))


def test_answers_are_there_again_and_a_cut_line_is_not(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "work.jsonl"
    first: dict[str, Any] = {"score": 0.5, "reason": "", "name": "Zoë"}
    with WorkFile(path) as work:
        work.put("a", first)
        work.put("b", {"score": 2})
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[:-7], encoding="utf-8")  # as a kill in the middle of a write leaves it
    with WorkFile(path) as work:
        assert work.answers() == {"a": first}
        work.put("c", {"score": 3})
        assert work.answers() == {"a": first, "c": {"score": 3}}


def test_a_later_answer_replaces_an_earlier_one(tmp_path: Path) -> None:
    with WorkFile(tmp_path / "w") as work:
        work.put("a", {"score": 1})
        work.put("a", {"score": 2})
        assert work.answers() == {"a": {"score": 2}}


def test_keys_follow_content_and_fingerprint_not_the_name(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("1", "2", "3"))
    one.write_bytes(b"clip")
    two.write_bytes(b"clip")
    three.write_bytes(b"clop")
    assert key_of(one, "f") == key_of(two, "f")
    assert len({key_of(one, "f"), key_of(three, "f"), key_of(one, "g")}) == 3


def test_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1}) != fingerprint_of({"a": 2, "b": 1})
