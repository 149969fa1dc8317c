"""Enrolled names and outlets found in captions, allowing for what a recogniser misreads."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from anchorproof.types import Caption, CaptionRole, ClaimedAnchor, ClaimedOutlet, RosterEntry, Span

#: A caption that only mentions a name within a longer sentence makes no claim about who is shown.
_LEAST_SHARE = 0.3
#: A caption shorter than this in time is a word of a ticker or an accident.
_LEAST_S = 0.5
_SHORTEST_LATIN = 3
_SHORTEST_OTHER = 2
#: Letters of a name from which one and two misreadings are forgiven: fewer, and another person's name would pass.
#: Chinese names are so short that none is.
_FORGIVEN_FROM = (5, 16)
_LIMIT_CLAIMS = 20
#: Blank between two parts of one line, in line heights.
_WIDEST_GAP = 1.5
#: Letters that recognisers take for each other (and rn for m, see ``_key``).
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b"})


@dataclass(frozen=True, slots=True)
class _Key:
    """A text's letters and digits, folded; ``starts`` and ``ends``: whether a word begins, ends at each."""

    letters: str
    starts: tuple[bool, ...]
    ends: tuple[bool, ...]

    @property
    def pairs(self) -> set[str]:
        """Neighbouring letters."""
        return {self.letters[place : place + 2] for place in range(len(self.letters) - 1)}

    @property
    def forgiven(self) -> int:
        """Misreadings that leave it this name."""
        return sum(len(self.letters) >= least for least in _FORGIVEN_FROM)


def find_claims(
    captions: Sequence[Caption], roster: Iterable[RosterEntry]
) -> tuple[tuple[ClaimedAnchor, ...], tuple[ClaimedOutlet, ...]]:
    """Whom and which outlet the captions name, each once, with all stretches in which they do."""
    # A still's captions have no length.
    standing = [item for item in captions if item.span.duration_s >= _LEAST_S or item.span.duration_s == 0]
    keyed = [(caption, _key(caption.text)) for caption in (*standing, *_side_by_side(standing))]
    lines = _Lines(keyed)
    anchors: list[ClaimedAnchor] = []
    outlets: dict[str, list[ClaimedOutlet]] = {}
    for entry in roster:
        anchors += _claimed_anchor(entry, lines)
        if entry.outlet and entry.outlet not in outlets:
            outlets[entry.outlet] = list(_claimed_outlet(entry.outlet, lines))
    ranked = sorted(anchors, key=lambda claim: -claim.similarity)
    found = [claim for claims in outlets.values() for claim in claims]
    return tuple(ranked[:_LIMIT_CLAIMS]), tuple(found[:_LIMIT_CLAIMS])


def _side_by_side(captions: Sequence[Caption]) -> Iterator[Caption]:
    """Neighbours in one row as one line: a wide blank parts a name for the recogniser."""
    for left in captions:
        for right in captions:
            gap, height = right.box.x1 - left.box.x2, min(left.height_px, right.height_px)
            middle = (right.box.y1 + right.box.y2) / 2
            is_beside = -height / 2 <= gap <= _WIDEST_GAP * height and left.box.y1 <= middle <= left.box.y2
            if left is not right and left.role is right.role and is_beside:
                start_s, end_s = max(left.span.start_s, right.span.start_s), min(left.span.end_s, right.span.end_s)
                if end_s >= start_s:
                    yield replace(left, text=f"{left.text} {right.text}", span=Span(start_s, end_s))


class _Lines:
    """The captions' keys, found by the pairs of letters in them: nearly nobody of a large registry shares enough."""

    def __init__(self, keyed: Sequence[tuple[Caption, _Key]]) -> None:
        self._keyed = keyed
        self._by_pair: dict[str, list[int]] = {}
        for place, (_, key) in enumerate(keyed):
            for pair in key.pairs:
                self._by_pair.setdefault(pair, []).append(place)

    def naming(self, name: str) -> Iterator[tuple[float, Caption]]:
        """Captions that show the name, each with its similarity."""
        key = _key(name)
        own = key.pairs
        shared = Counter(place for pair in own for place in self._by_pair.get(pair, ()))
        # An edit breaks two pairs at most.
        needed = max(1, len(own) - 2 * key.forgiven)
        for place, count in shared.items():
            if count >= needed:
                caption, line = self._keyed[place]
                if similarity := _similarity(key, line):
                    yield similarity, caption


def _claimed_anchor(entry: RosterEntry, lines: _Lines) -> Iterator[ClaimedAnchor]:
    hits = [(similarity, name, caption) for name in entry.names for similarity, caption in lines.naming(name)]
    if hits:
        similarity, name, caption = max(hits, key=lambda hit: hit[0])
        yield ClaimedAnchor(entry.anchor_id, name, caption.text, similarity, _spans(hit[2] for hit in hits))


def _claimed_outlet(outlet: str, lines: _Lines) -> Iterator[ClaimedOutlet]:
    """Channel marks and lower thirds only: a mention elsewhere on the screen claims nothing."""
    hits = [hit for hit in lines.naming(outlet) if hit[1].role is not CaptionRole.OTHER]
    if hits:
        similarity, caption = max(hits, key=lambda hit: hit[0])
        yield ClaimedOutlet(outlet, caption.text, similarity, _spans(caption for _, caption in hits))


def _spans(captions: Iterable[Caption]) -> tuple[Span, ...]:
    """The captions' spans, joined where they meet."""
    joined: list[Span] = []
    for span in sorted({caption.span for caption in captions}):
        if joined and span.start_s <= joined[-1].end_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return tuple(joined)


# --------------------------------------------------------------------------- similarity


def _key(text: str) -> _Key:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold().replace("rn", "m")
    marks = [mark for mark in plain if not unicodedata.combining(mark)]
    kept = [place for place, mark in enumerate(marks) if mark.isalnum()]
    kept_places = set(kept)
    return _Key(
        letters="".join(marks[place] for place in kept).translate(_LOOKALIKES),
        starts=tuple(place - 1 not in kept_places for place in kept),
        ends=tuple(place + 1 not in kept_places for place in kept),
    )


def _similarity(name: _Key, line: _Key) -> float:
    """1 for the name spelt exactly in the line, less by each misreading, 0 when it is not there or only mentioned."""
    size = len(name.letters)
    is_latin = name.letters.isascii()
    if size < (_SHORTEST_LATIN if is_latin else _SHORTEST_OTHER) or size < _LEAST_SHARE * len(line.letters):
        return 0.0
    forgiven = name.forgiven
    best = 0.0
    for length in range(size - forgiven, size + forgiven + 1):
        for start in range(len(line.letters) - length + 1):
            # A Latin name is made of whole words; Chinese has none to respect.
            if is_latin and not (line.starts[start] and line.ends[start + length - 1]):
                continue
            edits = _edits(name.letters, line.letters[start : start + length], forgiven)
            if edits <= forgiven:
                best = max(best, 1 - edits / size)
    return best


def _edits(one: str, other: str, limit: int) -> int:
    """Levenshtein distance, or ``limit + 1`` when it is larger.

    Source: Levenshtein, Binary codes capable of correcting deletions, insertions and reversals, 1966.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    if one == other:
        return 0
    row = list(range(len(other) + 1))
    for place, mark in enumerate(one, start=1):
        above, row = row, [place]
        for column, against in enumerate(other, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (mark != against)))
        if min(row) > limit:
            return limit + 1
    return row[-1]
