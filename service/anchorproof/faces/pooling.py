"""Area averages of a picture: any rectangle, resized to any grid, from one table of sums."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Image

Edges = NDArray[np.intp]

#: Longer side of the copy that is searched; what it costs against searching the picture itself is in the card.
WORK_SIDE_PX = 640


class AreaPool:
    """One picture, resized by averaging whole pixels.

    Grid cell ``i`` of ``n`` over ``length`` pixels averages pixels ``floor(i * length / n)`` up to
    ``ceil((i + 1) * length / n)``: what MTCNN's weights were used with (adaptive average pooling). cv2's INTER_AREA
    weighs border pixels by their share instead, and interpolates when it enlarges.
    """

    def __init__(self, image: Image) -> None:
        self._height, self._width = image.shape[:2]
        # A fourth, empty channel makes one cell 16 bytes, which gathers several times faster than three ints. int32
        # sums may wrap round in pictures over 8.4 million pixels; the differences taken from them stay right.
        sums = cv2.integral(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA), sdepth=cv2.CV_32S)
        self._sums = np.asarray(sums, np.int32)

    def resized(self, height: int, width: int) -> NDArray[np.float32]:
        """The whole picture as float32 ``(3, height, width)``, values 0 to 255."""
        top, bottom = _edges(np.zeros(1, np.intp), np.array([self._height]), height)
        left, right = _edges(np.zeros(1, np.intp), np.array([self._width]), width)
        rows = self._sums[bottom[0]] - self._sums[top[0]]
        sums: NDArray[np.int32] = rows[:, right[0]] - rows[:, left[0]]
        return np.asarray(_means(sums, bottom - top, right - left)[0], np.float32)

    def cropped(self, boxes: NDArray[np.float32], side: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Rectangles as float32 ``(n, 3, side, side)``, values 0 to 255, and which of them touch the picture.

        Args:
            boxes: ``(n, 4)`` in inclusive pixels that count from 1, cut to whole pixels and to the picture.
            side: of the result.
        """
        whole = np.trunc(boxes).astype(np.intp)
        x1, y1 = np.maximum(whole[:, 0], 1) - 1, np.maximum(whole[:, 1], 1) - 1
        x2, y2 = np.minimum(whole[:, 2], self._width), np.minimum(whole[:, 3], self._height)
        inside = (x2 > x1) & (y2 > y1)
        crops = np.zeros((len(boxes), 3, side, side), np.float32)
        top, bottom = _edges(y1[inside], y2[inside], side)
        left, right = _edges(x1[inside], x2[inside], side)
        stride = self._width + 1
        above, below = top[:, :, None] * stride, bottom[:, :, None] * stride
        before, after = left[:, None, :], right[:, None, :]
        sums = self._at(below + after) - self._at(above + after)
        sums += self._at(above + before) - self._at(below + before)
        crops[inside] = _means(sums, bottom - top, right - left)
        return crops, inside

    def _at(self, cells: Edges) -> NDArray[np.int32]:
        """The sums at flat positions ``(n, rows, columns)``, with their four channels last."""
        table = self._sums.view(np.complex128).reshape(-1)  # 16 bytes moved as one; never computed with
        return np.asarray(table.take(cells)[..., None].view(np.int32))


class Picture:
    """One picture for the cascade: searched on a copy of at most ``WORK_SIDE_PX``, with detail from the original.

    All coordinates are those of the copy; ``ratio`` is picture pixels per copy pixel (>= 1).
    """

    def __init__(self, image: Image, work_side_px: int = WORK_SIDE_PX) -> None:
        height, width = image.shape[:2]
        self.ratio = max(1.0, max(height, width) / work_side_px)
        self.height, self.width = (max(1, round(side / self.ratio)) for side in (height, width))
        self._image = image
        smaller = cv2.resize(image, (self.width, self.height), interpolation=cv2.INTER_AREA)
        self._pool = AreaPool(image if self.ratio == 1 else np.asarray(smaller, np.uint8))

    def resized(self, height: int, width: int) -> NDArray[np.float32]:
        """As ``AreaPool.resized``, from the copy."""
        return self._pool.resized(height, width)

    def cropped(self, boxes: NDArray[np.float32], side: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """As ``AreaPool.cropped``; from the original where the copy has fewer pixels than the crop."""
        crops, inside = self._pool.cropped(boxes, side)
        if self.ratio > 1:
            for index in np.flatnonzero(inside & (boxes[:, 2] - boxes[:, 0] < side)):
                crops[index] = self._detail(boxes[index], side)
        return crops, inside

    def _detail(self, box: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        height, width = self._image.shape[:2]
        x1, y1 = ((box[:2] - 1) * self.ratio).astype(int)  # boxes count pixels from one
        x2, y2 = (box[2:] * self.ratio).astype(int)
        left, top = min(max(x1, 0), width - 1), min(max(y1, 0), height - 1)
        right, bottom = min(max(x2, left + 1), width), min(max(y2, top + 1), height)
        return AreaPool(self._image[top:bottom, left:right]).resized(side, side)


def _means(sums: NDArray[np.int32], heights: Edges, widths: Edges) -> NDArray[np.float32]:
    """Sums ``(n, rows, columns, 4)`` over cells of these sizes -> averages ``(n, 3, rows, columns)``."""
    shares = (1 / (heights[:, :, None] * widths[:, None, :])).astype(np.float32)
    channels = np.moveaxis(sums.reshape(*shares.shape, 4)[..., :3], -1, 1)
    return np.multiply(channels, shares[:, None], dtype=np.float32, order="C")


def _edges(start: Edges, end: Edges, cells: int) -> tuple[Edges, Edges]:
    """First pixel of each cell and the one after its last, both ``(n, cells)``."""
    length = (end - start)[:, None]
    index = np.arange(cells)[None, :]
    return start[:, None] + index * length // cells, start[:, None] - (-(index + 1) * length // cells)
