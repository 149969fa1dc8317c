"""Names that known generators leave in metadata: a small table, matched against the tags that name software."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from anchorproof.provenance.words import clean
from anchorproof.types import GeneratorHint, Tag

LIMIT_HINTS = 8

#: Keys (without namespace, lower case) whose value names what made the file or how.
SOFTWARE_KEYS = frozenset(
    {
        "encoder", "encoded_by", "encoding_tool", "software", "creatortool", "creator_tool", "tool", "application",
        "writing_application", "comment", "description", "synopsis", "title", "artist", "author", "copyright",
        "handler_name", "vendor_id", "generator", "parameters", "prompt", "workflow", "make", "model",
        "producer", "source",
    }
)  # fmt: skip

#: Generator -> pattern of the names it is known to write. Only names that mean nothing else: "Sora" alone is also a
#: person's name, so it must stand beside its maker.
GENERATORS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("OpenAI Sora", r"\bopenai\b.*\bsora\b|\bsora\b.*\bopenai\b|\bsora[- ]?(1|2)\b"),
        ("OpenAI", r"\b(dall[-·. ]?e|chatgpt|gpt-4o|gpt-image)\b"),
        ("Google Veo", r"\bveo[- ]?[1-9]\b|\bgoogle (generative )?ai\b|\bmade with google ai\b|\bimagen[- ]?[1-9]\b"),
        ("Runway", r"\brunwayml\b|\brunway gen-?\d\b"),
        ("Pika", r"\bpika ?labs\b|\bpika\.art\b"),
        ("Kling", r"\bkling ?ai\b|\bkuaishou kling\b|可灵"),
        ("Luma Dream Machine", r"\bluma ?(ai|labs)\b|\bdream machine\b"),
        ("MiniMax Hailuo", r"\bhailuo\b|海螺\s*ai"),
        ("Jimeng / Dreamina", r"\bjimeng\b|\bdreamina\b|即梦"),
        ("Vidu", r"\bvidu ?(ai|studio)\b|\bvidu\.(cn|com|studio)\b"),
        ("PixVerse", r"\bpixverse\b"),
        ("HeyGen", r"\bheygen\b"),
        ("Synthesia", r"\bsynthesia\b"),
        ("D-ID", r"\bd-id\b"),
        ("Hedra", r"\bhedra\b"),
        ("Adobe Firefly", r"\badobe firefly\b"),
        ("Midjourney", r"\bmidjourney\b"),
        ("Stable Diffusion", r"\bstable[- ]?(video )?diffusion\b|\bsd-?webui\b|\bautomatic1111\b"),
        ("ComfyUI", r"\bcomfyui\b|\"class_type\"\s*:"),
        ("InvokeAI", r"\binvokeai\b"),
        ("Wav2Lip", r"\bwav2lip\b"),
        ("SadTalker", r"\bsadtalker\b"),
        ("LivePortrait", r"\bliveportrait\b"),
        ("FaceFusion", r"\bfacefusion\b"),
        ("Roop", r"\broop(-unleashed)?\b"),
        ("DeepFaceLab", r"\bdeepfacelab\b"),
        ("ElevenLabs", r"\belevenlabs\b"),
    )
)  # fmt: skip


def find_hints(tags: Sequence[Tag]) -> list[GeneratorHint]:
    """Tags that name a known generator, each generator once per key."""
    unique = {(hint.generator, hint.key): hint for tag in tags for hint in _hints(tag)}
    return list(unique.values())[:LIMIT_HINTS]


def _hints(tag: Tag) -> Iterator[GeneratorHint]:
    key = tag.key.casefold().rpartition(":")[2].rpartition(".")[2]
    if key in SOFTWARE_KEYS:
        for generator, pattern in GENERATORS:
            if pattern.search(tag.value):
                yield GeneratorHint(generator, clean(tag.key), clean(tag.value))
