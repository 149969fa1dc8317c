"""The explicit label of GB 45438-2025 on the screen: words that say that AI made what is shown.

The standard asks for letters of at least 5 % of the picture's short side, at the start, for at least 2 seconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from anchorproof.types import Caption, LabelClaim, LabelKind, OriginLabel

LEAST_HEIGHT_SHARE = 0.05
LEAST_S = 2.0
#: "At the start": fades and the first sampled pictures are over by then.
START_S = 1.0
#: A detected line is this much taller than its font's size (drawn captions at 720p: 1.30 to 1.45).
_LINE_PER_FONT = 1.4
#: Time is known to one sampled picture.
_TIME_SLACK_S = 0.3

#: Recognisers take the I of AI for a small l or a 1.
_AI = r"(?:a[il1|]gc|a[il1|]|artificialintelligence|人工智能|aigc)"
_MADE = (
    r"(?:generated|generation|created|made|produced|synthesi[sz]ed|synthetic|rendered|anchor|presenter|newsreader"
    r"|avatar)"
)
_SAYS_SO = re.compile(
    "|".join(
        (
            rf"{_AI}(?:技术)?(?:辅助)?(?:自动)?(?:生成|合成|创作|制作)(?:合成)?(?:主播|主持人|数字人)?",
            rf"{_AI}(?:虚拟)?(?:主播|主持人|数字人|播报)",
            r"(?:虚拟|数字人?)(?:主播|主持人)",
            rf"{_AI}{_MADE}",
            rf"{_MADE}(?:by|with|using|through){_AI}",
        )
    )
)
#: What may stand around the words; more than this is a sentence about something else.
_FILLER = re.compile(
    r"作者声明|本视频|此视频|该视频|本内容|本节目|部分|内容|视频|画面|图片|音频|声音|节目|疑似|可能|由|为|使用|利用|通过|含|请注意甄别|请谨慎甄别"
    r"|仅供参考|注意|提示|标识|的|this|video|content|clip|programme|program|image|audio|voice|picture|was|is|has|been|contains|label|notice|the"
)


def find_screen_labels(captions: Sequence[Caption], size: tuple[float, float]) -> Iterator[OriginLabel]:
    """Captions that are such a label and nothing else; ``problems`` say where one falls short of the standard."""
    short_side = min(size)
    for caption in captions:
        if is_label(caption.text):
            share = caption.height_px / _LINE_PER_FONT / short_side if short_side else 0.0
            yield OriginLabel(
                kind=LabelKind.ON_SCREEN,
                claim=LabelClaim.SYNTHETIC,
                place="screen",
                text=caption.text,
                problems=tuple(_shortfalls(caption, share)),
                span=caption.span,
                height_share=share,
            )


def is_label(text: str) -> bool:
    """Whether the text says that AI made this, and nothing else."""
    letters = "".join(mark for mark in unicodedata.normalize("NFKC", text).casefold() if mark.isalnum())
    said = _SAYS_SO.search(letters)
    if said is None:
        return False
    before, after = letters[: said.start()], letters[said.end() :]
    rest = _FILLER.sub("", before) + _FILLER.sub("", after)
    return not rest or (len(rest) == 1 and not rest.isascii())


def _shortfalls(caption: Caption, share: float) -> Iterator[str]:
    if share < LEAST_HEIGHT_SHARE:
        yield f"letters of {share:.1%} of the short side; the standard asks for {LEAST_HEIGHT_SHARE:.0%}"
    if caption.span.start_s > START_S:
        yield f"first seen at {caption.span.start_s:.1f} s, not at the start"
    if caption.span.duration_s < LEAST_S - _TIME_SLACK_S:
        yield f"stands for {caption.span.duration_s:.1f} s; the standard asks for {LEAST_S:.0f} s"
