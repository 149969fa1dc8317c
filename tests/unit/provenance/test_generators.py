from __future__ import annotations

import pytest

from anchorproof.provenance.generators import LIMIT_HINTS, find_hints
from anchorproof.types import Tag


@pytest.mark.parametrize(
    ("key", "value", "generator"),
    [
        ("comment", "Made with HeyGen", "HeyGen"),
        ("encoder", "Google Veo-3", "Google Veo"),
        ("com.apple.quicktime.software", "RunwayML", "Runway"),
        ("Software", "AUTOMATIC1111", "Stable Diffusion"),
        ("prompt", '{"3": {"class_type": "KSampler"}}', "ComfyUI"),
        ("comment", "即梦AI", "Jimeng / Dreamina"),
    ],
)
def test_known_generators_are_hinted_at(key: str, value: str, generator: str) -> None:
    (hint,) = find_hints([Tag("container", key, value)])
    assert (hint.generator, hint.key) == (generator, key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("encoder", "Lavf62.12.102"),
        ("encoder", "Lavc62.28.100 libx264"),
        ("comment", "An interview with Sora Tanaka on the runway in Luma"),
        ("title", "Paprika labs and Veolia"),
        ("major_brand", "HeyGen"),  # not a key that names software
        ("handler_name", "VideoHandler"),
        ("artist", "Roopa Singh"),
    ],
)
def test_ordinary_metadata_hint_at_nothing(key: str, value: str) -> None:
    assert find_hints([Tag("container", key, value)]) == []


def test_hints_are_few_and_clean() -> None:
    tags = [Tag("container", f"x{number}.comment", "HeyGen\x1b[2J" + "x" * 5000) for number in range(50)]
    hints = find_hints(tags)
    assert len(hints) == LIMIT_HINTS
    assert all("\x1b" not in hint.value and len(hint.value) <= 300 for hint in hints)
