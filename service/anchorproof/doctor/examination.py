"""All looks, in an order in which the first thing that is broken is what to mend first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from anchorproof.api.admission import free_memory
from anchorproof.doctor import addresses, decoding, machine, networks, stores
from anchorproof.doctor.findings import Finding, looked
from anchorproof.settings import Settings

Look = tuple[str, Callable[[], Iterable[Finding]]]


def looks(settings: Settings) -> list[Look]:
    """By name; none of them needs another."""
    of_databases = [
        (f"database: {schema.kind}", partial(stores.look_at_database, url, path, schema))
        for url, path, schema in stores.databases(settings)
    ]
    return [
        ("program", machine.look_at_program),
        ("settings file", partial(machine.look_at_settings_file, settings)),
        ("data folder", partial(machine.look_at_data_folder, settings)),
        ("disk", partial(machine.look_at_disk, settings)),
        ("memory", lambda: machine.look_at_memory(settings, free_memory())),
        ("clock", partial(machine.look_at_clock, settings)),
        *of_databases,
        ("queue's standings", partial(stores.look_at_standings, settings)),
        ("shared clock", partial(stores.look_at_shared_clock, settings)),
        ("registry key", partial(stores.look_at_registry_key, settings)),
        ("audit key", partial(stores.look_at_audit_key, settings)),
        ("clips", partial(stores.look_at_clips, settings)),
        ("extras", partial(addresses.look_at_extras, settings)),
        ("networks", partial(networks.look_at_networks, settings)),
        ("decoding", partial(decoding.look_at_decoding, settings)),
        ("confinement", partial(decoding.look_at_confinement, settings)),
        ("trust list", partial(addresses.look_at_trust_list, settings)),
        ("webhooks", partial(addresses.look_at_webhooks, settings)),
        ("listen", partial(addresses.look_at_listen, settings)),
        ("metrics", partial(addresses.look_at_metrics, settings)),
    ]


def examine(settings: Settings) -> Iterator[Finding]:
    """Each finding as soon as it is there."""
    for name, look in looks(settings):
        yield from looked(name, look)
