"""What is looked up when somebody reads."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from anchorproof.errors import StorageUnavailable
from anchorproof.metrics.state import State, data_folders
from anchorproof.settings import Settings
from anchorproof.types import QueueDepth, WorkerCensus

CENSUS = WorkerCensus(idle=1, busy=2, down=3, resident_bytes=4)


def _registry(state: State) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(state)
    return registry


def test_queue_that_does_not_answer_is_said_to_be_away_and_the_rest_is_there(tmp_path: Path) -> None:
    def away() -> QueueDepth:
        raise StorageUnavailable("the database does not answer")

    registry = _registry(State(away, lambda: CENSUS, {"data": tmp_path}))
    assert registry.get_sample_value("anchorproof_queue_up") == 0
    assert registry.get_sample_value("anchorproof_queue_jobs", {"state": "queued"}) is None
    assert registry.get_sample_value("anchorproof_workers", {"state": "down"}) == 3
    assert (registry.get_sample_value("anchorproof_disk_free_bytes", {"place": "data"}) or 0) > 0


def test_place_that_is_away_has_no_series(tmp_path: Path) -> None:
    registry = _registry(State(lambda: QueueDepth(5, 6, 7.5), lambda: CENSUS, {"clips": tmp_path / "nowhere"}))
    assert registry.get_sample_value("anchorproof_queue_jobs", {"state": "running"}) == 6
    assert registry.get_sample_value("anchorproof_queue_oldest_seconds") == 7.5
    assert registry.get_sample_value("anchorproof_disk_free_bytes", {"place": "clips"}) is None


def test_registering_asks_nothing() -> None:
    def ask() -> QueueDepth:
        raise AssertionError("nobody reads yet")

    _registry(State(ask, lambda: CENSUS, {}))


def test_clips_in_a_folder_of_their_own_are_a_place(tmp_path: Path) -> None:
    plain = Settings(data_dir=tmp_path)
    assert data_folders(plain) == {"data": tmp_path}
    shared = plain.model_copy(update={"clips_url": "file:///mnt/the%20clips"})
    assert data_folders(shared) == {"data": tmp_path, "clips": Path("/mnt/the clips")}
    assert data_folders(plain.model_copy(update={"clips_url": "s3://clips"})) == {"data": tmp_path}
