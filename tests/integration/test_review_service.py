"""The desk over a real server: queue, leases, decisions, log, exports."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from anchorproof.api.desk_access import RIGHTS
from anchorproof.client import ServiceError
from anchorproof.review_client import ReviewClient
from anchorproof.reviews.desk import open_desk
from anchorproof.types import (
    ReviewFilters,
    ReviewHolder,
    ReviewOutcome,
    ReviewReason,
    ReviewState,
    Role,
    ViewedMaterial,
)
from anchorproof.v1 import account_pb2, review_pb2
from tests.integration.conftest import Running, start_server
from tests.media_samples import tone, write_clip

PASSWORD = "seven grey herons walk"
PEOPLE = {"vera": Role.VIEWER, "rosa": Role.REVIEWER, "remo": Role.REVIEWER, "lena": Role.LEAD, "adam": Role.ADMIN}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start_server(tmp_path_factory.mktemp("desk"), reviews={"poll_s": 0.05}) as server:
        with open_desk(server.settings) as desk:
            for account_id, role in PEOPLE.items():
                desk.accounts.create("cli:test", account_id, role, PASSWORD, account_id.title())
        yield server


@pytest.fixture(scope="module")
def desks(running: Running) -> Iterator[dict[str, ReviewClient]]:
    """A client per person, signed in once."""
    made = {account_id: ReviewClient(running.target) for account_id in PEOPLE}
    for account_id, client in made.items():
        client.sign_in(account_id, PASSWORD)
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def review_id(desks: dict[str, ReviewClient], tmp_path: Path) -> str:
    """Of a clip that was analysed a moment ago."""
    clip = write_clip(tmp_path / "clip.mp4", 0.5, sound=tone(440))
    return desks["rosa"].analyze(clip, clip_name="新闻 clip").report_id


def _refusal(call: object) -> str:
    with pytest.raises(ServiceError) as refused:
        call()  # type: ignore[operator]
    return refused.value.reason


def test_every_call_of_both_services_has_a_right() -> None:
    calls = {
        method.name
        for module, service in ((review_pb2, "ReviewService"), (account_pb2, "AccountService"))
        for method in module.DESCRIPTOR.services_by_name[service].methods
    }
    assert calls - RIGHTS.keys() == {"SignIn", "SignOut"}


def test_a_report_is_in_the_queue_as_soon_as_it_is_stored(desks: dict[str, ReviewClient], review_id: str) -> None:
    page = desks["vera"].review_page(ReviewFilters(states=(ReviewState.OPEN,)), page_size=1000)
    found = next(review for review in page.reviews if review.review_id == review_id)
    assert (found.clip_name, found.state, found.lease, found.outcome) == ("新闻 clip", ReviewState.OPEN, None, None)
    assert (
        page.total
        == len(page.reviews)
        == sum(number for (state, _), number in page.counts.items() if state is ReviewState.OPEN)
    )


def test_without_a_session_nothing_is_told(running: Running, review_id: str) -> None:
    with ReviewClient(running.target) as nobody:
        assert _refusal(lambda: nobody.review_page()) == "SESSION_MISSING"
        assert _refusal(lambda: nobody.get_review(review_id)) == "SESSION_MISSING"
        nobody.token = "x" * 43
        assert _refusal(lambda: nobody.review_page()) == "SESSION_ENDED"
        assert _refusal(lambda: nobody.export_review(review_id)) == "SESSION_ENDED"


def test_roles_bound_what_people_may_do(desks: dict[str, ReviewClient], review_id: str) -> None:
    assert _refusal(lambda: desks["vera"].lease(review_id)) == "ROLE_TOO_LOW"
    assert _refusal(lambda: desks["vera"].export_review(review_id)) == "ROLE_TOO_LOW"
    assert _refusal(lambda: list(desks["rosa"].log_entries())) == "ROLE_TOO_LOW"
    assert _refusal(lambda: desks["rosa"].verify_log()) == "ROLE_TOO_LOW"
    assert _refusal(lambda: list(desks["lena"].accounts())) == "ROLE_TOO_LOW"
    assert {account.account_id for account in desks["adam"].accounts()} >= PEOPLE.keys()


def test_two_people_never_hold_one_clip(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa, remo = desks["rosa"], desks["remo"]
    held = rosa.lease(review_id)
    assert held.lease is not None
    assert held.lease.account_id == "rosa"
    assert _refusal(lambda: remo.lease(review_id)) == "REVIEW_HELD"
    ruling = (ReviewOutcome.BONA_FIDE, ReviewReason.NOTHING_FOUND)
    assert _refusal(lambda: remo.decide(held, *ruling)) == "REVIEW_HELD"
    assert _refusal(lambda: remo.release(review_id)) == "NOT_YOURS"
    mine = remo.review_page(ReviewFilters(holder=ReviewHolder.SOMEBODY_ELSE))
    assert review_id in {review.review_id for review in mine.reviews}
    assert desks["lena"].release(review_id).lease is None
    assert _refusal(lambda: rosa.renew_lease(review_id)) == "LEASE_LOST"
    assert remo.lease(review_id).lease is not None
    remo.release(review_id)


def test_decide_repeat_undo_and_decide_again(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa = desks["rosa"]
    review = rosa.lease(review_id)
    ruling = (ReviewOutcome.CONFIRMED_SPOOF, ReviewReason.VOICE_SYNTHETIC, "声音")
    first = rosa.decide(review, *ruling, request_id=f"one {review_id}")
    again = rosa.decide(review, *ruling, request_id=f"one {review_id}")
    assert first == again
    decision, decided = first
    assert (decided.state, decided.outcome, decided.lease) == (ReviewState.DECIDED, ruling[0], None)
    assert _refusal(lambda: rosa.decide(review, *ruling)) == "ETAG_MISMATCH"
    assert _refusal(lambda: desks["remo"].undo(decision)) == "NOT_YOURS"
    undone = rosa.undo(decision, "undo it " + review_id)
    assert undone == rosa.undo(decision, "undo it " + review_id)
    assert (undone.state, undone.outcome) == (ReviewState.OPEN, None)
    assert undone.lease is not None
    rosa.decide(undone, ReviewOutcome.CANNOT_TELL, ReviewReason.TOO_SHORT)
    review, _ = rosa.get_review(review_id)
    assert [one.stands for one in review.decisions] == [False, True]


def test_a_second_opinion_is_another_persons(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa, remo = desks["rosa"], desks["remo"]
    asked = (ReviewOutcome.NEEDS_SECOND_OPINION, ReviewReason.EXPERT_NEEDED)
    _, waiting = rosa.decide(rosa.lease(review_id), *asked)
    assert waiting.state is ReviewState.SECOND_OPINION
    assert _refusal(lambda: rosa.lease(review_id)) == "ANOTHER_PERSON_NEEDED"
    given = (ReviewOutcome.IMPERSONATION, ReviewReason.FALSE_BRANDING)
    _, decided = remo.decide(remo.lease(review_id), *given)
    assert [one.account_id for one in decided.decisions] == ["rosa", "remo"]
    assert _refusal(lambda: desks["rosa"].reopen(decided, "let us see")) == "ROLE_TOO_LOW"
    opened = desks["lena"].reopen(decided, "let us see")
    assert (opened.state, opened.outcome, len(opened.decisions)) == (ReviewState.OPEN, None, 2)


def test_bad_rulings_are_refused_in_words(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa = desks["rosa"]
    review = rosa.lease(review_id)
    assert _refusal(lambda: rosa.decide(review, ReviewOutcome.BONA_FIDE, ReviewReason.SPLICED)) == "REASON_UNFIT"
    other = (ReviewOutcome.BONA_FIDE, ReviewReason.OTHER)
    assert _refusal(lambda: rosa.decide(review, *other, "  ")) == "INVALID_ARGUMENT"
    assert _refusal(lambda: rosa.decide(review, *other, "n" * 4001)) == "INVALID_ARGUMENT"
    assert _refusal(lambda: rosa.lease("nothing")) == "REVIEW_NOT_FOUND"
    rosa.decide(review, *other, "it is a test", request_id=f"a {review_id}")
    same_id = f"a {review_id}"
    assert _refusal(lambda: rosa.decide(review, *other, "another note", request_id=same_id)) == "INVALID_ARGUMENT"


def test_next_skips_what_others_hold(desks: dict[str, ReviewClient], review_id: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "other.mp4", 0.6, sound=tone(330))
    other_id = desks["rosa"].analyze(clip).report_id
    rosa, remo = desks["rosa"].lease_next(), desks["remo"].lease_next()
    assert rosa is not None
    assert remo is not None
    assert rosa.review_id != remo.review_id
    skipped = desks["rosa"].lease_next(but=[rosa.review_id])
    assert skipped is None or skipped.review_id not in (rosa.review_id, remo.review_id)
    for client in (desks["rosa"], desks["remo"]):
        for mine in client.review_page(ReviewFilters(holder=ReviewHolder.ME)).reviews:
            client.release(mine.review_id)
    assert {review_id, other_id} <= {review.review_id for review in desks["vera"].reviews()}


def test_the_log_says_who_saw_and_decided_what(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa = desks["rosa"]
    anchor = rosa.create_anchor("康辉")
    rosa.get_review(review_id)
    rosa.record_view(f"reviews/{review_id}", ViewedMaterial.CLIP)
    rosa.record_view(f"reviews/{review_id}", ViewedMaterial.CLIP)
    rosa.record_view(f"anchors/{anchor.anchor_id}", ViewedMaterial.REFERENCE_FACE)
    rosa.decide(rosa.lease(review_id), ReviewOutcome.BONA_FIDE, ReviewReason.OTHER, "康辉 is seen")
    entries = list(desks["lena"].log_entries(subject=f"reviews/{review_id}"))
    told = [(entry.actor, entry.action, dict(entry.details).get("material")) for entry in reversed(entries)]
    assert told == [
        ("accounts/rosa", "material.viewed", "report"),
        ("accounts/rosa", "material.viewed", "clip"),
        ("accounts/rosa", "review.leased", None),
        ("accounts/rosa", "review.decided", None),
    ]
    everything = list(desks["lena"].log_entries())
    assert [entry.number for entry in everything] == list(range(len(everything), 0, -1))
    assert f"anchors/{anchor.audit_id}" in {entry.subject for entry in everything}
    assert "康辉" not in json.dumps([str(entry) for entry in everything], ensure_ascii=False)
    check = desks["lena"].verify_log()
    assert check.is_sound
    assert desks["lena"].verify_log(check.head).is_sound
    assert not desks["lena"].verify_log(f"{check.entries}:{'0' * 64}").is_sound


def test_exports_are_whole_and_on_record(desks: dict[str, ReviewClient], review_id: str) -> None:
    rosa = desks["rosa"]
    rosa.decide(rosa.lease(review_id), ReviewOutcome.CONFIRMED_SPOOF, ReviewReason.OTHER, "看口型")
    made = {kind: rosa.export_review(review_id, kind, "zh") for kind in ("json", "pdf", "bundle")}
    for file in made.values():
        assert hashlib.sha256(file.content).hexdigest() == file.sha256
    document = json.loads(made["json"].content)
    assert document["review"]["decisions"][0]["note"] == "看口型"
    assert document["report"]["clipName"] == "新闻 clip"
    assert [entry["action"] for entry in document["auditEntries"]][-1] == "review.decided"
    pages = pypdf.PdfReader(io.BytesIO(made["pdf"].content)).pages
    text = "".join(page.extract_text() for page in pages)
    assert "证据报告" in text
    assert "新闻" in text
    assert "看口型" in text
    assert "图像检测器关注的位置" not in text  # this report has nothing of that
    with zipfile.ZipFile(io.BytesIO(made["bundle"].content)) as bundle:
        assert json.loads(bundle.read("review.json"))["review"]["name"] == f"reviews/{review_id}"
    exported = list(desks["lena"].log_entries(subject=f"reviews/{review_id}", action="review.exported"))
    assert [dict(entry.details)["format"] for entry in exported] == ["bundle", "pdf", "json"]


def test_sign_in_is_slowed_down_and_sessions_end(running: Running, desks: dict[str, ReviewClient]) -> None:
    desks["adam"].create_account("sven", Role.REVIEWER, PASSWORD)
    with ReviewClient(running.target) as client:
        client.sign_in("sven", PASSWORD)
        assert client.session().account.account_id == "sven"
        desks["adam"].update_account("sven", is_disabled=True)
        assert _refusal(client.session) == "SESSION_ENDED"
        guesses: list[str] = []
        while len(guesses) < 15 and "SIGN_IN_THROTTLED" not in guesses:  # a slow machine waits by itself
            guesses.append(_refusal(lambda: client.sign_in("sven", "wrong", "192.0.2.7")))
        assert guesses[:5] == ["SIGN_IN_FAILED"] * 5
        assert guesses[-1] == "SIGN_IN_THROTTLED"
        assert _refusal(lambda: desks["adam"].update_account("adam", role=Role.VIEWER)) == "LAST_ADMIN"
