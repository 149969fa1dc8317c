"""The report store that the settings describe."""

from __future__ import annotations

from anchorproof.opening import open_database
from anchorproof.reports.store import SCHEMA, ReportStore
from anchorproof.settings import Settings


def open_reports(settings: Settings) -> ReportStore:
    """On PostgreSQL where the settings name one, in a file of the data folder otherwise.

    Raises:
        StorageFailed
    """
    return ReportStore(open_database(settings.database_url.get_secret_value(), settings.reports_path, SCHEMA))
