"""What is counted for which event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anchorproof.metrics.meters import Meters
from anchorproof.types import Job, JobError, JobRequest, JobState, ModelUse

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
JOB = Job(
    job_id="job-1",
    request=JobRequest("client", "clip.mp4", "ab" * 32),
    state=JobState.RUNNING,
    report_id="report-1",
    clip_sha256="ab" * 32,
    create_time=NOW,
    start_time=NOW + timedelta(seconds=4),
    end_time=None,
    deadline=None,
    step="",
    fraction=0.0,
    steps=(),
    attempts=1,
    crashes=0,
    is_cancel_requested=False,
    error=None,
    sequence=1,
)


def _value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(name, labels)


def test_wait_is_counted_when_a_worker_takes_the_job_first() -> None:
    meters = Meters()
    meters.job_taken(JOB)
    meters.job_taken(replace(JOB, attempts=2))
    assert _value(meters, "anchorproof_job_wait_seconds_sum") == pytest.approx(4.0)
    assert _value(meters, "anchorproof_job_wait_seconds_count") == 1


def test_clock_that_was_set_back_gives_no_negative_wait() -> None:
    meters = Meters()
    meters.job_taken(replace(JOB, start_time=NOW - timedelta(hours=1)))
    assert _value(meters, "anchorproof_job_wait_seconds_sum") == 0.0


def test_job_that_was_let_go_of_ended_or_waits_again() -> None:
    meters = Meters()
    meters.job_left(replace(JOB, state=JobState.FAILED, error=JobError("CLIP_UNREADABLE", "words")), "crashed")
    meters.job_left(replace(JOB, state=JobState.QUEUED), "crashed")
    meters.job_left(JOB, "lost")  # asked to end, and still running
    assert _value(meters, "anchorproof_jobs_ended_total", state="failed") == 1
    assert _value(meters, "anchorproof_job_failures_total", reason="CLIP_UNREADABLE") == 1
    assert _value(meters, "anchorproof_jobs_put_back_total", cause="crashed") == 1
    assert _value(meters, "anchorproof_jobs_put_back_total", cause="lost") == 0


def test_use_of_networks_adds_up() -> None:
    meters = Meters()
    for _ in range(2):
        meters.models_used([ModelUse("tiny-1", 3, 0.25)])
    assert _value(meters, "anchorproof_model_runs_total", model="tiny-1") == 6
    assert _value(meters, "anchorproof_model_run_seconds_total", model="tiny-1") == pytest.approx(0.5)


def test_series_that_alerts_look_at_are_there_from_the_start() -> None:
    meters = Meters()
    for cause in ("died", "hung", "memory", "timeout", "cancelled"):
        assert _value(meters, "anchorproof_worker_losses_total", cause=cause) == 0
    assert _value(meters, "anchorproof_jobs_ended_total", state="dead") == 0
    assert _value(meters, "anchorproof_webhooks_total", outcome="given_up") == 0


def test_two_in_one_process_do_not_mix() -> None:
    one, other = Meters(), Meters()
    one.worker_started()
    assert _value(one, "anchorproof_worker_starts_total") == 1
    assert _value(other, "anchorproof_worker_starts_total") == 0
