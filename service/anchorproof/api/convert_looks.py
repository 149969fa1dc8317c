"""Messages <-> types of where a detector looked; ``convert`` takes them from here."""

from __future__ import annotations

from anchorproof.types import Box, Look, Span, TimedBox
from anchorproof.v1 import media_pb2, report_pb2


def look_message(look: Look) -> report_pb2.Look:
    return report_pb2.Look(
        subject=look.subject,
        span=media_pb2.Span(start_s=look.span.start_s, end_s=look.span.end_s),
        time_s=look.time_s,
        llr=look.value,
        rows=len(look.cells),
        columns=len(look.cells[0]),
        cells=[value for row in look.cells for value in row],
        path=[_timed_box(item) for item in look.path],
    )


def read_look(message: report_pb2.Look) -> Look:
    columns = message.columns
    return Look(
        subject=message.subject,
        span=Span(message.span.start_s, message.span.end_s),
        time_s=message.time_s,
        value=message.llr,
        cells=tuple(tuple(message.cells[row * columns : (row + 1) * columns]) for row in range(message.rows)),
        path=tuple(_read_timed_box(item) for item in message.path),
    )


def _timed_box(item: TimedBox) -> report_pb2.TimedBox:
    box = item.box
    return report_pb2.TimedBox(time_s=item.time_s, box=media_pb2.Box(x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2))


def _read_timed_box(message: report_pb2.TimedBox) -> TimedBox:
    return TimedBox(message.time_s, Box(message.box.x1, message.box.y1, message.box.x2, message.box.y2))
