"""The registry that the settings describe."""

from __future__ import annotations

from anchorproof.identity.keys import GivenKeys, KeyFile, KeySource
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.opening import open_database
from anchorproof.settings import Settings


def open_registry(settings: Settings, actor: str = "") -> Registry:
    """On PostgreSQL where the settings name one, in a file of the data folder otherwise.

    Raises:
        StorageFailed, RegistryLocked
    """
    url = settings.registry_url or settings.database_url
    return Registry(open_database(url.get_secret_value(), settings.registry_path, SCHEMA), key_source(settings), actor)


def key_source(settings: Settings) -> KeySource:
    """The key given in the settings or the environment, or the key file."""
    given = settings.registry_key.get_secret_value()
    return GivenKeys(given) if given else KeyFile(settings.registry_key_path)
