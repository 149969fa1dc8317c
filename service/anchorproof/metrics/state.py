"""What is looked up at the moment somebody reads the metrics: queue, disks, workers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from anchorproof.errors import AnchorproofError
from anchorproof.settings import Settings
from anchorproof.types import QueueDepth, WorkerCensus


class State(Collector):
    """Asked anew at every reading.

    Args:
        depth: raises AnchorproofError while the queue cannot be asked.
        folders: where data lies, by what the place is called.
    """

    def __init__(
        self, depth: Callable[[], QueueDepth], workers: Callable[[], WorkerCensus], folders: Mapping[str, Path]
    ) -> None:
        self._depth = depth
        self._workers = workers
        self._folders = dict(folders)

    def describe(self) -> Iterator[Metric]:
        """Nothing: a registry would otherwise ask the queue when this is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._queue()
        yield from self._processes()
        yield from self._disks()

    def _queue(self) -> Iterator[Metric]:
        is_up = GaugeMetricFamily("anchorproof_queue_up", "1: the queue's database answers; 0: it does not.")
        try:
            depth = self._depth()
        except AnchorproofError:
            is_up.add_metric((), 0)
            yield is_up
            return
        is_up.add_metric((), 1)
        yield is_up
        jobs = GaugeMetricFamily(
            "anchorproof_queue_jobs",
            "Analyses that wait or run, of all machines that share the queue.",
            labels=("state",),
        )
        jobs.add_metric(("queued",), depth.queued)
        jobs.add_metric(("running",), depth.running)
        yield jobs
        yield GaugeMetricFamily(
            "anchorproof_queue_oldest_seconds", "Age of the analysis that waits longest.", depth.oldest_queued_s
        )

    def _processes(self) -> Iterator[Metric]:
        census = self._workers()
        workers = GaugeMetricFamily("anchorproof_workers", "Worker processes of this machine.", labels=("state",))
        for state, count in (("idle", census.idle), ("busy", census.busy), ("down", census.down)):
            workers.add_metric((state,), count)
        yield workers
        yield GaugeMetricFamily(
            "anchorproof_workers_resident_bytes", "Memory that they hold together.", census.resident_bytes
        )

    def _disks(self) -> Iterator[Metric]:
        free = GaugeMetricFamily("anchorproof_disk_free_bytes", "Room on the disk of this place.", labels=("place",))
        size = GaugeMetricFamily("anchorproof_disk_size_bytes", "Size of the disk of this place.", labels=("place",))
        for place, folder in self._folders.items():
            try:
                usage = shutil.disk_usage(folder)
            except OSError:  # a share that is away: its series end, which an alert can see
                continue
            free.add_metric((place,), usage.free)
            size.add_metric((place,), usage.total)
        yield free
        yield size


def data_folders(settings: Settings) -> dict[str, Path]:
    """Where this installation keeps data on file systems: the data folder and, where it is a folder, the clip store."""
    folders = {"data": settings.data_dir}
    clips = urlsplit(settings.clips_url)
    if clips.scheme == "file":
        folders["clips"] = Path(unquote(clips.path))
    return folders
