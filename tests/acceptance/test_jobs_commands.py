"""Handing clips to a server that goes on by itself, also over its own restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.conftest import Served, Shell


def test_submitted_clip_is_done_after_a_restart_of_the_server(
    anchorproof: Shell, serve: Callable[..., Served], media: Path
) -> None:
    served = serve("--listen", "127.0.0.1:0")
    at = ("--server", served.target)
    submitted = anchorproof("submit", media / "bars.mp4", "--priority", "high", "--json", *at)
    assert submitted.code == 0, submitted.stderr
    job = json.loads(submitted.stdout)["job"]
    served.process.kill()
    served.process.wait()

    again = serve("--listen", served.target)
    assert again.target == served.target
    watched = anchorproof("jobs", "watch", job, "--json", *at)
    assert watched.code == 0, watched.stderr
    last = json.loads(watched.stdout.splitlines()[-1])
    assert (last["state"], last["priority"]) == ("JOB_STATE_SUCCEEDED", "PRIORITY_HIGH")
    assert job in anchorproof("jobs", "list", *at).stdout
    report = last["report"]
    assert report in anchorproof("jobs", "show", job, *at).stdout
    assert (
        json.loads(anchorproof("reports", "show", report.removeprefix("reports/"), "--json").stdout)["name"] == report
    )
    assert anchorproof("jobs", "cancel", job, *at).stdout.strip() == f"{job}: succeeded"


def test_rejected_clip_unknown_job_and_absent_server_have_their_exit_codes(
    anchorproof: Shell, serve: Callable[..., Served], media: Path
) -> None:
    served = serve("--listen", "127.0.0.1:0")
    at = ("--server", served.target)
    rejected = anchorproof("submit", media / "text.mp4", "--wait", *at)
    assert rejected.code == 3
    assert "[CLIP_UNREADABLE]" in rejected.stderr
    unknown = anchorproof("jobs", "show", "nothing", *at)
    assert unknown.code == 6
    assert "[OPERATION_NOT_FOUND]" in unknown.stderr
    refused = anchorproof("submit", "https://example.test/clip.mp4", *at)
    assert refused.code == 2
    assert "upload the clip instead" in refused.stderr
    assert anchorproof("submit", media / "bars.mp4", "--priority", "soon", *at).code == 2
