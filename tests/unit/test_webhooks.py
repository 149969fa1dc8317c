"""Addresses that may be called, and signatures that only the service can make."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from anchorproof.errors import RequestInvalid
from anchorproof.types import Job, JobError, JobRequest, JobState
from anchorproof.webhooks import body_of, check_webhook, sign, verify

SECRET, BODY, NOW = "sixteen letters or more", b'{"id": "1"}', 1_777_000_000


def test_signature_is_the_hmac_of_time_and_body() -> None:
    # By hand: printf '1777000000.{"id": "1"}' | openssl dgst -sha256 -hmac 'sixteen letters or more'
    assert sign(SECRET, NOW, BODY) == (
        "t=1777000000,v1=5791f1b3151887a2533468c3fe794cdca8fa083d267cd6f844a0fb1d240dbe1a"
    )


@pytest.mark.parametrize(
    ("secret", "body", "now_s", "is_genuine"),
    [
        (SECRET, BODY, NOW + 10, True),
        (SECRET + "x", BODY, NOW, False),
        (SECRET, BODY + b" ", NOW, False),
        (SECRET, BODY, NOW + 301, False),
        (SECRET, BODY, NOW - 301, False),
    ],
)
def test_receiver_takes_only_what_is_genuine_and_fresh(
    secret: str, body: bytes, now_s: float, is_genuine: bool
) -> None:
    assert verify(secret, sign(SECRET, NOW, BODY), body, now_s) is is_genuine


@pytest.mark.parametrize("signature", ["", "t=1", "v1=00", "t=x,v1=00", "t=1777000000,v1=00"])
def test_nonsense_is_no_signature(signature: str) -> None:
    assert not verify(SECRET, signature, BODY, NOW)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.test/done",
        "https://hooks.example.test/done/1?x=2",
    ],
)
def test_listed_address_may_be_called(url: str) -> None:
    check_webhook(url, ("https://other.example.test", "https://hooks.example.test/done"))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.test/done",
        "https://hooks.example.test/donered",
        "https://hooks.example.test/done/../admin",
        "https://hooks.example.test:8443/done",
        "https://hooks.example.test@evil.test/done",
        "https://user@hooks.example.test/done",
        "https://hooks.example.test.evil.test/done",
        "file:///done",
        "https://hooks.example.test/done/" + "x" * 2048,
    ],
)
def test_other_address_is_not_called(url: str) -> None:
    with pytest.raises(RequestInvalid):
        check_webhook(url, ("https://hooks.example.test/done",))


@pytest.mark.parametrize("error", [None, JobError("CLIP_UNREADABLE", "not media")])
def test_what_is_told_says_where_to_look_and_nothing_of_the_clip_s_name(error: JobError | None) -> None:
    time = datetime(2026, 5, 1, tzinfo=UTC)
    job = Job(
        job_id="j",
        request=JobRequest("ada", "secret name.mp4", "ab" * 32),
        state=JobState.FAILED if error else JobState.SUCCEEDED,
        report_id="r",
        clip_sha256="ab" * 32,
        create_time=time,
        start_time=time,
        end_time=time,
        deadline=None,
        step="",
        fraction=1.0,
        steps=(),
        attempts=1,
        crashes=0,
        is_cancel_requested=False,
        error=error,
        sequence=3,
    )
    body = body_of(job)
    told = json.loads(body)
    assert told["operation"] == "operations/j"
    assert told["report"] == ("" if error else "reports/r")
    assert told["error"] == ({"reason": "CLIP_UNREADABLE", "message": "not media"} if error else None)
    assert b"secret name" not in body
    assert b"ada" not in body
