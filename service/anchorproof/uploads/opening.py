"""The uploads that the settings describe."""

from __future__ import annotations

from anchorproof.opening import open_database
from anchorproof.settings import Settings
from anchorproof.uploads.store import SCHEMA, Clock, StoredUploads


def open_uploads(settings: Settings, clock: Clock) -> StoredUploads:
    """Rows on PostgreSQL where the settings name one, in a file of the data folder otherwise; bytes in a folder.

    Raises:
        StorageFailed
    """
    database = open_database(settings.database_url.get_secret_value(), settings.uploads_path, SCHEMA)
    try:
        return StoredUploads(database, settings.uploads_dir, settings.uploads, clock, settings.media.limit_bytes)
    except BaseException:
        database.close()
        raise
