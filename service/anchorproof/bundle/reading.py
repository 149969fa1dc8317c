"""The report as plain text, for whoever opens the bundle without any program of ours."""

from __future__ import annotations

from collections.abc import Iterator

from anchorproof.types import Report, Span

HOW_TO_VERIFY = """\
This bundle is evidence for a person who decides, never an accusation. Verify it on any machine:
  anchorproof bundle verify THIS.zip --key PUBLIC_KEY.pem [--clip THE_CLIP]
manifest.json lists the SHA-256 of every file; manifest.sig is its Ed25519 signature (64 bytes). By other means:
  openssl pkeyutl -verify -pubin -inkey PUBLIC_KEY.pem -rawin -in manifest.json -sigfile manifest.sig
"""


def readable(report: Report) -> str:
    """What report.json says, in lines."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    verdict = report.verdict
    yield f"Report {report.report_id} of {report.create_time:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Clip {_plain(report.clip_name)}: SHA-256 {report.clip.sha256}, {report.clip.duration_s:.2f} s"
    yield f"Decision: {verdict.decision.value.upper()}; P(spoof) {verdict.spoof_posterior:.3f} at prior {verdict.prior}"
    yield f"Flags: {', '.join(verdict.flags) or 'none'}"
    yield ""
    for told in verdict.explanations:
        yield _plain(told.paragraph)
        for title, lines in (("Checked", told.checked), ("Not checked", told.unchecked), ("Limits", told.limits)):
            yield f"  {title}:"
            yield from (f"    - {_plain(line)}" for line in lines)
        yield ""
    if not verdict.explanations:
        yield _plain(verdict.summary)
        yield ""
    yield "Reasons"
    for reason in verdict.reasons:
        yield f"  {reason.code}: {_plain(reason.message)}{_when(reason.span)}"
    if report.unassessed:
        yield "Not judged"
        for part in report.unassessed:
            yield f"  {part.reason} ({part.source}): {_plain(part.message)}"
    yield "Made by"
    for component in report.components:
        yield f"  {component.kind} {component.component_id} {component.version} {component.sha256}".rstrip()
    yield ""
    yield HOW_TO_VERIFY


def _when(span: Span | None) -> str:
    return f" ({span.start_s:.1f}-{span.end_s:.1f} s)" if span else ""


def _plain(words: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in words)
