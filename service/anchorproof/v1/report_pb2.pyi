from anchorproof.v1 import claims_pb2 as _claims_pb2
from anchorproof.v1 import footage_pb2 as _footage_pb2
from anchorproof.v1 import media_pb2 as _media_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Question(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUESTION_UNSPECIFIED: _ClassVar[Question]
    QUESTION_AUTHENTICITY: _ClassVar[Question]
    QUESTION_IDENTITY: _ClassVar[Question]

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_UNSPECIFIED: _ClassVar[Decision]
    DECISION_BONA_FIDE: _ClassVar[Decision]
    DECISION_SPOOF: _ClassVar[Decision]
    DECISION_INCONCLUSIVE: _ClassVar[Decision]

class Agreement(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGREEMENT_UNSPECIFIED: _ClassVar[Agreement]
    AGREEMENT_AGREE: _ClassVar[Agreement]
    AGREEMENT_DISAGREE: _ClassVar[Agreement]
    AGREEMENT_FACE_ONLY: _ClassVar[Agreement]
    AGREEMENT_VOICE_ONLY: _ClassVar[Agreement]
    AGREEMENT_NOBODY_ENROLLED: _ClassVar[Agreement]
    AGREEMENT_UNDECIDED: _ClassVar[Agreement]

class LaneKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANE_KIND_UNSPECIFIED: _ClassVar[LaneKind]
    LANE_KIND_DETECTOR: _ClassVar[LaneKind]
    LANE_KIND_FACE: _ClassVar[LaneKind]
    LANE_KIND_SPEAKER: _ClassVar[LaneKind]

class SpliceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPLICE_KIND_UNSPECIFIED: _ClassVar[SpliceKind]
    SPLICE_KIND_FOREIGN: _ClassVar[SpliceKind]
    SPLICE_KIND_CUT: _ClassVar[SpliceKind]
    SPLICE_KIND_OTHER_SOUND: _ClassVar[SpliceKind]
    SPLICE_KIND_ALTERED: _ClassVar[SpliceKind]
QUESTION_UNSPECIFIED: Question
QUESTION_AUTHENTICITY: Question
QUESTION_IDENTITY: Question
DECISION_UNSPECIFIED: Decision
DECISION_BONA_FIDE: Decision
DECISION_SPOOF: Decision
DECISION_INCONCLUSIVE: Decision
AGREEMENT_UNSPECIFIED: Agreement
AGREEMENT_AGREE: Agreement
AGREEMENT_DISAGREE: Agreement
AGREEMENT_FACE_ONLY: Agreement
AGREEMENT_VOICE_ONLY: Agreement
AGREEMENT_NOBODY_ENROLLED: Agreement
AGREEMENT_UNDECIDED: Agreement
LANE_KIND_UNSPECIFIED: LaneKind
LANE_KIND_DETECTOR: LaneKind
LANE_KIND_FACE: LaneKind
LANE_KIND_SPEAKER: LaneKind
SPLICE_KIND_UNSPECIFIED: SpliceKind
SPLICE_KIND_FOREIGN: SpliceKind
SPLICE_KIND_CUT: SpliceKind
SPLICE_KIND_OTHER_SOUND: SpliceKind
SPLICE_KIND_ALTERED: SpliceKind

class Report(_message.Message):
    __slots__ = ("name", "create_time", "clip_name", "clip", "verdict", "evidence", "unassessed", "faces", "voices", "identity", "components", "timings", "declared", "claims", "footage", "timeline")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLIP_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    UNASSESSED_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    VOICES_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    FOOTAGE_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_FIELD_NUMBER: _ClassVar[int]
    name: str
    create_time: _timestamp_pb2.Timestamp
    clip_name: str
    clip: _media_pb2.ClipInfo
    verdict: Verdict
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    unassessed: _containers.RepeatedCompositeFieldContainer[Unassessed]
    faces: _containers.RepeatedCompositeFieldContainer[FaceFinding]
    voices: _containers.RepeatedCompositeFieldContainer[VoiceFinding]
    identity: _containers.RepeatedCompositeFieldContainer[IdentitySpan]
    components: _containers.RepeatedCompositeFieldContainer[Component]
    timings: _containers.RepeatedCompositeFieldContainer[StepTime]
    declared: _claims_pb2.DeclaredOrigin
    claims: _claims_pb2.PictureClaims
    footage: _footage_pb2.FootageFindings
    timeline: Timeline
    def __init__(self, name: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., clip_name: _Optional[str] = ..., clip: _Optional[_Union[_media_pb2.ClipInfo, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., unassessed: _Optional[_Iterable[_Union[Unassessed, _Mapping]]] = ..., faces: _Optional[_Iterable[_Union[FaceFinding, _Mapping]]] = ..., voices: _Optional[_Iterable[_Union[VoiceFinding, _Mapping]]] = ..., identity: _Optional[_Iterable[_Union[IdentitySpan, _Mapping]]] = ..., components: _Optional[_Iterable[_Union[Component, _Mapping]]] = ..., timings: _Optional[_Iterable[_Union[StepTime, _Mapping]]] = ..., declared: _Optional[_Union[_claims_pb2.DeclaredOrigin, _Mapping]] = ..., claims: _Optional[_Union[_claims_pb2.PictureClaims, _Mapping]] = ..., footage: _Optional[_Union[_footage_pb2.FootageFindings, _Mapping]] = ..., timeline: _Optional[_Union[Timeline, _Mapping]] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("decision", "llr", "prior", "spoof_posterior", "confidence", "reasons", "flags", "scenarios", "summary", "lowest_spoof_posterior", "highest_spoof_posterior", "inconclusive_codes", "decisive_source", "policy", "contributions", "explanations")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    PRIOR_FIELD_NUMBER: _ClassVar[int]
    SPOOF_POSTERIOR_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LOWEST_SPOOF_POSTERIOR_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_SPOOF_POSTERIOR_FIELD_NUMBER: _ClassVar[int]
    INCONCLUSIVE_CODES_FIELD_NUMBER: _ClassVar[int]
    DECISIVE_SOURCE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    decision: Decision
    llr: float
    prior: float
    spoof_posterior: float
    confidence: float
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    flags: _containers.RepeatedScalarFieldContainer[str]
    scenarios: _containers.RepeatedCompositeFieldContainer[Scenario]
    summary: str
    lowest_spoof_posterior: float
    highest_spoof_posterior: float
    inconclusive_codes: _containers.RepeatedScalarFieldContainer[str]
    decisive_source: str
    policy: str
    contributions: _containers.RepeatedCompositeFieldContainer[Contribution]
    explanations: _containers.RepeatedCompositeFieldContainer[Explanation]
    def __init__(self, decision: _Optional[_Union[Decision, str]] = ..., llr: _Optional[float] = ..., prior: _Optional[float] = ..., spoof_posterior: _Optional[float] = ..., confidence: _Optional[float] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., flags: _Optional[_Iterable[str]] = ..., scenarios: _Optional[_Iterable[_Union[Scenario, _Mapping]]] = ..., summary: _Optional[str] = ..., lowest_spoof_posterior: _Optional[float] = ..., highest_spoof_posterior: _Optional[float] = ..., inconclusive_codes: _Optional[_Iterable[str]] = ..., decisive_source: _Optional[str] = ..., policy: _Optional[str] = ..., contributions: _Optional[_Iterable[_Union[Contribution, _Mapping]]] = ..., explanations: _Optional[_Iterable[_Union[Explanation, _Mapping]]] = ...) -> None: ...

class Contribution(_message.Message):
    __slots__ = ("source", "llr")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    source: str
    llr: float
    def __init__(self, source: _Optional[str] = ..., llr: _Optional[float] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("language", "paragraph", "checked", "unchecked", "limits")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    PARAGRAPH_FIELD_NUMBER: _ClassVar[int]
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    UNCHECKED_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    language: str
    paragraph: str
    checked: _containers.RepeatedScalarFieldContainer[str]
    unchecked: _containers.RepeatedScalarFieldContainer[str]
    limits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, language: _Optional[str] = ..., paragraph: _Optional[str] = ..., checked: _Optional[_Iterable[str]] = ..., unchecked: _Optional[_Iterable[str]] = ..., limits: _Optional[_Iterable[str]] = ...) -> None: ...

class Timeline(_message.Message):
    __slots__ = ("step_s", "lanes", "driving", "splices")
    STEP_S_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    DRIVING_FIELD_NUMBER: _ClassVar[int]
    SPLICES_FIELD_NUMBER: _ClassVar[int]
    step_s: float
    lanes: _containers.RepeatedCompositeFieldContainer[Lane]
    driving: _containers.RepeatedCompositeFieldContainer[DrivingSpan]
    splices: _containers.RepeatedCompositeFieldContainer[Splice]
    def __init__(self, step_s: _Optional[float] = ..., lanes: _Optional[_Iterable[_Union[Lane, _Mapping]]] = ..., driving: _Optional[_Iterable[_Union[DrivingSpan, _Mapping]]] = ..., splices: _Optional[_Iterable[_Union[Splice, _Mapping]]] = ...) -> None: ...

class Lane(_message.Message):
    __slots__ = ("kind", "source", "subject", "steps")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    kind: LaneKind
    source: str
    subject: str
    steps: _containers.RepeatedCompositeFieldContainer[LaneStep]
    def __init__(self, kind: _Optional[_Union[LaneKind, str]] = ..., source: _Optional[str] = ..., subject: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[LaneStep, _Mapping]]] = ...) -> None: ...

class LaneStep(_message.Message):
    __slots__ = ("value",)
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: float
    def __init__(self, value: _Optional[float] = ...) -> None: ...

class DrivingSpan(_message.Message):
    __slots__ = ("span", "source", "subject", "llr")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    span: _media_pb2.Span
    source: str
    subject: str
    llr: float
    def __init__(self, span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., source: _Optional[str] = ..., subject: _Optional[str] = ..., llr: _Optional[float] = ...) -> None: ...

class Splice(_message.Message):
    __slots__ = ("span", "kind", "programme")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    span: _media_pb2.Span
    kind: SpliceKind
    programme: str
    def __init__(self, span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., kind: _Optional[_Union[SpliceKind, str]] = ..., programme: _Optional[str] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("code", "message", "span")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    span: _media_pb2.Span
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ...) -> None: ...

class Scenario(_message.Message):
    __slots__ = ("scenario", "message")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    message: str
    def __init__(self, scenario: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("source", "question", "llr", "raw_score", "model", "calibration_id", "subject", "span", "timeline", "looks", "quality")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    RAW_SCORE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_FIELD_NUMBER: _ClassVar[int]
    LOOKS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    source: str
    question: Question
    llr: float
    raw_score: float
    model: str
    calibration_id: str
    subject: str
    span: _media_pb2.Span
    timeline: _containers.RepeatedCompositeFieldContainer[TimedLlr]
    looks: _containers.RepeatedCompositeFieldContainer[Look]
    quality: float
    def __init__(self, source: _Optional[str] = ..., question: _Optional[_Union[Question, str]] = ..., llr: _Optional[float] = ..., raw_score: _Optional[float] = ..., model: _Optional[str] = ..., calibration_id: _Optional[str] = ..., subject: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., timeline: _Optional[_Iterable[_Union[TimedLlr, _Mapping]]] = ..., looks: _Optional[_Iterable[_Union[Look, _Mapping]]] = ..., quality: _Optional[float] = ...) -> None: ...

class Look(_message.Message):
    __slots__ = ("subject", "span", "time_s", "llr", "rows", "columns", "cells", "path")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    subject: str
    span: _media_pb2.Span
    time_s: float
    llr: float
    rows: int
    columns: int
    cells: _containers.RepeatedScalarFieldContainer[float]
    path: _containers.RepeatedCompositeFieldContainer[TimedBox]
    def __init__(self, subject: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., time_s: _Optional[float] = ..., llr: _Optional[float] = ..., rows: _Optional[int] = ..., columns: _Optional[int] = ..., cells: _Optional[_Iterable[float]] = ..., path: _Optional[_Iterable[_Union[TimedBox, _Mapping]]] = ...) -> None: ...

class TimedBox(_message.Message):
    __slots__ = ("time_s", "box")
    TIME_S_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    time_s: float
    box: _media_pb2.Box
    def __init__(self, time_s: _Optional[float] = ..., box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ...) -> None: ...

class TimedLlr(_message.Message):
    __slots__ = ("span", "llr", "offset_ms", "offset_confidence")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    span: _media_pb2.Span
    llr: float
    offset_ms: float
    offset_confidence: float
    def __init__(self, span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., llr: _Optional[float] = ..., offset_ms: _Optional[float] = ..., offset_confidence: _Optional[float] = ...) -> None: ...

class Unassessed(_message.Message):
    __slots__ = ("source", "reason", "message")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    source: str
    reason: str
    message: str
    def __init__(self, source: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Comparison(_message.Message):
    __slots__ = ("modality", "anchor", "anchor_display_name", "model", "score", "llr", "references")
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    modality: _media_pb2.Modality
    anchor: str
    anchor_display_name: str
    model: str
    score: float
    llr: float
    references: int
    def __init__(self, modality: _Optional[_Union[_media_pb2.Modality, str]] = ..., anchor: _Optional[str] = ..., anchor_display_name: _Optional[str] = ..., model: _Optional[str] = ..., score: _Optional[float] = ..., llr: _Optional[float] = ..., references: _Optional[int] = ...) -> None: ...

class FaceFinding(_message.Message):
    __slots__ = ("track_id", "span", "observations", "best_time_s", "best_box", "comparisons", "anchor")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    BEST_TIME_S_FIELD_NUMBER: _ClassVar[int]
    BEST_BOX_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    track_id: str
    span: _media_pb2.Span
    observations: int
    best_time_s: float
    best_box: _media_pb2.Box
    comparisons: _containers.RepeatedCompositeFieldContainer[Comparison]
    anchor: str
    def __init__(self, track_id: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., observations: _Optional[int] = ..., best_time_s: _Optional[float] = ..., best_box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ..., comparisons: _Optional[_Iterable[_Union[Comparison, _Mapping]]] = ..., anchor: _Optional[str] = ...) -> None: ...

class VoiceFinding(_message.Message):
    __slots__ = ("speaker_id", "spans", "speech_s", "comparisons", "anchor")
    SPEAKER_ID_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    SPEECH_S_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    speaker_id: str
    spans: _containers.RepeatedCompositeFieldContainer[_media_pb2.Span]
    speech_s: float
    comparisons: _containers.RepeatedCompositeFieldContainer[Comparison]
    anchor: str
    def __init__(self, speaker_id: _Optional[str] = ..., spans: _Optional[_Iterable[_Union[_media_pb2.Span, _Mapping]]] = ..., speech_s: _Optional[float] = ..., comparisons: _Optional[_Iterable[_Union[Comparison, _Mapping]]] = ..., anchor: _Optional[str] = ...) -> None: ...

class IdentitySpan(_message.Message):
    __slots__ = ("span", "face_anchor", "voice_anchor", "agreement")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    FACE_ANCHOR_FIELD_NUMBER: _ClassVar[int]
    VOICE_ANCHOR_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    span: _media_pb2.Span
    face_anchor: str
    voice_anchor: str
    agreement: Agreement
    def __init__(self, span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., face_anchor: _Optional[str] = ..., voice_anchor: _Optional[str] = ..., agreement: _Optional[_Union[Agreement, str]] = ...) -> None: ...

class Component(_message.Message):
    __slots__ = ("kind", "component_id", "version", "sha256")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    kind: str
    component_id: str
    version: str
    sha256: str
    def __init__(self, kind: _Optional[str] = ..., component_id: _Optional[str] = ..., version: _Optional[str] = ..., sha256: _Optional[str] = ...) -> None: ...

class StepTime(_message.Message):
    __slots__ = ("step", "wall_s")
    STEP_FIELD_NUMBER: _ClassVar[int]
    WALL_S_FIELD_NUMBER: _ClassVar[int]
    step: str
    wall_s: float
    def __init__(self, step: _Optional[str] = ..., wall_s: _Optional[float] = ...) -> None: ...
