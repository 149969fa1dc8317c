"""The confinement put to the test: what could a child do that was taken over by what it decodes?"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from anchorproof.errors import ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import Task
from anchorproof.settings import MediaSettings


@dataclass(frozen=True, slots=True)
class Trial:
    """What a child could do of what it should not: before it reads the media, and while it decodes them."""

    is_landlocked: bool
    loading: tuple[str, ...]
    decoding: tuple[str, ...]


def try_confinement(settings: MediaSettings) -> Trial:
    """Starts a child that tries.

    Raises:
        ClipRejected: no child could be started, or it did not answer.
    """
    with tempfile.NamedTemporaryFile(prefix="anchorproof-trial-") as nothing:
        messages = list(run_child(Path(nothing.name), job_for(Task.TRIAL, settings, duration_s=0.0), 0))
    try:
        (message,) = messages
        loading, decoding = message.fields["loading"], message.fields["decoding"]
        return Trial(bool(message.fields["landlocked"]), tuple(map(str, loading)), tuple(map(str, decoding)))
    except (KeyError, TypeError, ValueError) as error:
        raise ClipUnreadable("the decoding child did not tell how its trial went") from error
