"""Nothing is lost between types and messages."""

from __future__ import annotations

import dataclasses
import itertools
import json
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from anchorproof.api import convert, footage_convert, registry_convert
from anchorproof.api.convert import ReportFilters
from anchorproof.errors import RequestInvalid
from anchorproof.types import (
    AcousticMap,
    AcousticTerm,
    Agreement,
    Anchor,
    CalibrationKnot,
    CalibrationMap,
    CaptionRole,
    CredentialState,
    Decision,
    Enrolment,
    FootageOutcome,
    FootageSearch,
    HigherMeans,
    LabelClaim,
    LabelKind,
    Look,
    Modality,
    ModelInfo,
    NameMatch,
    Outlet,
    Person,
    Programme,
    Progress,
    Report,
    SearchHit,
    SourceKind,
    Span,
)
from anchorproof.types.calibration import ACOUSTIC_TERMS
from anchorproof.v1 import analysis_pb2, claims_pb2, footage_pb2, media_pb2, report_pb2

PAIRS: list[tuple[type, Callable[..., Any], Callable[..., Any]]] = [
    (Report, convert.report_message, convert.read_report),
    (Anchor, registry_convert.anchor_message, registry_convert.read_anchor),
    (Enrolment, registry_convert.enrolment_message, registry_convert.read_enrolment),
    (Outlet, registry_convert.outlet_message, registry_convert.read_outlet),
    (NameMatch, registry_convert.match_message, registry_convert.read_match),
    (Person, registry_convert.person_message, registry_convert.read_person),
    (SearchHit, registry_convert.hit_message, registry_convert.read_hit),
    (ModelInfo, convert.model_message, convert.read_model),
    (Progress, convert.progress_message, convert.read_progress),
    (Programme, footage_convert.programme_message, footage_convert.read_programme),
    (FootageSearch, footage_convert.search_message, footage_convert.read_search),
]


class Filler:
    """Values for every field of a type, no two alike, so that a forgotten or a swapped field shows."""

    def __init__(self, is_sparse: bool) -> None:
        self._numbers = itertools.count(1)
        self._is_sparse = is_sparse

    def make(self, kind: Any) -> Any:
        if dataclasses.is_dataclass(kind):
            return self._make_dataclass(kind)
        if get_origin(kind) in (Union, types.UnionType):
            return None if self._is_sparse else self.make(get_args(kind)[0])
        if get_origin(kind) is tuple and get_args(kind)[-1] is not Ellipsis:
            return tuple(map(self.make, get_args(kind)))
        if get_origin(kind) is tuple:
            return () if self._is_sparse else (self.make(get_args(kind)[0]), self.make(get_args(kind)[0]))
        if issubclass(kind, Enum):
            return list(kind)[next(self._numbers) % len(kind)]
        return self._make_plain(kind)

    def _make_dataclass(self, kind: Any) -> Any:
        number = next(self._numbers)
        if kind is Span:
            return Span(number + 0.25, number + 1.75)
        hints = get_type_hints(kind)
        special: dict[str, Any] = {"llr_bounds": (-1.5, 2.5)} if kind in (CalibrationMap, CalibrationKnot) else {}
        if kind is AcousticMap:  # its terms are these, in this order
            terms = [AcousticTerm(name, 0.25, 1.0 + place, (-0.5, 0.5)) for place, name in enumerate(ACOUSTIC_TERMS)]
            special = {"fall_db": (-9.5, -4.5), "band_db": (21.0, 41.0), "terms": tuple(terms)}
        fields = {
            field.name: self.make(hints[field.name]) for field in dataclasses.fields(kind) if field.name not in special
        }
        if kind is Look:  # its moment is one of its path
            fields["time_s"] = fields["path"][0].time_s
        return kind(**fields, **special)

    def _make_plain(self, kind: type) -> Any:
        number = next(self._numbers)
        plain: dict[type, Any] = {
            str: f"text-{number}",
            bytes: f"bytes-{number}".encode(),
            int: number,
            float: number + 0.1,
            bool: True,
            datetime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number, microseconds=number),
        }
        return plain[kind]


