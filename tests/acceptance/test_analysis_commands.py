from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.conftest import Served, Shell


def test_anchor_is_enrolled_and_recognised_in_a_clip_without_a_server(anchorproof: Shell, media: Path) -> None:
    enrolled = anchorproof("enrol", "Eileen", media / "portrait.png", "--create", "--outlet", "NASA")
    assert enrolled.code == 0, enrolled.stderr
    assert "1 face template over 1 session; voice: 0 s" in " ".join(enrolled.stdout.split())
    assert "[NO_SOUND]" in enrolled.stdout

    analysed = anchorproof("analyze", media / "person.mp4", "--json")
    assert analysed.code == 0, analysed.stderr
    (line,) = analysed.stdout.splitlines()
    report = json.loads(line)
    assert report["clipName"] == "person.mp4"
    assert report["verdict"]["decision"] in {"DECISION_BONA_FIDE", "DECISION_SPOOF", "DECISION_INCONCLUSIVE"}
    assert 0.5 <= report["verdict"]["confidence"] <= 1
    assert [face["anchor"] for face in report["faces"]] == ["anchors/eileen"]

    report_id = report["name"].removeprefix("reports/")
    assert json.loads(anchorproof("reports", "show", report_id, "--json").stdout) == report
    assert "Eileen (eileen)" in anchorproof("reports", "show", report_id).stdout
    assert report_id in anchorproof("reports", "list", "--anchor", "eileen").stdout
    _bundle_goes_to_another_machine(anchorproof, report_id, media)
    assert anchorproof("reports", "list", "--anchor", "nobody", "--json").stdout == ""


def _bundle_goes_to_another_machine(anchorproof: Shell, report_id: str, media: Path) -> None:
    folder = anchorproof.data_dir
    bundle, key, clip = folder / "case.zip", folder / "public.pem", media / "person.mp4"
    assert anchorproof("bundle", "create", report_id, "--clip", clip, "--out", bundle).code == 0
    key.write_text(anchorproof("bundle", "key").stdout)
    elsewhere = Shell(folder / "elsewhere")
    verified = elsewhere("bundle", "verify", bundle, "--key", key, "--clip", clip)
    assert verified.code == 0, verified.stderr
    assert f"the bundle holds: reports/{report_id}" in verified.stdout
    bundle.write_bytes(bundle.read_bytes().replace(b"report.txt", b"report.tx_"))
    refused = elsewhere("bundle", "verify", bundle, "--key", key)
    assert (refused.code, "[BUNDLE_INVALID]" in refused.stderr) == (3, True)


def test_rejected_clip_has_its_line_and_does_not_stop_the_others(anchorproof: Shell, media: Path) -> None:
    done = anchorproof("analyze", media / "text.mp4", media / "bars.mp4", "--json")
    rejected, report = map(json.loads, done.stdout.splitlines())
    assert done.code == 3
    assert (rejected["clipName"], rejected["error"]["reason"]) == ("text.mp4", "CLIP_UNREADABLE")
    assert (report["clipName"], report["verdict"]["decision"]) == ("bars.mp4", "DECISION_INCONCLUSIVE")
    assert {reason["code"] for reason in report["verdict"]["reasons"]} >= {"NO_FACE", "NO_SOUND"}


def test_people_get_a_panel_per_clip_and_a_table(anchorproof: Shell, media: Path) -> None:
    done = anchorproof("analyze", media / "bars.mp4", media / "bars.mp4")
    assert done.code == 0
    assert done.stdout.count("INCONCLUSIVE") == 3 + 1
    assert "at a prior of 50.0 % for spoof" in done.stdout
    assert "no face was found" in done.stdout


def test_medium_that_yields_nothing_is_rejected_with_the_reasons(anchorproof: Shell, media: Path) -> None:
    done = anchorproof("enrol", "Nobody", media / "bars.mp4", "--create", "--json")
    assert done.code == 3
    assert json.loads(done.stdout)["error"]["reason"] == "ENROLMENT_REJECTED"
    assert "no face" in done.stderr
    again = anchorproof("enrol", "nobody", media / "bars.mp4", media / "portrait.png", "--json")
    rejected, enrolled = map(json.loads, again.stdout.splitlines())
    assert again.code == 3
    assert "error" in rejected
    assert enrolled["faceTemplates"] == 1


def test_server_and_command_share_one_store(anchorproof: Shell, media: Path, serve: Callable[..., Served]) -> None:
    served = serve("--listen", "127.0.0.1:0")
    there = ("--server", served.target)
    enrolled = anchorproof("enrol", "Eileen", media / "portrait.png", "--create", *there)
    assert enrolled.code == 0, enrolled.stderr
    assert json.loads(anchorproof("anchors", "list", "--json").stdout)["faceTemplates"] == 1
    analysed = anchorproof("analyze", media / "person.mp4", media / "text.mp4", *there, "--json")
    report, rejected = map(json.loads, analysed.stdout.splitlines())
    assert analysed.code == 3
    assert rejected["error"]["reason"] == "CLIP_UNREADABLE"
    assert [face["anchor"] for face in report["faces"]] == ["anchors/eileen"]
    report_id = report["name"].removeprefix("reports/")
    assert json.loads(anchorproof("reports", "show", report_id, "--json").stdout) == report
    assert "in use" in anchorproof("models", "list", *there).stdout
    assert anchorproof("anchors", "delete", "eileen", "--yes", *there).code == 0
    assert anchorproof("anchors", "show", "eileen").code == 6
    code, stderr = served.stop()
    assert code == 0, stderr
    assert "CAUTION" not in stderr
    assert anchorproof("anchors", "list", *there).code == 4


def test_server_warns_loudly_when_it_listens_beyond_this_machine(serve: Callable[..., Served]) -> None:
    code, stderr = serve("--listen", "0.0.0.0:0").stop()
    assert code == 0
    assert "CAUTION" in stderr
    assert "without encryption" in stderr


def test_taken_address_is_said(anchorproof: Shell, serve: Callable[..., Served]) -> None:
    served = serve("--listen", "127.0.0.1:0")
    second = anchorproof(
        "serve", "--listen", served.target, "--workers", "1", ANCHORPROOF_DATA_DIR=str(anchorproof.data_dir) + "2"
    )
    assert second.code == 2
    assert "cannot listen" in second.stderr
