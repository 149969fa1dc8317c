"""Every shape of the AIGC label, written by a muxer or by bytes and read through the confined child; malformed ones."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from anchorproof.media.statements import read_statements
from anchorproof.provenance.aigc import LIMIT_LABELS, XMP_NAMESPACE, find_labels
from anchorproof.provenance.origin import read_origin
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, LabelClaim, LabelKind, OriginLabel, Tag
from tests.media_samples import (
    Track,
    VideoFormat,
    plain,
    tone,
    write_clip,
    write_sound,
    write_still,
    write_tagged,
)

INFO = ClipInfo("0" * 64, 1, "mp4", 1.0, None, None)
FIELDS = {
    "Label": "1",
    "ContentProducer": "Example Studio",
    "ProduceID": "p-17",
    "ReservedCode1": "",
    "ContentPropagator": "Example Platform",
    "PropagateID": "q-18",
    "ReservedCode2": "",
}
INNER = json.dumps(FIELDS)
OUTER = json.dumps({"AIGC": FIELDS})


def labels(path: Path) -> tuple[OriginLabel, ...]:
    origin, unread = read_origin(read_statements(path, INFO, MediaSettings(), None))
    assert unread is None
    return origin.labels


def check(label: OriginLabel) -> None:
    assert label.kind is LabelKind.AIGC
    assert label.claim is LabelClaim.SYNTHETIC
    assert (label.producer, label.content_id, label.propagator) == ("Example Studio", "p-17", "Example Platform")
    assert label.problems == ()


# --------------------------------------------------------------------------- containers


@pytest.mark.parametrize("text", [INNER, OUTER], ids=["bare", "outer"])
@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "m4a"])
def test_label_in_the_containers_metadata(tmp_path: Path, ending: str, text: str) -> None:
    if ending == "m4a":
        source = write_sound(tmp_path / "source.m4a", 0.5, [Track(tone(440))], container="ipod")
    elif ending == "webm":
        source = write_clip(tmp_path / "source.webm", 0.4, video=VideoFormat("libvpx-vp9", options={}))
    else:
        source = write_clip(tmp_path / "source.mp4", 0.4)
    (label,) = labels(write_tagged(tmp_path / f"clip.{ending}", source, {"AIGC": text}))
    check(label)
    assert label.place == "container, AIGC"


def test_a_plain_remux_loses_the_label_and_nothing_is_said(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "source.mp4", 0.4)
    labelled = write_tagged(tmp_path / "labelled.mp4", source, {"AIGC": OUTER})
    assert labels(labelled)
    # Matroska keeps unknown keys, MP4 without the flag drops them.
    assert labels(write_tagged(tmp_path / "remuxed.mp4", labelled, {})) == ()


def xmp(content: str, attributes: str = "") -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}"><rdf:Description rdf:about="" '
        f'xmlns:TC260="{XMP_NAMESPACE}" {attributes}>{content}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


XMP_SHAPES = {
    "element": xmp(f"<TC260:AIGC>{escaped(INNER)}</TC260:AIGC>"),
    "element with outer key": xmp(f"<TC260:AIGC>{escaped(OUTER)}</TC260:AIGC>"),
    "attribute": xmp("", f'TC260:AIGC="{escaped(INNER)}"'),
    "properties": xmp("".join(f"<TC260:{key}>{value}</TC260:{key}>" for key, value in FIELDS.items())),
    "attributes": xmp("", " ".join(f'TC260:{key}="{value}"' for key, value in FIELDS.items())),
    "structure": xmp(
        '<TC260:AIGC rdf:parseType="Resource">'
        + "".join(f"<TC260:{key}>{value}</TC260:{key}>" for key, value in FIELDS.items())
        + "</TC260:AIGC>"
    ),
}


@pytest.mark.parametrize("shape", XMP_SHAPES)
def test_label_in_xmp_of_an_mp4(tmp_path: Path, shape: str) -> None:
    path = write_clip(tmp_path / "clip.mp4", 0.4)
    uuid = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")  # XMP specification part 3, section 1.1.1
    box = uuid + XMP_SHAPES[shape]
    path.write_bytes(path.read_bytes() + (8 + len(box)).to_bytes(4, "big") + b"uuid" + box)
    (label,) = labels(path)
    check(label)
    assert label.place == "XMP"


def test_label_in_xmp_of_a_jpeg(tmp_path: Path) -> None:
    path = write_still(tmp_path / "a.jpg", plain((64, 64), (90, 90, 90))(0.0), "mjpeg")
    packet = b"http://ns.adobe.com/xap/1.0/\0" + XMP_SHAPES["element"]
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"\xff\xe1" + (2 + len(packet)).to_bytes(2, "big") + packet + content[2:])
    (label,) = labels(path)
    check(label)


def test_label_in_a_pngs_text_chunk(tmp_path: Path) -> None:
    path = write_still(tmp_path / "a.png", plain((64, 64), (90, 90, 90))(0.0))
    chunk = b"tEXt" + b"AIGC\0" + INNER.encode()
    content = path.read_bytes()
    whole = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    path.write_bytes(content[:33] + whole + content[33:])  # behind the IHDR chunk
    (label,) = labels(path)
    check(label)
    assert label.place == "png text, AIGC"


def test_label_that_no_demuxer_reads_is_found_in_the_bytes(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", 0.4)
    box = OUTER.encode()
    path.write_bytes(path.read_bytes() + (8 + len(box)).to_bytes(4, "big") + b"vend" + box)
    (label,) = labels(path)
    check(label)
    assert label.place == "file's bytes"


# --------------------------------------------------------------------------- what it says


@pytest.mark.parametrize(
    ("value", "claim"),
    [
        ("1", LabelClaim.SYNTHETIC),
        ("2", LabelClaim.POSSIBLY_SYNTHETIC),
        ("3", LabelClaim.SUSPECTED_SYNTHETIC),
        ("0", LabelClaim.UNCLEAR),
        ("", LabelClaim.UNCLEAR),
        ("11", LabelClaim.UNCLEAR),
    ],
)
def test_the_three_values_of_the_standard(value: str, claim: LabelClaim) -> None:
    (label,) = find_labels([Tag("container", "AIGC", json.dumps(FIELDS | {"Label": value}))], (), ())
    assert label.claim is claim
    assert bool(label.problems) is (claim is LabelClaim.UNCLEAR)


@pytest.mark.parametrize(
    ("text", "claim", "problem"),
    [
        ("", LabelClaim.UNCLEAR, "not JSON"),
        ("yes", LabelClaim.UNCLEAR, "not JSON"),
        ('{"AIGC":', LabelClaim.UNCLEAR, "not JSON"),
        ("[1]", LabelClaim.UNCLEAR, "not an object"),
        ('{"AIGC": [1]}', LabelClaim.UNCLEAR, "not an object"),
        ('{"AIGC": "no"}', LabelClaim.UNCLEAR, "neither an object nor JSON"),
        ("{}", LabelClaim.UNCLEAR, "Label is missing"),
        ('{"Label": null}', LabelClaim.UNCLEAR, "Label is not a string"),
        ('{"Label": true}', LabelClaim.UNCLEAR, "Label is not a string"),
        ('{"Label": {"a": 1}}', LabelClaim.UNCLEAR, "must be 1, 2 or 3"),
        ('{"Label": 1}', LabelClaim.SYNTHETIC, "Label is not a string"),
        ('{"Label": "1", "ContentProducer": ["x"]}', LabelClaim.SYNTHETIC, "ContentProducer is not a string"),
        ('{"Label": "1", "Extra": "x"}', LabelClaim.SYNTHETIC, "unknown fields: Extra"),
        ("[" * 100_000, LabelClaim.UNCLEAR, "not JSON"),
    ],
)
def test_malformed_values_are_reported(text: str, claim: LabelClaim, problem: str) -> None:
    (label,) = find_labels([Tag("container", "AIGC", text)], (), ())
    assert label.claim is claim
    assert any(problem in found for found in label.problems), label.problems


def test_inner_object_as_a_string_is_understood() -> None:
    (label,) = find_labels([Tag("container", "AIGC", json.dumps({"AIGC": INNER}))], (), ())
    check(label)


@pytest.mark.parametrize(
    ("value", "claim"),
    [
        ('{"aigc_label_type": 0}', LabelClaim.NOT_LABELLED),
        ('{"aigc_label_type": 1}', LabelClaim.POSSIBLY_SYNTHETIC),
        ('{"aigc_label_type": "x"}', LabelClaim.UNCLEAR),
        ('{"aigc_label_type": true}', LabelClaim.UNCLEAR),
        ("{}", LabelClaim.UNCLEAR),
        ("3", LabelClaim.UNCLEAR),
    ],
)
@pytest.mark.parametrize("is_in_comment", [False, True])
def test_a_platforms_aigc_info(value: str, claim: LabelClaim, is_in_comment: bool) -> None:
    tag = Tag("container", "comment", f"vid:v0;aigc_info={value}") if is_in_comment else Tag("a", "AIGC_INFO", value)
    found = [(label.kind, label.claim) for label in find_labels([tag], (), ())]
    is_seen = value.startswith("{") or not is_in_comment  # within other text only an object is recognised
    assert found == ([(LabelKind.AIGC_INFO, claim)] if is_seen else [])


def test_bomb_in_xmp_is_not_expanded() -> None:
    bomb = f'<!DOCTYPE a [<!ENTITY b "{"c" * 100}">]>' + XMP_SHAPES["element"].decode().replace("Example", "&b;" * 1000)
    (label,) = find_labels((), [bomb], ())
    assert label.claim is LabelClaim.UNCLEAR
    assert "document type" in label.problems[0]


def test_broken_xmp_is_reported_only_when_it_is_about_the_label() -> None:
    assert find_labels((), ["<x:xmpmeta><unclosed></x:xmpmeta>"], ()) == []
    (label,) = find_labels((), [f'<x:xmpmeta a="{XMP_NAMESPACE}"><unclosed></x:xmpmeta>'], ())
    assert label.problems == ("not XML",)


def test_a_hundred_labels_are_not_all_kept() -> None:
    tags = [Tag("container", "AIGC", json.dumps(FIELDS | {"ProduceID": str(number)})) for number in range(100)]
    assert len(find_labels(tags, (), ())) == LIMIT_LABELS


def test_words_that_mention_the_label_are_none() -> None:
    assert find_labels([Tag("container", "comment", "AIGC labels explained")], (), ()) == []
