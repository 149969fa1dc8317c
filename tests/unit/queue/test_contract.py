"""The promises of a JobQueue, kept by every engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import LeaseLost, NotFound, Overloaded, RequestInvalid, ResourceInUse
from anchorproof.queue.queue import JobFilters, JobQueue, Told
from anchorproof.settings import QueueSettings
from anchorproof.types import Job, JobError, JobRequest, JobState, Lease, Priority, StepState
from tests.queues import MakeQueue, TurnedClock, postgres_queues, sqlite_queues

CLIP, OTHER = "ab" * 32, "cd" * 32
BAD = JobError("CLIP_UNREADABLE", "not media")
DIED = JobError("ANALYSIS_FAILED", "the worker died")
LIMITS = QueueSettings(lease_s=10.0, limit_crashes=2, limit_losses=3, limit_queued=20, limit_per_client=10)


@pytest.fixture(params=["sqlite", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeQueue:
    """Opens one and the same queue, as often as wanted."""
    if request.param == "postgres":
        return postgres_queues(request.getfixturevalue("postgres_url"))
    return sqlite_queues(tmp_path)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def queue(make: MakeQueue, clock: TurnedClock) -> Iterator[JobQueue]:
    made = make(LIMITS, clock)
    yield made
    made.close()


def _request(name: str = "clip", client: str = "ada", **fields: object) -> JobRequest:
    return replace(JobRequest(client, name, CLIP), **fields)  # type: ignore[arg-type]


def _add(queue: JobQueue, name: str = "clip", client: str = "ada", **fields: object) -> Job:
    return queue.submit([_request(name, client, **fields)])[0]


def _lease(queue: JobQueue, holder: str = "h") -> Lease:
    lease = queue.lease(holder)
    assert lease is not None
    return lease


def _names(queue: JobQueue, number: int) -> list[str]:
    return [_lease(queue).job.request.clip_name for _ in range(number)]


# --------------------------------------------------------------------------- accepting


def test_accepted_job_waits_and_is_there_after_reopening(queue: JobQueue, make: MakeQueue, clock: TurnedClock) -> None:
    job = _add(queue, priority=Priority.HIGH, webhook_url="https://a/b", batch_id="b1")
    assert (job.state, job.attempts, job.error, job.create_time) == (JobState.QUEUED, 0, None, clock.now)
    again = make(LIMITS, clock)
    assert again.get(job.job_id) == replace(job, position=0)
    again.close()


def test_same_request_id_a_hundred_times_at_once_is_one_job(queue: JobQueue) -> None:
    with ThreadPoolExecutor(16) as threads:
        jobs = list(threads.map(lambda _: _add(queue, request_id="r-1"), range(100)))
    assert len({job.job_id for job in jobs}) == 1
    assert queue.depth().queued == 1
    found = queue.find_request("r-1")
    assert found is not None
    assert found.job_id == jobs[0].job_id
    assert queue.find_request("r-2") is None
    assert queue.find_request("") is None


def test_request_id_of_another_clip_is_refused(queue: JobQueue) -> None:
    _add(queue, request_id="r-1")
    with pytest.raises(RequestInvalid, match="used before for another clip"):
        _add(queue, request_id="r-1", clip_sha256=OTHER)


def test_full_queue_and_full_share_turn_away_and_a_batch_comes_whole_or_not_at_all(queue: JobQueue) -> None:
    queue.submit([_request()] * 8)
    with pytest.raises(Overloaded, match="your share"):
        queue.submit([_request()] * 3)
    assert queue.depth().queued == 8
    queue.submit([_request(client="bob")] * 10)
    queue.submit([_request(client="eve")] * 2)
    with pytest.raises(Overloaded, match="20 analyses are waiting"):
        _add(queue, client="kim")
    assert _add_again_is_free(queue)


def _add_again_is_free(queue: JobQueue) -> bool:
    """A repeated request needs no room."""
    lease = _lease(queue)
    queue.complete(lease, 0)
    first = _add(queue, client="zoe", request_id="r-9")
    with pytest.raises(Overloaded):
        _add(queue, client="zoe", request_id="r-10")
    return _add(queue, client="zoe", request_id="r-9") == first


# --------------------------------------------------------------------------- turns


def test_urgent_first_then_clients_take_turns_each_oldest_first(queue: JobQueue) -> None:
    for name, client, priority in (
        ("a1", "ada", Priority.NORMAL),
        ("a2", "ada", Priority.NORMAL),
        ("a3", "ada", Priority.NORMAL),
        ("b1", "bob", Priority.NORMAL),
        ("low", "eve", Priority.LOW),
        ("c1", "kim", Priority.NORMAL),
        ("high", "ada", Priority.HIGH),
    ):
        _add(queue, name, client, priority=priority)
    # Ada had the first turn, so Bob and Kim come before her next one.
    assert _names(queue, 7) == ["high", "b1", "c1", "a1", "a2", "a3", "low"]
    assert queue.lease("h") is None


def test_position_counts_those_before_it(queue: JobQueue) -> None:
    first, second = _add(queue), _add(queue)
    urgent = _add(queue, priority=Priority.HIGH)
    assert [queue.get(job.job_id).position for job in (urgent, first, second)] == [0, 1, 2]
    _lease(queue)
    assert queue.get(urgent.job_id).position is None


def test_position_behind_very_many_is_reckoned_between_what_is_sure(make: MakeQueue, clock: TurnedClock) -> None:
    queue = make(replace(LIMITS, limit_queued=10_000, limit_per_client=10_000), clock)
    jobs = queue.submit([_request(client="ada")] * 600)
    last = _add(queue, client="bob")
    _add(queue, client="kim", priority=Priority.HIGH)
    assert queue.get(jobs[99].job_id).position == 100
    assert queue.get(jobs[300].job_id).position == pytest.approx(301, abs=3)
    assert queue.get(last.job_id).position == pytest.approx(601, abs=3)
    for job in jobs[:500]:
        queue.cancel(job.job_id)
    assert queue.get(last.job_id).position == 101
    queue.close()


def test_one_job_is_leased_once_by_many_at_once(queue: JobQueue) -> None:
    queue.submit([_request(client=f"c{number % 3}") for number in range(10)])
    with ThreadPoolExecutor(8) as threads:
        leases = [lease for lease in threads.map(lambda n: queue.lease(f"h{n}"), range(30)) if lease]
    assert len(leases) == len({lease.job.job_id for lease in leases}) == 10


# --------------------------------------------------------------------------- leases


def test_completed_job_has_succeeded_for_good(queue: JobQueue) -> None:
    job = _add(queue)
    lease = _lease(queue)
    assert (lease.job.job_id, lease.job.state, lease.job.attempts) == (job.job_id, JobState.RUNNING, 1)
    told = Told("faces", 0.4, (StepState("inspect", True), StepState("faces", False)))
    running = queue.renew(lease, told)
    assert (running.step, running.fraction, running.steps) == ("faces", 0.4, told.steps)
    done = queue.complete(lease, 0)
    assert (done.state, done.report_id, done.fraction) == (JobState.SUCCEEDED, job.report_id, 1.0)
    assert done.end_time is not None
    assert queue.cancel(job.job_id).state is JobState.SUCCEEDED
    for late in (queue.renew, queue.release, lambda held: queue.fail(held, BAD), lambda held: queue.complete(held, 0)):
        with pytest.raises(LeaseLost):
            late(lease)
    assert queue.get(job.job_id) == done


def test_next_job_comes_with_the_end_of_the_one_before(queue: JobQueue) -> None:
    for client, name in (("ada", "a1"), ("ada", "a2"), ("bob", "b1")):
        _add(queue, name, client)
    first = _lease(queue)
    done, second = queue.complete_and_lease(first, 0, "h")
    assert (done.job_id, done.state) == (first.job.job_id, JobState.SUCCEEDED)
    assert second is not None
    assert (second.job.request.clip_name, second.job.state) == ("b1", JobState.RUNNING)
    assert [job.job_id for job in queue.changes(first.job.sequence)] == [done.job_id, second.job.job_id]
    with pytest.raises(LeaseLost):
        queue.complete_and_lease(first, 0, "h")
    assert queue.depth().queued == 1, "whoever lost its lease is given no other job"
    _, third = queue.complete_and_lease(second, 0, "h")
    assert third is not None
    assert third.job.request.clip_name == "a2"
    assert queue.complete_and_lease(third, 0, "h")[1] is None


def test_lease_that_is_not_renewed_is_lost_and_the_late_holder_changes_nothing(
    queue: JobQueue, clock: TurnedClock
) -> None:
    job = _add(queue)
    late = _lease(queue, "late")
    clock.pass_s(8)
    queue.renew(late)
    clock.pass_s(8)
    assert queue.sweep() == []
    clock.pass_s(3)
    for change in (queue.renew, queue.release, lambda held: queue.crash(held, DIED)):
        with pytest.raises(LeaseLost):
            change(late)
    assert [(found.job_id, found.state) for found in queue.sweep()] == [(job.job_id, JobState.QUEUED)]
    other = _lease(queue, "other")
    assert other.job.attempts == 2
    with pytest.raises(LeaseLost):
        queue.complete(late, 0)
    assert queue.complete(other, 0).state is JobState.SUCCEEDED


@pytest.mark.parametrize("step_s", [86_400.0 * 400, -86_400.0 * 400])
def test_setting_the_wall_clock_neither_ends_nor_prolongs_a_lease(
    queue: JobQueue, clock: TurnedClock, step_s: float
) -> None:
    _add(queue, time_limit_s=3600)
    lease = _lease(queue)
    clock.step_s(step_s)
    assert queue.sweep() == []
    queue.renew(lease)
    clock.pass_s(11)
    assert len(queue.sweep()) == 1
    assert queue.complete(_lease(queue), 0).state is JobState.SUCCEEDED


def test_leases_of_an_earlier_start_of_the_machine_are_over(queue: JobQueue, clock: TurnedClock) -> None:
    _add(queue)
    lease = _lease(queue)
    clock.era, clock.passed_us = "second start", 0
    with pytest.raises(LeaseLost):
        queue.renew(lease)
    assert len(queue.sweep()) == 1


def test_leases_of_a_holder_that_died_need_not_run_out(make: MakeQueue, clock: TurnedClock) -> None:
    queue = make(LIMITS, clock, lambda holder: holder == "dead")
    queue.submit([_request("one"), _request("two")])
    _lease(queue, "dead")
    _lease(queue, "alive")
    assert [job.request.clip_name for job in queue.sweep()] == ["one"]
    queue.close()


def test_released_job_keeps_its_place_and_is_not_charged(queue: JobQueue) -> None:
    _add(queue, "one")
    _add(queue, "two")
    lease = _lease(queue)
    back = queue.release(lease)
    assert (back.state, back.attempts, back.crashes) == (JobState.QUEUED, 0, 0)
    assert _names(queue, 2) == ["one", "two"]


# --------------------------------------------------------------------------- ends


def test_clip_that_kills_its_worker_twice_is_dead_and_the_next_goes_on(queue: JobQueue) -> None:
    job = _add(queue, "killer")
    _add(queue, "fine")
    assert queue.crash(_lease(queue), DIED).state is JobState.QUEUED
    dead = queue.crash(_lease(queue), DIED)
    assert (dead.state, dead.crashes, dead.error) == (JobState.DEAD, 2, DIED)
    assert _names(queue, 1) == ["fine"]
    assert queue.cancel(job.job_id).state is JobState.DEAD


def test_job_whose_holders_vanish_again_and_again_is_given_up(queue: JobQueue, clock: TurnedClock) -> None:
    job = _add(queue)
    for _ in range(3):
        _lease(queue)
        clock.pass_s(11)
        queue.sweep()
    found = queue.get(job.job_id)
    assert (found.state, found.crashes) == (JobState.DEAD, 0)
    assert found.error is not None
    assert found.error.reason == "ABANDONED"


def test_failed_job_says_why(queue: JobQueue) -> None:
    _add(queue)
    failed = queue.fail(_lease(queue), BAD)
    assert (failed.state, failed.error) == (JobState.FAILED, BAD)


def test_waiting_job_is_cancelled_at_once_and_a_running_one_is_told(queue: JobQueue) -> None:
    waiting, running = _add(queue, "waiting", "bob"), _add(queue, "running", "ada", priority=Priority.HIGH)
    lease = _lease(queue)
    assert queue.cancel(waiting.job_id).state is JobState.CANCELLED
    asked = queue.cancel(running.job_id)
    assert (asked.state, asked.is_cancel_requested) == (JobState.RUNNING, True)
    assert queue.renew(lease).is_cancel_requested
    ended = queue.fail(lease, BAD)
    assert ended.state is JobState.CANCELLED
    assert ended.error is not None
    assert ended.error.reason == "JOB_CANCELLED"
    with pytest.raises(NotFound):
        queue.cancel("nothing")


def test_cancelled_job_is_not_run_again_when_its_holder_vanishes(queue: JobQueue, clock: TurnedClock) -> None:
    job = _add(queue)
    _lease(queue)
    queue.cancel(job.job_id)
    clock.pass_s(11)
    assert [found.state for found in queue.sweep()] == [JobState.CANCELLED]


def test_deadline_ends_waiting_and_running_jobs_as_failed(queue: JobQueue, clock: TurnedClock) -> None:
    running = _add(queue, "running", time_limit_s=5)
    lease = _lease(queue)
    waiting = _add(queue, "waiting", time_limit_s=5)
    clock.pass_s(6)
    assert queue.lease("h") is None, "nobody begins what nobody wants any more"
    changed = {job.job_id: job for job in queue.sweep()}
    assert changed[waiting.job_id].state is JobState.FAILED
    assert changed[running.job_id].is_cancel_requested
    ended = queue.fail(lease, BAD)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.reason == "DEADLINE_PASSED"


def test_jobs_past_their_deadline_stand_in_nobodys_way_however_many_they_are(
    make: MakeQueue, clock: TurnedClock
) -> None:
    queue = make(replace(LIMITS, limit_queued=10_000, limit_per_client=10_000), clock)
    queue.submit([_request(time_limit_s=5)] * 250)
    _add(queue, "fine")
    _add(queue, "later", time_limit_s=60)
    clock.pass_s(6)
    before = queue.revision()
    assert _names(queue, 2) == ["fine", "later"]
    changed = queue.sweep()
    assert len(changed) == len({job.job_id for job in changed}) == 250
    assert {job.state for job in changed} == {JobState.FAILED}
    assert queue.revision() == before + 252
    assert queue.sweep() == []
    queue.close()


def test_final_jobs_can_be_deleted_and_go_by_themselves_in_time(queue: JobQueue, clock: TurnedClock) -> None:
    job, later = _add(queue, "one"), _add(queue, "two")
    lease = _lease(queue)
    with pytest.raises(ResourceInUse):
        queue.delete(job.job_id)
    queue.complete(lease, 0)
    queue.delete(job.job_id)
    with pytest.raises(NotFound):
        queue.get(job.job_id)
    queue.complete(_lease(queue), 0)
    clock.pass_s(LIMITS.keep_jobs_days * 86_400 - 60)
    queue.sweep()
    assert queue.get(later.job_id).state is JobState.SUCCEEDED
    clock.pass_s(120)
    queue.sweep()
    with pytest.raises(NotFound):
        queue.get(later.job_id)


# --------------------------------------------------------------------------- following


def test_every_change_is_seen_in_order(queue: JobQueue) -> None:
    start = queue.revision()
    one, two = _add(queue, "one"), _add(queue, "two")
    assert [job.job_id for job in queue.changes(start)] == [one.job_id, two.job_id]
    lease = _lease(queue)
    queue.renew(lease, Told("faces", 0.1, ()))
    changed = queue.changes(two.sequence)
    assert [(job.job_id, job.step) for job in changed] == [(one.job_id, "faces")]
    assert changed[0].sequence == queue.revision() > two.sequence
    queue.renew(lease)
    assert queue.changes(changed[0].sequence) == []


def test_list_is_newest_first_in_pages_and_filtered(queue: JobQueue) -> None:
    jobs = [
        _add(queue, str(number), client=f"c{number % 2}", batch_id="b" if number > 2 else "") for number in range(5)
    ]
    queue.complete(_lease(queue), 0)
    page, token = queue.list_jobs(3)
    rest, end = queue.list_jobs(3, token)
    assert [job.job_id for job in (*page, *rest)] == [job.job_id for job in reversed(jobs)]
    assert end == ""
    assert len(queue.list_jobs(filters=JobFilters(state=JobState.QUEUED))[0]) == 4
    assert len(queue.list_jobs(filters=JobFilters(client="c1"))[0]) == 2
    assert len(queue.list_jobs(filters=JobFilters(batch_id="b"))[0]) == 2
    with pytest.raises(RequestInvalid):
        queue.list_jobs(3, token, JobFilters(client="c1"))


def test_depth_counts_and_ages(queue: JobQueue, clock: TurnedClock) -> None:
    assert (queue.depth().queued, queue.depth().running, queue.depth().oldest_queued_s) == (0, 0, 0.0)
    _add(queue)
    _lease(queue)
    _add(queue)
    clock.pass_s(5)
    assert (queue.depth().queued, queue.depth().running, queue.depth().oldest_queued_s) == (1, 1, 5.0)


# --------------------------------------------------------------------------- clips and deliveries


def test_clip_goes_only_when_nobody_wants_it_any_more(queue: JobQueue, clock: TurnedClock) -> None:
    queue.keep_clip(CLIP, 10, 60)
    assert queue.let_clips_go() == []
    _add(queue)
    clock.pass_s(61)
    assert queue.let_clips_go() == [], "a job waits for it"
    lease = _lease(queue)
    assert queue.let_clips_go() == [], "a job reads it"
    queue.complete(lease, 100)
    assert queue.let_clips_go() == [], "a reviewer may want it"
    clock.pass_s(101)
    assert queue.is_clip_kept(CLIP)
    assert queue.let_clips_go() == [CLIP]
    assert not queue.is_clip_kept(CLIP)


def test_clip_pinned_by_two_stays_until_both_let_it_go(queue: JobQueue, clock: TurnedClock) -> None:
    queue.keep_clip(CLIP, 10, 60, "upload/1")
    queue.keep_clip(CLIP, 10, 90, "upload/2")
    queue.keep_clip(CLIP, 10, 30, "upload/2")  # never shorter
    queue.unpin("upload/1")
    clock.pass_s(80)
    assert queue.let_clips_go() == []
    queue.unpin("upload/2")
    assert queue.let_clips_go() == [CLIP]


def test_clip_of_a_job_that_was_given_up_is_kept_for_a_person_to_look_at(queue: JobQueue, clock: TurnedClock) -> None:
    queue.keep_clip(CLIP, 10, 0, "upload/1")
    _add(queue)
    for _ in range(2):
        queue.crash(_lease(queue), DIED)
    clock.pass_s(LIMITS.keep_flagged_clips_days * 86_400 - 1)
    assert queue.let_clips_go() == []
    clock.pass_s(2)
    assert queue.let_clips_go() == [CLIP]


def test_clip_of_a_job_that_never_ran_goes_too(queue: JobQueue) -> None:
    queue.keep_clip(CLIP, 10, 60, "upload/1")
    job = _add(queue)
    queue.unpin("upload/1")
    assert queue.let_clips_go() == []
    queue.cancel(job.job_id)
    assert queue.let_clips_go() == [CLIP]
    assert queue.let_clips_go() == []


def test_clip_of_a_source_is_kept_while_its_job_runs(queue: JobQueue, clock: TurnedClock) -> None:
    job = queue.submit([JobRequest("ada", "clip", source_uri="file:///srv/clip.mp4", request_id="r")])[0]
    lease = _lease(queue)
    assert lease.job.clip_sha256 == ""
    assert queue.attach_clip(lease, OTHER, 5).clip_sha256 == OTHER
    clock.pass_s(1)
    assert queue.let_clips_go() == []
    queue.complete(lease, 0)
    again = queue.submit([JobRequest("ada", "clip", source_uri="file:///srv/clip.mp4", request_id="r")])[0]
    assert (again.job_id, again.request.clip_sha256) == (job.job_id, "")
    clock.pass_s(1)
    assert queue.let_clips_go() == [OTHER]


def test_end_of_a_job_is_to_be_told_until_it_was_taken(queue: JobQueue, clock: TurnedClock) -> None:
    job = _add(queue, webhook_url="https://example.test/hook")
    _add(queue, "quiet")
    assert queue.due_deliveries() == []
    queue.complete(_lease(queue), 0)
    queue.complete(_lease(queue), 0)
    (due,) = queue.due_deliveries()
    assert (due.job_id, due.url, due.attempts) == (job.job_id, "https://example.test/hook", 1)
    assert queue.due_deliveries() == [], "somebody is trying"
    queue.not_delivered(job.job_id, 30)
    clock.pass_s(31)
    (due,) = queue.due_deliveries()
    assert due.attempts == 2
    clock.pass_s(61)
    assert [due.attempts for due in queue.due_deliveries()] == [3], "whoever tried has died"
    queue.delivered(job.job_id)
    clock.pass_s(3600)
    assert queue.due_deliveries() == []


def test_many_workers_lose_and_repeat_nothing(make: MakeQueue, clock: TurnedClock) -> None:
    """Eight at once lease, crash, release and complete: each job succeeds exactly once."""
    queue = make(replace(LIMITS, limit_queued=1000, limit_per_client=1000, limit_crashes=100), clock)
    jobs = queue.submit([_request(str(number), f"c{number % 5}") for number in range(60)])
    done: list[str] = []
    lock = threading.Lock()

    def work(number: int) -> None:
        turn = number
        while lease := queue.lease(f"h{number}"):
            turn += 1
            if turn % 4 == 0:
                queue.crash(lease, DIED)
            elif turn % 5 == 0:
                queue.release(lease)
            else:
                queue.complete(lease, 0)
                with lock:
                    done.append(lease.job.job_id)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    work(1)  # what was put back after the others had seen an empty queue
    assert sorted(done) == sorted(job.job_id for job in jobs)
    assert queue.depth().queued == queue.depth().running == 0
    queue.close()


def test_only_a_queue_in_a_file_of_this_machine_is_at_hand(queue: JobQueue, request: pytest.FixtureRequest) -> None:
    assert queue.is_at_hand is ("sqlite" in request.node.name)