def _align(value: Any) -> Any:
    """A calibration in a model's message is that model's; without one, there is no file to name."""
    if isinstance(value, ModelInfo) and value.calibration is None:
        return dataclasses.replace(value, calibration_sha256="")
    if isinstance(value, ModelInfo):
        return dataclasses.replace(value, calibration=dataclasses.replace(value.calibration, model_id=value.model_id))
    return value


@pytest.mark.parametrize("is_sparse", [False, True], ids=["full", "sparse"])
@pytest.mark.parametrize(("kind", "to_message", "read"), PAIRS, ids=lambda value: getattr(value, "__name__", ""))
def test_everything_comes_back(
    kind: type, to_message: Callable[..., Any], read: Callable[..., Any], is_sparse: bool
) -> None:
    value = _align(Filler(is_sparse).make(kind))
    wire = to_message(value).SerializeToString()
    assert read(type(to_message(value)).FromString(wire)) == value


def _every_enum() -> Iterator[tuple[Any, Any, str]]:
    yield Decision, report_pb2.Decision, "DECISION"
    yield Agreement, report_pb2.Agreement, "AGREEMENT"
    yield CredentialState, claims_pb2.CredentialState, "CREDENTIAL_STATE"
    yield SourceKind, claims_pb2.SourceKind, "SOURCE_KIND"
    yield LabelKind, claims_pb2.LabelKind, "LABEL_KIND"
    yield CaptionRole, claims_pb2.CaptionRole, "CAPTION_ROLE"
    yield LabelClaim, claims_pb2.LabelClaim, "LABEL_CLAIM"
    yield Modality, media_pb2.Modality, "MODALITY"
    yield HigherMeans, analysis_pb2.HigherMeans, "HIGHER_MEANS"
    yield FootageOutcome, footage_pb2.FootageOutcome, "FOOTAGE_OUTCOME"


@pytest.mark.parametrize(("kind", "message_enum", "prefix"), list(_every_enum()))
def test_enumerations_have_the_same_members(kind: Any, message_enum: Any, prefix: str) -> None:
    assert {f"{prefix}_{member.name}" for member in kind} | {f"{prefix}_UNSPECIFIED"} == set(message_enum.keys())


def test_spoof_is_spoof_on_the_wire() -> None:
    assert report_pb2.Decision.Name(convert.decision_number(Decision.SPOOF)) == "DECISION_SPOOF"
    assert convert.read_decision(report_pb2.DECISION_BONA_FIDE) is Decision.BONA_FIDE
    assert convert.read_decision(report_pb2.DECISION_UNSPECIFIED) is None


def test_unknown_decision_is_refused() -> None:
    with pytest.raises(RequestInvalid):
        convert.read_decision(99)


@pytest.mark.parametrize(
    "name", ["", "anchors/", "anchors", "anchor/x", "anchors/a/b", "reports/x", "anchors/a/enrolments/b", "/anchors/a"]
)
def test_wrong_resource_name_is_refused_and_the_field_named(name: str) -> None:
    with pytest.raises(RequestInvalid, match=r"anchors/\{anchor\}") as caught:
        convert.read_anchor_name(name, "parent")
    assert caught.value.field == "parent"


def test_resource_names_come_back() -> None:
    assert convert.read_anchor_name(convert.anchor_name("li-wei")) == "li-wei"
    assert convert.read_enrolment_name(convert.enrolment_name("li-wei", "e1")) == ("li-wei", "e1")
    assert convert.read_report_name(convert.report_name("r1")) == "r1"


def test_filters_come_back() -> None:
    filters = ReportFilters(
        decision=Decision.SPOOF,
        clip_sha256="ab" * 32,
        anchor_id="li-wei",
        created_from=datetime(2026, 1, 2, tzinfo=UTC),
        created_before=datetime(2026, 1, 3, tzinfo=UTC),
    )
    assert convert.read_report_filters(convert.report_filters_message(filters)) == filters
    assert convert.read_report_filters(convert.report_filters_message(ReportFilters())) == ReportFilters()


def test_json_is_one_line_with_zeros_written_out() -> None:
    report = Filler(is_sparse=True).make(Report)
    report = dataclasses.replace(report, verdict=dataclasses.replace(report.verdict, llr=0.0))
    text = convert.report_json(report)
    assert "\n" not in text
    content = json.loads(text)
    assert content["verdict"]["llr"] == 0
    assert content["faces"] == []
    assert content["name"] == f"reports/{report.report_id}"
