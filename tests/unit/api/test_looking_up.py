"""Who is asked in the event loop, and who in a thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from anchorproof.api.looking_up import look_up
from anchorproof.errors import NotFound


class Store:
    def __init__(self, is_at_hand: bool) -> None:
        self.is_at_hand = is_at_hand

    def get(self, name: str) -> int:
        """The thread that asked."""
        if name == "nothing":
            raise NotFound("thing", name)
        return threading.get_ident()


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_only_a_store_at_hand_is_asked_in_the_event_loop(is_at_hand: bool) -> None:
    asked_in = asyncio.run(look_up(Store(is_at_hand), "a"))
    assert (asked_in == threading.get_ident()) is is_at_hand


@pytest.mark.parametrize("is_at_hand", [True, False])
def test_what_is_missing_is_said_either_way(is_at_hand: bool) -> None:
    with pytest.raises(NotFound):
        asyncio.run(look_up(Store(is_at_hand), "nothing"))
