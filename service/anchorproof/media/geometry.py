"""How a stored picture becomes the displayed one: pixel aspect ratio, display matrix, size (runs in the child)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from av.sidedata.sidedata import Type

if TYPE_CHECKING:  # the child starts without it
    from anchorproof.types import Image

#: Pixel shapes outside these are damaged headers, not anamorphic video.
_WIDEST_PIXEL = 4


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways to turn and mirror: first swap the axes, then flip."""

    swaps_axes: bool = False
    flips_x: bool = False
    flips_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn that shows the picture upright (a mirrored one is turned after mirroring left to right)."""
        quarter_turns = {
            (False, False): 0,
            (False, True): 180,
            (True, True): 90,
            (True, False): 270,
        }
        return quarter_turns[self.swaps_axes, self.flips_x if self.swaps_axes else self.flips_y]

    def apply(self, image: Image) -> Image:
        """The upright picture, contiguous."""
        if self.swaps_axes:
            image = image.transpose(1, 0, 2)
        if self.flips_x:
            image = image[:, ::-1]
        if self.flips_y:
            image = image[::-1]
        return np.ascontiguousarray(image)


def orientation_of(frame: Any) -> Orientation:
    """From the frame's display matrix, rounded to quarter turns; upright without one.

    The matrix holds nine 32-bit numbers ``a b u c d v x y w``: a stored point (x, y) is shown at
    (a x + c y, b x + d y). Source: ISO/IEC 14496-12, 6.2.2; libavutil/display.h.
    """
    a, b, c, d = _display_matrix(frame)
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)


def _display_matrix(frame: Any) -> tuple[float, float, float, float]:
    try:
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    except ValueError:
        # PyAV meets a kind of side data that it has no name for (pictures with EXIF have one) and gives none of them;
        # the angle it reads by itself. Mirrored pictures come out unmirrored.
        angle = math.radians(-frame.rotation)
        return math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle)
    if matrix is None or len(bytes(matrix)) < 36:
        return 1, 0, 0, 1
    a, b, _, c, d = struct.unpack("=5i", bytes(matrix)[:20])
    return a, b, c, d


@dataclass(frozen=True, slots=True)
class Shape:
    """The size a picture is shown at, before it is turned upright."""

    width: int
    height: int

    def fitted(self, long_side_px: int) -> tuple[Shape, float]:
        """The size that fits ``long_side_px`` and the scale from it to this one (>= 1)."""
        long_side = max(self.width, self.height)
        if long_side <= long_side_px:
            return self, 1.0
        scale = long_side / long_side_px
        return Shape(max(1, round(self.width / scale)), max(1, round(self.height / scale))), scale

    def turned(self, orientation: Orientation) -> Shape:
        return Shape(self.height, self.width) if orientation.swaps_axes else self


def shown_shape(width: int, height: int, pixel_aspect: Fraction | None) -> Shape:
    """Square pixels: the height is kept, the width follows the pixel aspect ratio."""
    aspect = float(pixel_aspect) if pixel_aspect else 1.0
    if not 1 / _WIDEST_PIXEL <= aspect <= _WIDEST_PIXEL or not math.isfinite(aspect):
        aspect = 1.0
    return Shape(max(1, round(width * aspect)), height)
