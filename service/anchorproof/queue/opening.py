"""The queue that the settings describe."""

from __future__ import annotations

from anchorproof.opening import open_database
from anchorproof.queue.holders import Holder, clear
from anchorproof.queue.queue import JobQueue
from anchorproof.queue.store import SCHEMA, StoredQueue
from anchorproof.settings import Settings


def open_queue(settings: Settings, holder: Holder | None = None) -> JobQueue:
    """In a file of the data folder. ``holder``: this process, where it leases jobs; its locks tell of one machine only.

    Raises:
        StorageFailed
    """
    database = open_database("", settings.queue_path, SCHEMA)
    if holder is not None:
        clear(settings.holders_dir)
    return StoredQueue(database, settings.queue, is_gone=holder.is_gone if holder else None)
