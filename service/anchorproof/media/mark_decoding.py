"""A picture with its transparency (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from av.error import FFmpegError

from anchorproof.errors import ClipUnreadable, PictureTooLarge
from anchorproof.media.container import chosen, decoder_options, open_container, packets, rejected_size
from anchorproof.media.geometry import shown_shape
from anchorproof.media.protocol import DecodeJob, Message


def decode(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
    """One ``picture`` message: the file's first picture as RGBA, at most ``long_side_px`` long.

    Raises:
        ClipUnreadable: there is no picture, or it cannot be decoded.
        PictureTooLarge: over the limit on pixels.
    """
    container = open_container(media, job)
    video, _ = chosen(container)
    if video is None:
        raise ClipUnreadable("there is no picture in the file")
    decoder = video.codec_context
    decoder.options = decoder_options(job)
    frame = _first(container, video, job)
    target, _ = shown_shape(frame.width, frame.height, video.sample_aspect_ratio).fitted(job.long_side_px)
    rgba = frame.reformat(target.width, target.height, "rgba", threads=1).to_ndarray()
    yield Message("picture", {"width": target.width, "height": target.height}, rgba.data.cast("B"))


def _first(container: Any, video: Any, job: DecodeJob) -> Any:
    for packet in (*packets(container, video), None):
        try:
            frames = video.codec_context.decode(packet)
        except (FFmpegError, EOFError):
            frames = []
        for frame in frames:
            if frame.width * frame.height > job.limit_pixels:
                raise PictureTooLarge(frame.width, frame.height, job.limit_pixels)
            return frame
        if packet is not None and (large := rejected_size(video, packet, job)):
            raise large
    raise ClipUnreadable("the picture cannot be decoded; save it as PNG")
