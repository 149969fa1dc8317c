"""One sequential pass over the picture stream; sampled pictures as RGB (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import Colorspace, Interpolation

from anchorproof.errors import ClipTooComplex, ClipTooLong, ClipUnreadable, PictureTooLarge
from anchorproof.media.container import chosen, decoder_options, open_container, packets, rejected_size
from anchorproof.media.cuts import CUT_HEIGHT, CUT_WIDTH, BlockHistograms, block_histograms, is_cut
from anchorproof.media.deinterlacing import deinterlaced
from anchorproof.media.geometry import orientation_of, shown_shape
from anchorproof.media.protocol import DecodeJob, Message
from anchorproof.media.timeline import Timeline, presentation_start

if TYPE_CHECKING:  # the child starts without it
    from anchorproof.types import Image

_THREADS = 2
#: Pictures that no other refers to are skipped when at least this many are coded per sample.
_SPARE_PER_SAMPLE = 4
#: After this many packets in a row without a picture it is asked, so many times, whether it grew over the limit.
_FRUITLESS_PACKETS = 32
_LIMIT_ASKED = 8
#: Unspecified matrix: BT.601 up to PAL's height, BT.709 above, as players assume.
_TALLEST_SD = 576
_UNSPECIFIED_MATRIX = 2
_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND


def decode(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
    """``picture`` messages in time order: the first picture of every ``step_s`` that holds one.

    Raises:
        ClipUnreadable: there is no picture, or none could be decoded.
        PictureTooLarge: also when the resolution grows in mid-stream.
        ClipTooLong, ClipTooComplex: over budget.
    """
    container = open_container(media, job)
    video, audio = chosen(container)
    if video is None:
        raise ClipUnreadable("the clip has no picture")
    reader = _Reader(container, video, Timeline(container, presentation_start(container, video, audio)), job)
    last: BlockHistograms | None = None
    for time_s, frame in _sampled(reader, job):
        now = block_histograms(_rgb(frame, CUT_WIDTH, CUT_HEIGHT))
        yield _message(time_s, frame, video, last is not None and is_cut(last, now), job.long_side_px)
        last = now
    if last is None:
        raise ClipUnreadable(f"no picture of the clip ({video.codec_context.name}) could be decoded")


def _message(time_s: float, frame: Any, video: Any, cut: bool, long_side_px: int) -> Message:
    target, scale = shown_shape(frame.width, frame.height, video.sample_aspect_ratio).fitted(long_side_px)
    image = orientation_of(frame).apply(_rgb(frame, target.width, target.height))
    height, width, _ = image.shape
    fields = {"time_s": time_s, "width": width, "height": height, "scale": scale, "is_cut": cut}
    return Message("picture", fields, image.data.cast("B"))


def _rgb(frame: Any, width: int, height: int) -> Image:
    matrix = frame.colorspace
    if matrix == _UNSPECIFIED_MATRIX:
        matrix = Colorspace.ITU709 if frame.height > _TALLEST_SD else Colorspace.ITU601
    rgb = frame.reformat(width, height, "rgb24", src_colorspace=matrix, interpolation=_SCALING, threads=1)
    image: Image = rgb.to_ndarray()
    return image


# --------------------------------------------------------------------------- choosing


def _sampled(reader: _Reader, job: DecodeJob) -> Iterator[tuple[float, Any]]:
    """The first picture of each slot of ``step_s``; interlaced ones made whole with the help of their neighbours."""
    slot = -1
    taken = 0
    before: Any | None = None
    for (time_s, frame), after in _with_next(_until_last_span(reader.frames(), job)):
        if int(time_s / job.step_s) > slot and taken < job.limit_frames and _is_wanted(time_s, job):
            slot, taken = int(time_s / job.step_s), taken + 1
            yield time_s, _whole(before, frame, after) if frame.interlaced_frame else frame
        before = frame


def _until_last_span(frames: Iterator[tuple[float, Any]], job: DecodeJob) -> Iterator[tuple[float, Any]]:
    for time_s, frame in frames:
        if job.spans and time_s >= job.spans[-1][1]:
            return
        yield time_s, frame


def _is_wanted(time_s: float, job: DecodeJob) -> bool:
    return not job.spans or any(start_s <= time_s < end_s for start_s, end_s in job.spans)


def _with_next(frames: Iterator[tuple[float, Any]]) -> Iterator[tuple[tuple[float, Any], Any | None]]:
    held: tuple[float, Any] | None = None
    for timed in frames:
        if held is not None:
            yield held, timed[1]
        held = timed
    if held is not None:
        yield held, None


def _whole(before: Any | None, frame: Any, after: Any | None) -> Any:
    try:
        return deinterlaced(before, frame, after)
    except FFmpegError:
        # A pixel format that the filter does not take: combed lines are better than no picture.
        return frame


# --------------------------------------------------------------------------- reading


class _Reader:
    """Decoded pictures with rising times, within budget."""

    def __init__(self, container: InputContainer, video: Any, timeline: Timeline, job: DecodeJob) -> None:
        self._container = container
        self._video = video
        self._timeline = timeline
        self._job = job
        self._last_key: av.Packet[Any] | None = None
        self._asked = 0
        self._fruitless = 0
        decoder = video.codec_context
        decoder.options = decoder_options(job)
        decoder.thread_type, decoder.thread_count = "AUTO", _THREADS
        self._spares = self._has_spares()
        if self._spares:
            decoder.skip_frame = "NONREF"

    def frames(self) -> Iterator[tuple[float, Any]]:
        """``(time_s, frame)``; of several pictures with one time the first is kept, going back is a glitch."""
        last_s = -1.0
        for count, frame in enumerate(self._decoded()):
            if count >= self._job.limit_decoded_frames:
                raise ClipTooComplex(f"the clip has more than {self._job.limit_decoded_frames:,} pictures")
            time_s = max(0.0, self._timeline.place(frame.pts, self._base(frame), self._frame_s(frame)))
            if time_s > self._job.limit_duration_s:
                raise ClipTooLong(time_s, self._job.limit_duration_s)
            self._keep_enough(frame, time_s - last_s if last_s >= 0 else 0.0)
            if time_s > last_s:
                last_s = time_s
                yield time_s, frame

    def _decoded(self) -> Iterator[Any]:
        for packet in packets(self._container, self._video):
            if packet.is_keyframe:
                self._last_key = packet
            yield from self._checked(self._fed(packet))
            if self._fruitless and self._fruitless % _FRUITLESS_PACKETS == 0:
                self._ask_for_size()
        yield from self._checked(self._fed(None))
        if self._fruitless > 1:
            self._ask_for_size()

    def _fed(self, packet: av.Packet[Any] | None) -> list[Any]:
        """What comes out for this packet; nothing from a damaged one."""
        try:
            frames = list(self._video.codec_context.decode(packet))
        except av.error.MemoryError:
            raise
        except (FFmpegError, EOFError):
            frames = []
        self._fruitless = 0 if frames else self._fruitless + 1
        return frames

    def _ask_for_size(self) -> None:
        """A decoder that met a picture over the limit only falls silent; find out before going on."""
        self._asked += 1
        if self._last_key is None or self._asked > _LIMIT_ASKED:
            return
        large = rejected_size(self._video, self._last_key, self._job)
        if large:
            raise large

    def _checked(self, frames: list[Any]) -> Iterator[Any]:
        for frame in frames:
            if frame.width * frame.height > self._job.limit_pixels:
                raise PictureTooLarge(frame.width, frame.height, self._job.limit_pixels)
            if not frame.is_corrupt:
                yield frame

    def _has_spares(self) -> bool:
        rate = self._video.average_rate
        return bool(rate) and float(rate) * self._job.step_s >= _SPARE_PER_SAMPLE

    def _keep_enough(self, frame: Any, gap_s: float) -> None:
        """Stops skipping where that would leave slots empty or a field's neighbours out."""
        if self._spares and (frame.interlaced_frame or gap_s > self._job.step_s):
            self._spares = False
            self._video.codec_context.skip_frame = "DEFAULT"

    def _base(self, frame: Any) -> Fraction:
        # Frames that come out when the decoder is emptied at the end have none.
        base: Fraction = frame.time_base or self._video.time_base
        return base

    def _frame_s(self, frame: Any) -> float:
        if frame.duration:
            return float(frame.duration * self._base(frame))
        return float(1 / self._video.average_rate) if self._video.average_rate else 0.04
