"""Several threads and processes at once, and processes that are killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anchorproof.errors import ChangedMeanwhile
from anchorproof.identity.registry import Registry
from tests.registries import open_at

ROOT = Path(__file__).resolve().parents[3]
THREADS = 8
PROCESSES = 3
KILLS = 12

_PRELUDE = """
    import hashlib, sys
    from pathlib import Path
    import numpy as np
    from anchorproof.identity.registry import EnrolmentMaterial
    from anchorproof.types import Modality, Template
    from tests.registries import open_at

    path, name = Path(sys.argv[1]), sys.argv[2]

    def material(label, templates=3):
        chance = np.random.default_rng(int(hashlib.sha256(label.encode()).hexdigest()[:8], 16))
        vectors = [v / np.linalg.norm(v) for v in chance.standard_normal((templates, 128)).astype(np.float32)]
        made = tuple(Template(Modality.FACE, "face-1", vector, 1.0) for vector in vectors)
        return EnrolmentMaterial(hashlib.sha256(label.encode()).hexdigest(), made, (), 0.0)
"""
_CROWD = """
    from concurrent.futures import ThreadPoolExecutor

    threads, rounds = int(sys.argv[3]), int(sys.argv[4])
    registry = open_at(path)

    def work(thread):
        for number in range(rounds):
            label = f"{name} {thread} {number}"
            anchor = registry.create_anchor(label)
            registry.add_enrolment(anchor.anchor_id, material(f"{label} kept"))
            gone = registry.add_enrolment(anchor.anchor_id, material(f"{label} gone"))
            registry.delete_enrolment(anchor.anchor_id, gone.enrolment_id)
            registry.references()
            if number % 3 == 2:
                registry.delete_anchor(anchor.anchor_id)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    registry.close()
"""
_ENDLESS = """
    registry = open_at(path)
    number = 0
    while True:
        made = registry.add_enrolment("a", material(f"{name} {number}", templates=9))
        print(made.enrolment_id, flush=True)
        number += 1
"""


def _python(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(_PRELUDE + script), *arguments]
    search_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": search_path})


def _all_anchors(registry: Registry) -> list[str]:
    anchors, token = registry.list_anchors(page_size=1000)
    assert token == ""
    return [anchor.anchor_id for anchor in anchors]


def _assert_sound(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_nothing_is_lost_when_threads_of_several_processes_write_at_once(tmp_path: Path) -> None:
    path, rounds = tmp_path / "registry.db", 3
    crowd = [_python(_CROWD, str(path), f"p{number}", str(THREADS), str(rounds)) for number in range(PROCESSES)]
    for process in crowd:
        with process:
            assert process.wait(timeout=120) == 0
    with open_at(path) as registry:
        anchors = _all_anchors(registry)
        assert len(anchors) == PROCESSES * THREADS * rounds * 2 // 3
        assert len(registry.references()) == 3 * len(anchors)
        for anchor_id in anchors:
            assert [item.face_templates for item in registry.list_enrolments(anchor_id)[0]] == [3]
    _assert_sound(path)


def test_no_update_is_lost_when_each_names_the_etag_it_read(tmp_path: Path) -> None:
    with open_at(tmp_path / "registry.db") as registry, ThreadPoolExecutor(THREADS) as pool:
        registry.create_anchor("Name", anchor_id="a", notes="0")

        def count_up(times: int) -> None:
            while times:
                anchor = registry.get_anchor("a")
                try:
                    registry.update_anchor("a", {"notes": str(int(anchor.notes) + 1)}, anchor.etag)
                    times -= 1
                except ChangedMeanwhile:
                    continue

        list(pool.map(count_up, [10] * THREADS))
        assert registry.get_anchor("a").notes == str(10 * THREADS)


def test_one_of_many_equal_requests_at_once_is_carried_out(tmp_path: Path) -> None:
    with open_at(tmp_path / "registry.db") as registry, ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(lambda _: registry.create_anchor("Name", request_id="r"), range(THREADS * 2)))
        assert len({anchor.anchor_id for anchor in made}) == 1
        assert len(_all_anchors(registry)) == 1


def test_registry_can_be_opened_by_many_at_its_birth(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"

    def open_and_write(number: int) -> None:
        with open_at(path) as registry:
            registry.create_anchor(f"Anchor {number}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(open_and_write, range(THREADS)))
    with open_at(path) as registry:
        assert len(_all_anchors(registry)) == THREADS


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_killed_process_keeps_every_acknowledged_enrolment_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with open_at(path) as registry:
        registry.create_anchor("Name", anchor_id="a")
    acknowledged: list[str] = []
    for kill in range(KILLS):
        with _python(_ENDLESS, str(path), f"run {kill}") as process:
            assert process.stdout is not None
            # The n-th process dies after its n-th answer, somewhere in the middle of its next enrolment.
            for _ in range(kill + 1):
                acknowledged.append(process.stdout.readline().strip())
            process.kill()
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    with open_at(path) as registry:
        enrolments, _ = registry.list_enrolments("a", page_size=1000)
        assert set(acknowledged) <= {enrolment.enrolment_id for enrolment in enrolments}
        assert len(acknowledged) >= KILLS * (KILLS + 1) // 2
        assert {enrolment.face_templates for enrolment in enrolments} == {9}
        assert len(registry.references()) == 9 * len(enrolments)
    _assert_sound(path)
