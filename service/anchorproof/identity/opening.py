"""The registry that the settings describe."""

from __future__ import annotations

from anchorproof.databases import Database
from anchorproof.identity.keys import GivenKeys, KeyFile, KeySource
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.settings import Settings
from anchorproof.sqlite import Database as SqliteDatabase


def open_registry(settings: Settings, actor: str = "") -> Registry:
    """On PostgreSQL where the settings name one, in a file of the data folder otherwise.

    Raises:
        StorageFailed, RegistryLocked
    """
    return Registry(open_database(settings), key_source(settings), actor)


def open_database(settings: Settings) -> Database:
    """Raises StorageFailed."""
    url = settings.registry_url.get_secret_value()
    if not url:
        return SqliteDatabase(settings.registry_path, SCHEMA)
    from anchorproof.postgres import PostgresDatabase  # its driver is an extra

    return PostgresDatabase(url, SCHEMA)


def key_source(settings: Settings) -> KeySource:
    """The key given in the settings or the environment, or the key file."""
    given = settings.registry_key.get_secret_value()
    return GivenKeys(given) if given else KeyFile(settings.registry_key_path)
