"""Who is tested by whom: a network never saw the source, the generator or the speakers of the clips it is tested on.

Speakers of one studio corpus (VCTK, LibriTTS, LJSpeech ...) turn up under several repositories, often unnamed, so a
whole studio corpus counts as one speaker. Training drops *every* row that shares a repository, generator or speaker
with the test fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

FOLDS = ("ljspeech", "vctk", "libri", "dubs")

#: Repositories whose rows are spread over folds by speaker are absent here.
REPO_FOLDS = {
    "auspicious3000/autovc": "vctk",
    "MobileSpeech/MobileSpeech.github.io": "libri",
    "OlaWod/FreeVC-demo": "libri",
    "jaywalnut310/glow-tts-demo": "ljspeech",
    "voicecraft-dub/voicecraft-dub.github.io": "dubs",
    "choijeongsoo/av2av": "dubs",
    "choijeongsoo/lip2speech-unit": "dubs",
    "Dharva12/Audio-Deepfake-Dataset": "dubs",
}
#: Repositories with speakers of several studio corpora.
MIXED_REPOS = {
    "Edresson/YourTTS": {"VCTK": "vctk", "": "libri"},
    "jik876/hifi-gan-demo": {"VCTK": "vctk", "": "ljspeech"},
    "jaywalnut310/vits-demo": {"VCTK": "vctk", "": "ljspeech"},
    "ming024/FastSpeech2": {"Libri": "libri", "": "ljspeech"},
}
#: What unnamed speakers of a repository are, by its own page.
UNNAMED = {
    "jaywalnut310/glow-tts-demo": {"LJSpeech"},
    "MobileSpeech/MobileSpeech.github.io": {"Libri"},
    "OlaWod/FreeVC-demo": {"VCTK", "Libri"},
    "jaywalnut310/vits-demo": {"VCTK", "LJSpeech"},
    "jik876/hifi-gan-demo": {"VCTK", "LJSpeech"},
}


class Row(Protocol):
    """What a corpus clip and a pool stretch have in common."""

    @property
    def source_repo(self) -> str: ...
    @property
    def generator(self) -> str: ...
    @property
    def identity(self) -> str: ...


def speakers(row: Row) -> set[str]:
    """Names under which the row's speakers may occur elsewhere."""
    name = row.identity.removeprefix("clone_").strip()
    if not name:
        return UNNAMED.get(row.source_repo, {row.source_repo})
    if "VCTK" in name or re.fullmatch(r"p\d{2,3}", name):
        return {"VCTK"}
    if "Libri" in name or re.fullmatch(r"\d{2,5}", name):
        return {"Libri"}
    return {name.replace("_", " ").lower() if name not in ("LJSpeech", "AISHELL3") else name}


def fold_of(row: Row) -> str:
    """The fold in which the row is tested; other sources are dealt out by name."""
    repo = row.source_repo
    if repo in MIXED_REPOS:
        table = MIXED_REPOS[repo]
        return next((table[name] for name in sorted(speakers(row)) if name in table), table[""])
    return REPO_FOLDS.get(repo) or FOLDS[sum(map(ord, repo)) % len(FOLDS)]


class Excluded:
    """What a test fold's rows are made of; training rows may share none of it."""

    def __init__(self, tested: Iterable[Row]) -> None:
        rows = list(tested)
        self._repos = {row.source_repo for row in rows}
        self._generators = {row.generator for row in rows} - {"none"}
        self._speakers = set().union(*(speakers(row) for row in rows))

    def __contains__(self, row: Row) -> bool:
        return (
            row.source_repo in self._repos or row.generator in self._generators or bool(speakers(row) & self._speakers)
        )
