"""Jobs a second with one machine of workers, and with more: the same jobs, queue, database and clip store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from anchorproof.client import Client
from anchorproof.types import Job, JobState
from benchmarks.chaos import newscast, workshop
from benchmarks.chaos.clients import unlike
from benchmarks.cluster import workshop as decoding
from benchmarks.cluster.machines import Cluster, cluster, wait_until

#: What the workers do: name -> what they load, and how long the light one holds a clip.
WORKS = {"decode": (decoding.LOAD, 0.0), "hold": (workshop.LOAD, 0.5)}
_LIMIT_S = 1800.0


def measure(work: str, counts: list[int], jobs: int) -> dict[str, Any]:
    """Jobs a second with each number of machines, one worker each.

    Args:
        work: ``decode`` keeps a processor busy; ``hold`` waits for half a second, so that only the queue and the
            database could keep more machines from doing more.
        jobs: as many wait before the machines start, for each count.
    """
    load, analysis_s = WORKS[work]
    with tempfile.TemporaryDirectory(prefix="anchorproof-cluster-") as name:
        folder = Path(name)
        clip = newscast.write(folder / "clip.mp4")
        with cluster(folder, max(counts), load, analysis_s) as machines:
            rates = {count: _run(machines, clip, count, jobs) for count in counts}
    first = rates[counts[0]]["jobs_per_s"]
    return {
        "work": work,
        "jobs_each": jobs,
        "front_ends": 2,
        "by_machines": rates,
        "against_one": {count: round(found["jobs_per_s"] / first, 2) for count, found in rates.items()},
    }


def _run(machines: Cluster, clip: Path, count: int, jobs: int) -> dict[str, Any]:
    chance = Random(count)
    accepted = []
    for number in range(jobs):
        with Client(machines.target(number)) as client:  # half of them at either front end
            copy = unlike(machines.folder / "copy.mp4", clip, chance)
            accepted.append(client.submit(copy, f"{count}-{number}").job_id)
    for machine in machines.machines[:count]:
        machine.start()
    with Client(machines.target(1)) as client:
        wait_until(lambda: client.get_job(accepted[-1]).state is not JobState.QUEUED, _LIMIT_S)
        wait_until(lambda: all(client.get_job(job_id).state.is_final for job_id in accepted), _LIMIT_S)
        ended = [client.get_job(job_id) for job_id in accepted]
    for machine in machines.machines[:count]:
        machine.stop()
    if any(job.state is not JobState.SUCCEEDED for job in ended):
        raise RuntimeError("a job did not succeed")
    return _rate(ended, count)


def _rate(jobs: list[Job], machines: int) -> dict[str, Any]:
    """From the moment at which all machines had a job to the last end; what was done before does not count."""
    starts = sorted(job.start_time.timestamp() for job in jobs if job.start_time)
    ends = np.array(sorted(job.end_time.timestamp() for job in jobs if job.end_time))
    begun = starts[machines - 1]
    done = int((ends > begun).sum())
    times = [
        (job.end_time - job.start_time).total_seconds() for job in jobs if job.end_time is not None and job.start_time
    ]
    return {
        "jobs_per_s": round(done / (ends[-1] - begun), 3),
        "median_job_s": round(float(np.median(times)), 3),
        "seconds": round(float(ends[-1] - begun), 1),
    }
