"""One row by its name: what clients ask most often, again and again, while they wait."""

from __future__ import annotations

import asyncio
from typing import Protocol, TypeVar

T = TypeVar("T", covariant=True)


class Lookup(Protocol[T]):
    """A store of things with names."""

    @property
    def is_at_hand(self) -> bool: ...

    def get(self, name: str, /) -> T: ...


async def look_up(store: Lookup[T], name: str) -> T:
    """What the store has under that name; raises what ``get`` raises.

    A read that takes 20 to 30 us is not handed to a thread: that costs several times as much, and the event loop then
    waits for the interpreter's lock. A database behind a network is asked in a thread.
    """
    if store.is_at_hand:
        return store.get(name)
    return await asyncio.to_thread(store.get, name)
