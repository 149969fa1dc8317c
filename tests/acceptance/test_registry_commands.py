from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.acceptance.conftest import Shell
from tests.logo_samples import kite


@pytest.fixture(scope="module")
def with_ada(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Ada of outlet One is in the registry; the tests that share her change nothing."""
    shell = Shell(tmp_path_factory.mktemp("data"))
    assert shell("anchors", "create", "Ada", "--outlet", "One").code == 0
    return shell


@pytest.mark.parametrize("command", ["serve", "analyze", "anchors create"])
def test_help_has_examples_and_says_the_exit_codes(anchorproof: Shell, command: str) -> None:
    done = anchorproof(*command.split(), "--help")
    words = " ".join(done.stdout.split())
    assert done.code == 0
    assert f"anchorproof {command}" in words
    assert "Exit codes: 0 done" in words
    assert "3 a clip or medium was rejected" in words


def test_help_names_every_command(anchorproof: Shell) -> None:
    done = anchorproof("--help")
    assert all(f" {name} " in done.stdout for name in ("serve", "enrol", "anchors", "analyze", "reports", "models"))
    assert anchorproof("--version").stdout.startswith("anchorproof ")


def test_anchor_is_created_found_changed_and_erased(anchorproof: Shell) -> None:
    made = anchorproof(
        "anchors", "create", "康辉", "--outlet", "CCTV", "--alias", "Kang Hui", "--id", "kang-hui", "--json"
    )
    assert (made.code, json.loads(made.stdout)["name"]) == (0, "anchors/kang-hui")
    changed = anchorproof("anchors", "update", "康辉", "--notes", "evening", "--json")
    assert (changed.code, json.loads(changed.stdout)["notes"]) == (0, "evening")
    (line,) = anchorproof("anchors", "list", "--json").stdout.splitlines()
    assert json.loads(line)["displayName"] == "康辉"
    assert json.loads(line)["aliases"] == ["Kang Hui"]
    assert "evening" in anchorproof("anchors", "show", "kang-hui").stdout
    assert anchorproof("anchors", "delete", "kang-hui", "--yes").code == 0
    assert anchorproof("anchors", "list", "--json").stdout == ""


def test_erasing_asks_and_does_nothing_when_nobody_answers(anchorproof: Shell) -> None:
    anchorproof("anchors", "create", "Ada")
    done = anchorproof("anchors", "delete", "ada")
    assert (done.code, "--yes" in done.stderr) == (2, True)
    assert anchorproof("anchors", "show", "ada").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["anchors", "show", "nobody"], 6, "ANCHOR_NOT_FOUND"),
        (["anchors", "create", "ADA", "--outlet", "one"], 6, "ANCHOR_EXISTS"),
        (["anchors", "create", "Bob", "--id", "No Good"], 2, "INVALID_ARGUMENT"),
        (["anchors", "update", "ada"], 2, "INVALID_ARGUMENT"),
        (["reports", "show", "nothing"], 6, "REPORT_NOT_FOUND"),
        (["models", "use", "nothing", "--for", "face_template"], 6, "MODEL_NOT_FOUND"),
        (["models", "use", "ge2e-1", "--for", "face_template"], 2, "INVALID_ARGUMENT"),
        (["enrol", "Nobody Yet", __file__], 6, "ANCHOR_NOT_FOUND"),
        (["analyze", "missing.mp4"], 2, "INVALID_ARGUMENT"),
        (["anchors", "list", "--server", "127.0.0.1:9"], 4, "UNAVAILABLE"),
    ],
)
def test_error_is_one_line_with_its_reason_and_exit_code(
    with_ada: Shell, arguments: list[str], code: int, reason: str
) -> None:
    done = with_ada(*arguments)
    assert done.code == code, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.endswith(f"[{reason}]")


def test_wrong_usage_and_wrong_settings_are_told_apart_from_faults(anchorproof: Shell) -> None:
    assert anchorproof("analyze").code == 2
    assert anchorproof("fly").code == 2
    wrong = anchorproof("anchors", "list", ANCHORPROOF_MEDIA__LIMIT_DURATION_S="soon")
    assert wrong.code == 2
    assert "limit_duration_s" in wrong.stderr
    missing = anchorproof("anchors", "list", ANCHORPROOF_CONFIG="/no/such/file.toml")
    assert (missing.code, "does not exist" in missing.stderr) == (2, True)


def test_settings_file_says_where_data_live(anchorproof: Shell) -> None:
    file, elsewhere = anchorproof.data_dir.parent / "settings.toml", anchorproof.data_dir.parent / "elsewhere"
    file.write_text("[server]\nworkers = 1\n")
    assert anchorproof("--config", file, "--data-dir", elsewhere, "anchors", "create", "Ada").code == 0
    assert (elsewhere / "registry.sqlite3").exists()
    assert not anchorproof.data_dir.exists()
    file.write_text("[server]\nworkerz = 1\n")
    assert anchorproof("--config", file, "anchors", "list").code == 2
    file.write_text("[server\n")
    assert anchorproof("--config", file, "anchors", "list").code == 2


def test_damaged_and_newer_stores_are_named(anchorproof: Shell) -> None:
    anchorproof("anchors", "create", "Ada")
    path = anchorproof.data_dir / "registry.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    newer = anchorproof("anchors", "list")
    assert (newer.code, "newer anchorproof" in newer.stderr) == (5, True)
    path.write_bytes(b"no database at all " * 1000)
    damaged = anchorproof("anchors", "list")
    assert (damaged.code, "damaged" in damaged.stderr) == (5, True)


def test_names_cannot_steer_the_terminal(anchorproof: Shell) -> None:
    made = anchorproof("anchors", "create", "[bold]Ada[/bold] :smile:", "--notes", "a\x1b[2Jb")
    shown = anchorproof("anchors", "show", "bold-ada-bold-smile")
    assert made.code == shown.code == 0
    assert "[bold]Ada[/bold] :smile:" in shown.stdout
    assert "\x1b" not in shown.stdout


# --------------------------------------------------------------------------- outlets, searches, keys, copies


def test_record_is_kept_with_consent_and_found_by_a_misspelt_name(anchorproof: Shell) -> None:
    options = ["--consent", "given", "--consent-reference", "form 7", "--localized", "zh-Latn=Kang Hui"]
    made = anchorproof(
        "anchors", "create", "康辉", "--outlet", "CCTV", *options, "--valid-until", "2031-01-01", "--json"
    )
    anchor = json.loads(made.stdout)
    assert (anchor["consent"], anchor["validUntil"]) == ("CONSENT_GIVEN", "2031-01-01T00:00:00Z")
    found = anchorproof("anchors", "search", "hui kagn", "--json")
    assert json.loads(found.stdout)["displayName"] == "康辉"
    shown = anchorproof("anchors", "show", "康辉")
    assert "good enough: no" in shown.stdout
    assert "form 7" in shown.stdout
    wrong = anchorproof("anchors", "update", "康辉", "--localized", "Kang Hui")
    assert (wrong.code, "LANG=NAME" in wrong.stderr) == (2, True)


def test_outlet_lives_and_goes(anchorproof: Shell) -> None:
    assert anchorproof("outlets", "create", "Example News", "--alias", "EN", "--country", "gb").code == 0
    anchorproof("anchors", "create", "Ada", "--outlet", "en")
    assert json.loads(anchorproof("outlets", "list", "--json").stdout)["anchors"] == 1
    used = anchorproof("outlets", "delete", "EN")
    assert (used.code, "[OUTLET_IN_USE]" in used.stderr) == (6, True)
    anchorproof("anchors", "delete", "ada", "--yes")
    assert anchorproof("outlets", "delete", "example-news").code == 0


def test_two_records_are_merged_and_the_trail_says_so(anchorproof: Shell) -> None:
    for name in ("Ada Example", "Ada Exemple"):
        anchorproof("anchors", "create", name)
    assert anchorproof("anchors", "merge", "ada-exemple", "ada-example", "--yes").code == 0
    actions = [json.loads(line)["action"] for line in anchorproof("registry", "audit", "--json").stdout.splitlines()]
    assert actions == ["anchor.create", "anchor.create", "anchor.merge", "anchor.merged_away"]
    assert "ada-exemple" not in anchorproof("registry", "audit", "--json").stdout


def test_registry_is_exported_and_imported_with_a_passphrase(anchorproof: Shell) -> None:
    anchorproof("anchors", "create", "Ada")
    file, other = anchorproof.data_dir.parent / "all.registry", anchorproof.data_dir.parent / "other"
    nobody = anchorproof("registry", "export", file)
    assert (nobody.code, "ANCHORPROOF_PASSPHRASE" in nobody.stderr) == (2, True)
    secret = {"ANCHORPROOF_PASSPHRASE": "correct horse battery staple"}
    assert anchorproof("registry", "export", file, **secret).code == 0
    assert anchorproof("registry", "export", file, **secret).code == 2  # never over an older copy
    wrong = anchorproof("--data-dir", other, "registry", "import", file, ANCHORPROOF_PASSPHRASE="another passphrase")
    assert (wrong.code, "[ARCHIVE_UNREADABLE]" in wrong.stderr) == (3, True)
    assert "1 anchors" in anchorproof("--data-dir", other, "registry", "import", file, **secret).stdout
    assert json.loads(anchorproof("--data-dir", other, "anchors", "list", "--json").stdout)["displayName"] == "Ada"


def test_key_is_rotated_and_a_wrong_one_is_named(anchorproof: Shell) -> None:
    anchorproof("anchors", "create", "Ada")
    file = anchorproof.data_dir / "registry.key"
    old = file.read_text()
    assert anchorproof("registry", "rotate-key").code == 0
    assert file.read_text() != old
    file.write_text(old)
    wrong = anchorproof("anchors", "list")
    assert (wrong.code, "[REGISTRY_LOCKED]" in wrong.stderr) == (5, True)


def test_an_outlets_logo_is_added_listed_and_deleted(anchorproof: Shell, tmp_path: Path) -> None:
    Pillow.fromarray(kite()).save(tmp_path / "mark.png")
    assert anchorproof("outlets", "create", "Kite TV", "--id", "kite").code == 0
    added = json.loads(anchorproof("outlets", "logo", "add", "Kite TV", tmp_path / "mark.png", "--json").stdout)
    assert (added["width"], added["height"]) == (381, 181)
    assert added["name"].startswith("outlets/kite/logos/")
    assert json.loads(anchorproof("outlets", "logo", "list", "kite", "--json").stdout) == added
    assert "381 x 181" in anchorproof("outlets", "logo", "list", "kite").stdout
    (tmp_path / "plain.png").write_bytes(b"no picture")
    refused = anchorproof("outlets", "logo", "add", "kite", tmp_path / "plain.png")
    assert (refused.code, "[CLIP_UNREADABLE]" in refused.stderr) == (3, True)
    assert anchorproof("outlets", "logo", "delete", "kite", added["name"].rpartition("/")[2]).code == 0
    assert "no logos yet" in anchorproof("outlets", "logo", "list", "kite").stdout
