"""Nothing of anybody's is logged: unmistakable words go in at every door, and none comes out, even at DEBUG."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from anchorproof.client import Client, EnrolmentWish, ServiceError
from anchorproof.identity.opening import open_registry
from anchorproof.review_client import ReviewClient
from anchorproof.review_local import LocalDesk
from anchorproof.settings import Settings
from anchorproof.types import JobState, Role
from anchorproof.v1 import jobs_pb2
from tests.caption_samples import Drawn, draw
from tests.integration.conftest import Running, wait_until
from tests.integration.test_jobs_service import receiver
from tests.logged import Logged, logged, script
from tests.media_samples import Image, tone, write_clip, write_still, write_tagged

COMMAND = Path(sys.executable).parent / "anchorproof"
SECRET = "webhook-secret-tamarind"
PASSWORD = "password-of-the-persimmon-9"
REGISTRY_KEY = "5eed" * 16
#: Each stands in one kind of thing that clients give; none is a word of ours.
WORDS = {
    "an anchor's name": "Quillfeather",
    "an alias": "Zebedee",
    "an outlet": "Kestrelvision",
    "notes": "marzipan",
    "a clip's file": "grapefruit",
    "a folder": "catacomb",
    "an enrolment's file": "rhubarb",
    "a session": "gooseberry",
    "a caption": "HALLOWEENKLOSTER",
    "a tag in the clip": "clementine",
    "who asks": "lighthouse",
    "an actor": "buttercup",
    "a request's own id": "pomegranate",
    "a webhook's address": "artichoke",
    "the webhooks' secret": "tamarind",
    "a password": "persimmon",
    "an account": "rosalinde",
    "a person's name": "Wintergreen",
    "a source": "kumquat",
    "a search": "salamander",
    "the registry's key": REGISTRY_KEY[:16],
}


@dataclass
class Given:
    """What went in, beside the words: session tokens, and templates as they could be written."""

    tokens: list[str]
    templates: list[np.ndarray]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("media") / "catacomb"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def captioned(folder: Path) -> Path:
    """A portrait that drifts, with a caption, a tone and a tag."""
    data = pytest.importorskip("skimage.data", reason="scikit-image carries the portrait")
    whole: Image = data.astronaut()
    line = Drawn("HALLOWEENKLOSTER", 0.06, 0.82, 0.07, paper=(10, 30, 90))

    def picture(time_s: float) -> Image:
        shift = round(8 * time_s)
        return draw(np.ascontiguousarray(whole[:384, 60 + shift : 444 + shift]), line)

    plain = write_clip(folder / "plain.mp4", 1.5, (384, 384), picture=picture, sound=tone(440))
    label = '{"AIGC": {"Label": "1", "ContentProducer": "clementine"}}'
    return write_tagged(folder / "grapefruit.mp4", plain, {"title": "clementine", "AIGC": label})


@contextlib.contextmanager
def _desk(process: Logged, data_dir: Path, given: Given) -> Iterator[ReviewClient]:
    settings = Settings(data_dir=data_dir)
    with LocalDesk(settings, "buttercup") as local:
        local.create_account("rosalinde", Role.ADMIN, PASSWORD, "Rosa Wintergreen")
    with ReviewClient(process.target) as desk:
        with pytest.raises(ServiceError):
            desk.sign_in("rosalinde", PASSWORD + "x")
        desk.sign_in("rosalinde", PASSWORD)
        given.tokens.append(desk.token)
        yield desk


def _refused(work: object, *arguments: object, **named: object) -> None:
    assert callable(work)
    with pytest.raises(ServiceError):
        work(*arguments, **named)


def _everything(process: Logged, folder: Path, captioned: Path, data_dir: Path, hook: str, given: Given) -> None:
    """Success and failure at each door."""
    junk = folder / "grapefruit-peel.mp4"
    junk.write_bytes(b"clementine" * 1000)
    portrait = folder / "rhubarb.png"
    pick = pytest.importorskip("skimage.data").astronaut()
    write_still(portrait, np.ascontiguousarray(pick[:384, 60:444]))
    with Client(process.target, actor="buttercup", client_id="lighthouse") as client:
        anchor = client.create_anchor(
            "Harriet Quillfeather", outlet="Kestrelvision", aliases=["Zebedee"], notes="marzipan"
        )
        _refused(client.create_anchor, "Zebedee", anchor_id=anchor.anchor_id)
        wish = EnrolmentWish(session="gooseberry", override_reason="marzipan")
        client.enrol(anchor.anchor_id, portrait, "rhubarb.png", wish=wish)
        _refused(client.enrol, anchor.anchor_id, junk, "rhubarb-leaf")
        _refused(client.get_anchor, "salamander")
        client.search_anchors("salamander")
        client.analyze(captioned, "grapefruit.mp4")
        _refused(client.analyze, junk, "grapefruit-peel.mp4")
        job = client.submit(captioned, "grapefruit.mp4", request_id="pomegranate", webhook_url=hook)
        client.wait_for_job(job.job_id)
        _refused(client.submit, junk, "grapefruit-peel.mp4", request_id="pomegranate")
        _refused(client.submit, captioned, webhook_url="http://artichoke.example.test/")
        _refused(client.submit_batch, [jobs_pb2.AnalyzeVideoRequest(uri=f"{folder.as_uri()}-elsewhere/kumquat.mp4")])
        (missing,) = client.submit_batch([jobs_pb2.AnalyzeVideoRequest(uri=f"{folder.as_uri()}/kumquat.mp4")])
        _refused(client.wait_for_job, missing.job_id)
        with _desk(process, data_dir, given) as desk:
            wait_until(lambda: len(list(desk.reviews())) >= 2)
    settings = Settings(data_dir=data_dir, registry_key=REGISTRY_KEY)
    with contextlib.closing(open_registry(settings)) as registry:
        given.templates += [row for model in registry.references().by_model.values() for row in model.matrix]
    assert given.templates


def _kill_a_worker(process: Logged, captioned: Path) -> None:
    """A worker is killed at work, twice: the job is given up."""
    with Client(process.target, client_id="lighthouse") as client:
        job = client.submit(captioned, "grapefruit-dead.mp4")
        while not (state := client.get_job(job.job_id).state).is_final:
            if state is JobState.RUNNING:
                _kill_children(process.pid)


def _kill_children(pid: int) -> None:
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)


def _check(output: bytes, given: Given, paths: list[Path]) -> None:
    text = output.decode("utf-8", "replace")
    for what, word in WORDS.items():
        assert word.lower() not in text.lower(), f"{what} was logged: {_around(text, word)}"
    for token in given.tokens:
        assert token not in text
    for path in paths:
        assert str(path) not in text, _around(text, str(path))
    for vector in given.templates:
        raw = np.asarray(vector, np.float32).tobytes()
        for start in range(0, len(raw) - 16, 16):
            piece = raw[start : start + 12]
            assert piece not in output
            assert piece.hex() not in text
            assert base64.b64encode(piece).decode() not in text
        assert not any(f"{number:.6f}" in text for number in vector[:16])


def _around(text: str, word: str) -> str:
    at = text.lower().find(word.lower())
    return text[max(0, at - 200) : at + 100]


def test_real_service_logs_nothing_of_anybody_s(
    folder: Path, captioned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORPROOF_REGISTRY_KEY", REGISTRY_KEY)
    data, given = tmp_path / "data", Given([], [])
    with receiver(refusals=1, path="/artichoke") as hook:
        environment = {
            "ANCHORPROOF_REGISTRY_KEY": REGISTRY_KEY,
            "ANCHORPROOF_WEBHOOK_SECRET": SECRET,
            "ANCHORPROOF_QUEUE__WEBHOOKS": f'["{hook.url}"]',
            "ANCHORPROOF_QUEUE__SOURCES": f'["{folder.as_uri()}"]',
        }
        with logged(tmp_path, [str(COMMAND), "--debug", "serve"], data, **environment) as process:
            _everything(process, folder, captioned, data, hook.url, given)
            wait_until(lambda: len(hook.taken) == 1)
            _kill_a_worker(process, captioned)
    said = process.said.encode()
    _check(process.text().replace(said, b""), given, [folder, data])
    lines = process.lines()
    assert [line for line in lines if line["process"] == "worker"]
    assert [line for line in lines if re.fullmatch(r"CreateAnchor was answered ALREADY_EXISTS.*", line["message"])]


def test_faults_that_quote_a_clip_do_not_reach_the_logs_of_server_or_machine(clip: Path, tmp_path: Path) -> None:
    data = tmp_path / "catacomb"
    programme = shutil.copy(clip, tmp_path / "mulberry.mp4")
    with (
        logged(tmp_path, script(tmp_path, "server"), data) as process,
        logged(tmp_path, script(tmp_path, "machine"), data) as machine,
        Client(process.target, client_id="lighthouse") as client,
    ):
        # Two at once, so that the machine's worker and the server's own both meet an exception that quotes the path.
        held = [client.submit(clip, "hold") for _ in range(2)]
        wait_until(lambda: all(client.get_job(job.job_id).state is JobState.RUNNING for job in held))
        faults = [client.submit(clip, "fault") for _ in range(4)]
        (data / "release").touch()
        for job in (*held, *faults):
            with contextlib.suppress(ServiceError):
                client.wait_for_job(job.job_id)
        with pytest.raises(ServiceError) as caught:
            client.analyze(clip, "fault")
        with pytest.raises(ServiceError):
            client.analyze(clip, "die")
        client.enrol_programme(programme, title="mulberry")
        cancelled = client.submit(clip, "hold")
        client.cancel_job(cancelled.job_id)
    for one in (process, machine):
        _check(one.text(), Given([], []), [data, clip])
        assert b"mulberry" not in one.text()
    lines = [*process.lines(), *machine.lines()]
    told = [fault for line in lines for fault in line.get("error", ())]
    assert any("ZeroDivisionError" in fault["words"] + fault["type"] for fault in told)
    assert caught.value.code == "INTERNAL"
    mine = [line for line in lines if line.get("request_id") == caught.value.request_id]
    assert any(line["level"] == "error" for line in mine)


def test_page_logs_nothing_of_its_visitors(tmp_path: Path, server: Running) -> None:
    command = [str(COMMAND), "--debug", "web", "--listen", "127.0.0.1:0", "--server", server.target]
    with logged(tmp_path, command, server.settings.data_dir) as page:
        address = page.said.split()[-1]
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as tab:
            assert tab.get("/sign-in", headers={"X-Request-Id": "visit-1"}).headers["X-Request-Id"] == "visit-1"
            tab.post("/sign-in", data={"account": "rosalinde", "password": PASSWORD, "back": "/queue"})
            for path in ("/clips/grapefruit", "/kumquat", "/queue?anchor=Quillfeather", "/media/grapefruit/clip.mp4"):
                tab.get(path)
    _check(page.text(), Given([], []), [tmp_path])
