"""Counters and timers of one process. Labels hold only what this program, or its installation, names itself.

Never a client, an anchor, a file: whoever may read the metrics learns how the service is, not whose clips it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from anchorproof.metrics.registries import new_registry
from anchorproof.types import Decision, Job, JobState, ModelInfo, ModelUse, Report

#: Upper bounds of histograms, in seconds.
RPC_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
STEP_BUCKETS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
ANALYSIS_BUCKETS_S: Final = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 900.0)
WAIT_BUCKETS_S: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0)

#: How a worker process was lost.
LOSSES: Final = ("died", "hung", "memory", "timeout", "cancelled")
#: Why a job went back into the queue.
PUT_BACK: Final = ("crashed", "lost", "released")
#: How a try to tell a client that its job ended went.
DELIVERIES: Final = ("delivered", "failed", "given_up", "dropped")
#: How bytes of clips and media arrive.
WAYS: Final = ("resumable", "call")
NO_SCENARIO: Final = "none"
_FINAL = tuple(state for state in JobState if state.is_final)


class CallMeter:
    """Counts and times the calls of one method."""

    def __init__(self, open_now: Gauge, seconds: Histogram, ended: Counter, names: tuple[str, str]) -> None:
        self._open_now = open_now
        self._seconds = seconds
        self._ended = ended
        self._names = names
        self._by_code: dict[str, Counter] = {}

    def begun(self) -> None:
        self._open_now.inc()

    def ended(self, code: str, seconds: float) -> None:
        self._open_now.dec()
        if code not in self._by_code:
            self._by_code[code] = self._ended.labels(*self._names, code)
        self._by_code[code].inc()
        self._seconds.observe(seconds)


class Meters:
    """Everything one process counts; each has a registry of its own, so that several may live side by side.

    Usable from any thread.
    """

    def __init__(self) -> None:
        self.registry = new_registry()
        self._models()
        self._calls()
        self._jobs()
        self._workers()

    def _models(self) -> None:
        self._model_info = Gauge(
            "anchorproof_model_info",
            "1 for each network in use, with the beginning of its file's SHA-256.",
            ("task", "model", "sha256"),
            registry=self.registry,
        )

    def _calls(self) -> None:
        names = ("service", "method")
        self._rpcs = Counter(
            "anchorproof_rpcs", "Calls answered, by gRPC code.", (*names, "code"), registry=self.registry
        )
        self._rpc_s = Histogram(
            "anchorproof_rpc_seconds",
            "From the first byte of a call to its last; streams for as long as they last.",
            names,
            buckets=RPC_BUCKETS_S,
            registry=self.registry,
        )
        self._rpcs_open = Gauge("anchorproof_rpcs_open", "Calls under way.", names, registry=self.registry)
        self._received = Counter(
            "anchorproof_upload_bytes", "Bytes of clips and media that arrived.", ("way",), registry=self.registry
        )
        for way in WAYS:
            self._received.labels(way)

    def _jobs(self) -> None:
        self._ended = Counter(
            "anchorproof_jobs_ended",
            "Analyses that ended here, or were ended by this process' sweep.",
            ("state",),
            registry=self.registry,
        )
        for state in _FINAL:
            self._ended.labels(state.value)
        self._failures = Counter(
            "anchorproof_job_failures",
            "Those that ended without a report, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self._put_back = Counter(
            "anchorproof_jobs_put_back",
            "Analyses that went back into the queue.",
            ("cause",),
            registry=self.registry,
        )
        for cause in PUT_BACK:
            self._put_back.labels(cause)
        self._wait_s = Histogram(
            "anchorproof_job_wait_seconds",
            "From acceptance until a worker took it first.",
            buckets=WAIT_BUCKETS_S,
            registry=self.registry,
        )
        self._analysis_s = Histogram(
            "anchorproof_analysis_seconds",
            "A clip's time with its worker, where a report came of it.",
            buckets=ANALYSIS_BUCKETS_S,
            registry=self.registry,
        )
        self._clip_s = Counter(
            "anchorproof_analysed_clip_seconds", "Length of the clips reported on.", registry=self.registry
        )
        self._step_s = Histogram(
            "anchorproof_step_seconds",
            "Time that each step of an analysis took.",
            ("step",),
            buckets=STEP_BUCKETS_S,
            registry=self.registry,
        )
        self._verdicts = Counter(
            "anchorproof_verdicts",
            "Reports, by decision and likeliest scenario.",
            ("decision", "scenario"),
            registry=self.registry,
        )
        for decision in Decision:
            self._verdicts.labels(decision.value, NO_SCENARIO)
        self._unassessed = Counter(
            "anchorproof_unassessed",
            "Questions that reports could not answer, by source and reason.",
            ("source", "reason"),
            registry=self.registry,
        )
        self._deliveries = Counter(
            "anchorproof_webhooks", "Tries to tell clients that a job ended.", ("outcome",), registry=self.registry
        )
        for outcome in DELIVERIES:
            self._deliveries.labels(outcome)

    def _workers(self) -> None:
        self._starts = Counter("anchorproof_worker_starts", "Worker processes that came up.", registry=self.registry)
        self._losses = Counter(
            "anchorproof_worker_losses",
            "Worker processes that ended, or were ended, at work.",
            ("cause",),
            registry=self.registry,
        )
        for cause in LOSSES:
            self._losses.labels(cause)
        self._runs = Counter(
            "anchorproof_model_runs",
            "Runs of each network; one run may hold many faces.",
            ("model",),
            registry=self.registry,
        )
        self._run_s = Counter(
            "anchorproof_model_run_seconds", "Time spent in each network.", ("model",), registry=self.registry
        )

    # ----------------------------------------------------------------------------------------------- calls

    def calls(self, service: str, method: str) -> CallMeter:
        """Of one method; to be kept, as looking its counters up costs more than counting."""
        names = (service, method)
        return CallMeter(self._rpcs_open.labels(*names), self._rpc_s.labels(*names), self._rpcs, names)

    def call_unknown(self) -> None:
        """A call to a method that we do not have: what it was called stays unsaid."""
        self._rpcs.labels("unknown", "unknown", "UNIMPLEMENTED").inc()

    def received(self, way: str, size_bytes: int) -> None:
        """``way`` is one of ``WAYS``."""
        self._received.labels(way).inc(size_bytes)

    # ----------------------------------------------------------------------------------------------- jobs

    def job_taken(self, job: Job) -> None:
        if job.attempts == 1 and job.start_time is not None:
            self._wait_s.observe(max(0.0, (job.start_time - job.create_time).total_seconds()))

    def job_left(self, job: Job, cause: str) -> None:
        """A job as it is after we let go of it: ended or, for this ``cause`` of ``PUT_BACK``, waiting again."""
        if job.state.is_final:
            self._ended.labels(job.state.value).inc()
            if job.error is not None:
                self._failures.labels(job.error.reason).inc()
        elif job.state is JobState.QUEUED:
            self._put_back.labels(cause).inc()

    def report_made(self, report: Report, seconds: float) -> None:
        verdict = report.verdict
        scenario = verdict.scenarios[0].scenario if verdict.scenarios else NO_SCENARIO
        self._verdicts.labels(verdict.decision.value, scenario).inc()
        self._analysis_s.observe(seconds)
        self._clip_s.inc(report.clip.duration_s)
        for timing in report.timings:
            self._step_s.labels(timing.step).observe(timing.wall_s)
        for missing in report.unassessed:
            self._unassessed.labels(missing.source, missing.reason).inc()

    def delivery(self, outcome: str) -> None:
        """``outcome`` is one of ``DELIVERIES``."""
        self._deliveries.labels(outcome).inc()

    # ----------------------------------------------------------------------------------------------- workers

    def worker_started(self) -> None:
        self._starts.inc()

    def worker_lost(self, cause: str) -> None:
        """``cause`` is one of ``LOSSES``."""
        self._losses.labels(cause).inc()

    def models_used(self, uses: Iterable[ModelUse]) -> None:
        for use in uses:
            self._runs.labels(use.model_id).inc(use.runs)
            self._run_s.labels(use.model_id).inc(use.seconds)

    def models_in_use(self, models: Sequence[ModelInfo]) -> None:
        for model in models:
            if model.is_default:
                self._model_info.labels(model.task, model.model_id, model.sha256[:12]).set(1)
