"""The queue that the settings describe."""

from __future__ import annotations

from anchorproof.databases import Database
from anchorproof.opening import open_database
from anchorproof.queue.clocks import MachineClock, SharedClock
from anchorproof.queue.holders import Holder, clear
from anchorproof.queue.queue import JobQueue
from anchorproof.queue.store import SCHEMA, StoredQueue
from anchorproof.settings import Settings


def open_queue(settings: Settings, holder: Holder | None = None) -> JobQueue:
    """On PostgreSQL where the settings name one, for any number of machines; in a file of the data folder otherwise.

    Args:
        holder: this process, where it leases jobs. Its lock tells of one machine only, so on PostgreSQL the leases of
            those that died run out.

    Raises:
        StorageFailed
    """
    url = settings.database_url.get_secret_value()
    database = open_database(url, settings.queue_path, SCHEMA)
    if holder is not None:
        clear(settings.holders_dir)
    if url:
        queue = StoredQueue(database, settings.queue, SharedClock(lambda: _clock_us(database)))
    else:
        queue = StoredQueue(database, settings.queue, MachineClock(), holder.is_gone if holder else None)
    queue.put_right()
    return queue


def _clock_us(database: Database) -> int:
    with database.reading() as session:
        row = session.row("clock")
    assert row is not None
    return int(row["now"])
