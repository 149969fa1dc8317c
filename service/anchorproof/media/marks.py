"""A picture with its transparency, decoded in the child."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import Task
from anchorproof.settings import MediaSettings

LONG_SIDE_PX = 512


def read_mark(path: Path, settings: MediaSettings) -> NDArray[np.uint8]:
    """``(height, width, 4)``, RGB and opacity, at most ``LONG_SIDE_PX`` long.

    Raises:
        ClipRejected: no picture, or over a budget.
    """
    job = replace(job_for(Task.MARK, settings, 0.0), long_side_px=LONG_SIDE_PX)
    for message in run_child(path, job, limit_payload_bytes=LONG_SIDE_PX**2 * 4):
        width, height = int(message.fields["width"]), int(message.fields["height"])
        if len(message.payload) == width * height * 4:
            return np.frombuffer(bytes(message.payload), np.uint8).reshape(height, width, 4)
    raise ClipUnreadable("the picture could not be read; save it as PNG")
