from anchorproof.v1 import report_pb2 as _report_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReviewState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_STATE_UNSPECIFIED: _ClassVar[ReviewState]
    REVIEW_STATE_OPEN: _ClassVar[ReviewState]
    REVIEW_STATE_SECOND_OPINION: _ClassVar[ReviewState]
    REVIEW_STATE_DECIDED: _ClassVar[ReviewState]

class ReviewOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_OUTCOME_UNSPECIFIED: _ClassVar[ReviewOutcome]
    REVIEW_OUTCOME_CONFIRMED_SPOOF: _ClassVar[ReviewOutcome]
    REVIEW_OUTCOME_BONA_FIDE: _ClassVar[ReviewOutcome]
    REVIEW_OUTCOME_IMPERSONATION: _ClassVar[ReviewOutcome]
    REVIEW_OUTCOME_CANNOT_TELL: _ClassVar[ReviewOutcome]
    REVIEW_OUTCOME_NEEDS_SECOND_OPINION: _ClassVar[ReviewOutcome]

class ReviewReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_REASON_UNSPECIFIED: _ClassVar[ReviewReason]
    REVIEW_REASON_VOICE_NOT_ANCHORS: _ClassVar[ReviewReason]
    REVIEW_REASON_VOICE_SYNTHETIC: _ClassVar[ReviewReason]
    REVIEW_REASON_FACE_SYNTHETIC: _ClassVar[ReviewReason]
    REVIEW_REASON_LIPS_DO_NOT_FIT: _ClassVar[ReviewReason]
    REVIEW_REASON_WHOLLY_SYNTHETIC: _ClassVar[ReviewReason]
    REVIEW_REASON_ORIGINAL_DIFFERS: _ClassVar[ReviewReason]
    REVIEW_REASON_SPLICED: _ClassVar[ReviewReason]
    REVIEW_REASON_DECLARED_SYNTHETIC: _ClassVar[ReviewReason]
    REVIEW_REASON_SOURCE_CONFIRMED: _ClassVar[ReviewReason]
    REVIEW_REASON_ORIGINAL_AGREES: _ClassVar[ReviewReason]
    REVIEW_REASON_NOTHING_FOUND: _ClassVar[ReviewReason]
    REVIEW_REASON_HARMLESS_EDIT: _ClassVar[ReviewReason]
    REVIEW_REASON_NOT_THE_ANCHOR: _ClassVar[ReviewReason]
    REVIEW_REASON_FALSE_BRANDING: _ClassVar[ReviewReason]
    REVIEW_REASON_FALSE_CONTEXT: _ClassVar[ReviewReason]
    REVIEW_REASON_QUALITY_TOO_LOW: _ClassVar[ReviewReason]
    REVIEW_REASON_TOO_SHORT: _ClassVar[ReviewReason]
    REVIEW_REASON_NO_REFERENCE: _ClassVar[ReviewReason]
    REVIEW_REASON_CONFLICTING_EVIDENCE: _ClassVar[ReviewReason]
    REVIEW_REASON_EXPERT_NEEDED: _ClassVar[ReviewReason]
    REVIEW_REASON_OTHER: _ClassVar[ReviewReason]

class ReviewAge(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_AGE_UNSPECIFIED: _ClassVar[ReviewAge]
    REVIEW_AGE_UNDER_AN_HOUR: _ClassVar[ReviewAge]
    REVIEW_AGE_UNDER_A_DAY: _ClassVar[ReviewAge]
    REVIEW_AGE_UNDER_A_WEEK: _ClassVar[ReviewAge]
    REVIEW_AGE_A_WEEK_OR_MORE: _ClassVar[ReviewAge]

class ReviewOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_ORDER_UNSPECIFIED: _ClassVar[ReviewOrder]
    REVIEW_ORDER_OLDEST_FIRST: _ClassVar[ReviewOrder]
    REVIEW_ORDER_NEWEST_FIRST: _ClassVar[ReviewOrder]
    REVIEW_ORDER_MOST_LIKELY_SPOOF_FIRST: _ClassVar[ReviewOrder]
    REVIEW_ORDER_LEAST_LIKELY_SPOOF_FIRST: _ClassVar[ReviewOrder]

class ReviewHolder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_HOLDER_UNSPECIFIED: _ClassVar[ReviewHolder]
    REVIEW_HOLDER_ME: _ClassVar[ReviewHolder]
    REVIEW_HOLDER_NOBODY: _ClassVar[ReviewHolder]
    REVIEW_HOLDER_SOMEBODY_ELSE: _ClassVar[ReviewHolder]

class ViewedMaterial(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIEWED_MATERIAL_UNSPECIFIED: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_REPORT: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_CLIP: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_THUMBNAIL: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_FACE: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_VOICE: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_REFERENCE_FACE: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_REFERENCE_VOICE: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_FOOTAGE: _ClassVar[ViewedMaterial]
    VIEWED_MATERIAL_ENROLMENTS: _ClassVar[ViewedMaterial]

class ExportFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPORT_FORMAT_UNSPECIFIED: _ClassVar[ExportFormat]
    EXPORT_FORMAT_JSON: _ClassVar[ExportFormat]
    EXPORT_FORMAT_PDF: _ClassVar[ExportFormat]
    EXPORT_FORMAT_BUNDLE: _ClassVar[ExportFormat]
REVIEW_STATE_UNSPECIFIED: ReviewState
REVIEW_STATE_OPEN: ReviewState
REVIEW_STATE_SECOND_OPINION: ReviewState
REVIEW_STATE_DECIDED: ReviewState
REVIEW_OUTCOME_UNSPECIFIED: ReviewOutcome
REVIEW_OUTCOME_CONFIRMED_SPOOF: ReviewOutcome
REVIEW_OUTCOME_BONA_FIDE: ReviewOutcome
REVIEW_OUTCOME_IMPERSONATION: ReviewOutcome
REVIEW_OUTCOME_CANNOT_TELL: ReviewOutcome
REVIEW_OUTCOME_NEEDS_SECOND_OPINION: ReviewOutcome
REVIEW_REASON_UNSPECIFIED: ReviewReason
REVIEW_REASON_VOICE_NOT_ANCHORS: ReviewReason
REVIEW_REASON_VOICE_SYNTHETIC: ReviewReason
REVIEW_REASON_FACE_SYNTHETIC: ReviewReason
REVIEW_REASON_LIPS_DO_NOT_FIT: ReviewReason
REVIEW_REASON_WHOLLY_SYNTHETIC: ReviewReason
REVIEW_REASON_ORIGINAL_DIFFERS: ReviewReason
REVIEW_REASON_SPLICED: ReviewReason
REVIEW_REASON_DECLARED_SYNTHETIC: ReviewReason
REVIEW_REASON_SOURCE_CONFIRMED: ReviewReason
REVIEW_REASON_ORIGINAL_AGREES: ReviewReason
REVIEW_REASON_NOTHING_FOUND: ReviewReason
REVIEW_REASON_HARMLESS_EDIT: ReviewReason
REVIEW_REASON_NOT_THE_ANCHOR: ReviewReason
REVIEW_REASON_FALSE_BRANDING: ReviewReason
REVIEW_REASON_FALSE_CONTEXT: ReviewReason
REVIEW_REASON_QUALITY_TOO_LOW: ReviewReason
REVIEW_REASON_TOO_SHORT: ReviewReason
REVIEW_REASON_NO_REFERENCE: ReviewReason
REVIEW_REASON_CONFLICTING_EVIDENCE: ReviewReason
REVIEW_REASON_EXPERT_NEEDED: ReviewReason
REVIEW_REASON_OTHER: ReviewReason
REVIEW_AGE_UNSPECIFIED: ReviewAge
REVIEW_AGE_UNDER_AN_HOUR: ReviewAge
REVIEW_AGE_UNDER_A_DAY: ReviewAge
REVIEW_AGE_UNDER_A_WEEK: ReviewAge
REVIEW_AGE_A_WEEK_OR_MORE: ReviewAge
REVIEW_ORDER_UNSPECIFIED: ReviewOrder
REVIEW_ORDER_OLDEST_FIRST: ReviewOrder
REVIEW_ORDER_NEWEST_FIRST: ReviewOrder
REVIEW_ORDER_MOST_LIKELY_SPOOF_FIRST: ReviewOrder
REVIEW_ORDER_LEAST_LIKELY_SPOOF_FIRST: ReviewOrder
REVIEW_HOLDER_UNSPECIFIED: ReviewHolder
REVIEW_HOLDER_ME: ReviewHolder
REVIEW_HOLDER_NOBODY: ReviewHolder
REVIEW_HOLDER_SOMEBODY_ELSE: ReviewHolder
VIEWED_MATERIAL_UNSPECIFIED: ViewedMaterial
VIEWED_MATERIAL_REPORT: ViewedMaterial
VIEWED_MATERIAL_CLIP: ViewedMaterial
VIEWED_MATERIAL_THUMBNAIL: ViewedMaterial
VIEWED_MATERIAL_FACE: ViewedMaterial
VIEWED_MATERIAL_VOICE: ViewedMaterial
VIEWED_MATERIAL_REFERENCE_FACE: ViewedMaterial
VIEWED_MATERIAL_REFERENCE_VOICE: ViewedMaterial
VIEWED_MATERIAL_FOOTAGE: ViewedMaterial
VIEWED_MATERIAL_ENROLMENTS: ViewedMaterial
EXPORT_FORMAT_UNSPECIFIED: ExportFormat
EXPORT_FORMAT_JSON: ExportFormat
EXPORT_FORMAT_PDF: ExportFormat
EXPORT_FORMAT_BUNDLE: ExportFormat

class Review(_message.Message):
    __slots__ = ("name", "report", "state", "etag", "report_time", "clip_name", "clip_sha256", "duration_s", "decision", "confidence", "spoof_posterior", "scenarios", "flags", "anchors", "outlets", "source", "lease", "outcome", "decisions", "summary", "summaries")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    CLIP_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIP_SHA256_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SPOOF_POSTERIOR_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    OUTLETS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    SUMMARIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    report: str
    state: ReviewState
    etag: str
    report_time: _timestamp_pb2.Timestamp
    clip_name: str
    clip_sha256: str
    duration_s: float
    decision: _report_pb2.Decision
    confidence: float
    spoof_posterior: float
    scenarios: _containers.RepeatedScalarFieldContainer[str]
    flags: _containers.RepeatedScalarFieldContainer[str]
    anchors: _containers.RepeatedScalarFieldContainer[str]
    outlets: _containers.RepeatedScalarFieldContainer[str]
    source: str
    lease: Lease
    outcome: ReviewOutcome
    decisions: _containers.RepeatedCompositeFieldContainer[ReviewDecision]
    summary: str
    summaries: _containers.RepeatedCompositeFieldContainer[Summary]
    def __init__(self, name: _Optional[str] = ..., report: _Optional[str] = ..., state: _Optional[_Union[ReviewState, str]] = ..., etag: _Optional[str] = ..., report_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., clip_name: _Optional[str] = ..., clip_sha256: _Optional[str] = ..., duration_s: _Optional[float] = ..., decision: _Optional[_Union[_report_pb2.Decision, str]] = ..., confidence: _Optional[float] = ..., spoof_posterior: _Optional[float] = ..., scenarios: _Optional[_Iterable[str]] = ..., flags: _Optional[_Iterable[str]] = ..., anchors: _Optional[_Iterable[str]] = ..., outlets: _Optional[_Iterable[str]] = ..., source: _Optional[str] = ..., lease: _Optional[_Union[Lease, _Mapping]] = ..., outcome: _Optional[_Union[ReviewOutcome, str]] = ..., decisions: _Optional[_Iterable[_Union[ReviewDecision, _Mapping]]] = ..., summary: _Optional[str] = ..., summaries: _Optional[_Iterable[_Union[Summary, _Mapping]]] = ...) -> None: ...

class Summary(_message.Message):
    __slots__ = ("language", "text")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    language: str
    text: str
    def __init__(self, language: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("holder", "holder_display_name", "expire_time")
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    HOLDER_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    holder: str
    holder_display_name: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, holder: _Optional[str] = ..., holder_display_name: _Optional[str] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReviewDecision(_message.Message):
    __slots__ = ("name", "reviewer", "reviewer_display_name", "outcome", "reason", "note", "decide_time", "undo_until", "undo_time", "reopen_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    UNDO_UNTIL_FIELD_NUMBER: _ClassVar[int]
    UNDO_TIME_FIELD_NUMBER: _ClassVar[int]
    REOPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    reviewer: str
    reviewer_display_name: str
    outcome: ReviewOutcome
    reason: ReviewReason
    note: str
    decide_time: _timestamp_pb2.Timestamp
    undo_until: _timestamp_pb2.Timestamp
    undo_time: _timestamp_pb2.Timestamp
    reopen_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., reviewer: _Optional[str] = ..., reviewer_display_name: _Optional[str] = ..., outcome: _Optional[_Union[ReviewOutcome, str]] = ..., reason: _Optional[_Union[ReviewReason, str]] = ..., note: _Optional[str] = ..., decide_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., undo_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., undo_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., reopen_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReviewFilter(_message.Message):
    __slots__ = ("states", "decision", "scenario", "anchor", "outlet", "lowest_confidence", "highest_confidence", "age", "reported_from", "reported_before", "source", "outcome", "holder", "reviewer")
    STATES_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    LOWEST_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    AGE_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FROM_FIELD_NUMBER: _ClassVar[int]
    REPORTED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedScalarFieldContainer[ReviewState]
    decision: _report_pb2.Decision
    scenario: str
    anchor: str
    outlet: str
    lowest_confidence: float
    highest_confidence: float
    age: ReviewAge
    reported_from: _timestamp_pb2.Timestamp
    reported_before: _timestamp_pb2.Timestamp
    source: str
    outcome: ReviewOutcome
    holder: ReviewHolder
    reviewer: str
    def __init__(self, states: _Optional[_Iterable[_Union[ReviewState, str]]] = ..., decision: _Optional[_Union[_report_pb2.Decision, str]] = ..., scenario: _Optional[str] = ..., anchor: _Optional[str] = ..., outlet: _Optional[str] = ..., lowest_confidence: _Optional[float] = ..., highest_confidence: _Optional[float] = ..., age: _Optional[_Union[ReviewAge, str]] = ..., reported_from: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., reported_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., outcome: _Optional[_Union[ReviewOutcome, str]] = ..., holder: _Optional[_Union[ReviewHolder, str]] = ..., reviewer: _Optional[str] = ...) -> None: ...

class ListReviewsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order", "without_counts")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_COUNTS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: ReviewFilter
    order: ReviewOrder
    without_counts: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[_Union[ReviewFilter, _Mapping]] = ..., order: _Optional[_Union[ReviewOrder, str]] = ..., without_counts: bool = ...) -> None: ...

class ListReviewsResponse(_message.Message):
    __slots__ = ("reviews", "next_page_token", "total_size", "counts")
    REVIEWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    reviews: _containers.RepeatedCompositeFieldContainer[Review]
    next_page_token: str
    total_size: int
    counts: _containers.RepeatedCompositeFieldContainer[ReviewCount]
    def __init__(self, reviews: _Optional[_Iterable[_Union[Review, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ..., counts: _Optional[_Iterable[_Union[ReviewCount, _Mapping]]] = ...) -> None: ...

class ReviewCount(_message.Message):
    __slots__ = ("state", "age", "count")
    STATE_FIELD_NUMBER: _ClassVar[int]
    AGE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    state: ReviewState
    age: ReviewAge
    count: int
    def __init__(self, state: _Optional[_Union[ReviewState, str]] = ..., age: _Optional[_Union[ReviewAge, str]] = ..., count: _Optional[int] = ...) -> None: ...

class GetReviewRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetReviewResponse(_message.Message):
    __slots__ = ("review", "report")
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    review: Review
    report: _report_pb2.Report
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ..., report: _Optional[_Union[_report_pb2.Report, _Mapping]] = ...) -> None: ...

class LeaseReviewRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class LeaseReviewResponse(_message.Message):
    __slots__ = ("review",)
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    review: Review
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class LeaseNextReviewRequest(_message.Message):
    __slots__ = ("filter", "order")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    EXCEPT_FIELD_NUMBER: _ClassVar[int]
    filter: ReviewFilter
    order: ReviewOrder
    def __init__(self, filter: _Optional[_Union[ReviewFilter, _Mapping]] = ..., order: _Optional[_Union[ReviewOrder, str]] = ..., **kwargs) -> None: ...

class LeaseNextReviewResponse(_message.Message):
    __slots__ = ("review",)
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    review: Review
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class RenewLeaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RenewLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ...) -> None: ...

class ReleaseReviewRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReleaseReviewResponse(_message.Message):
    __slots__ = ("review",)
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    review: Review
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class SubmitDecisionRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "outcome", "reason", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    outcome: ReviewOutcome
    reason: ReviewReason
    note: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., outcome: _Optional[_Union[ReviewOutcome, str]] = ..., reason: _Optional[_Union[ReviewReason, str]] = ..., note: _Optional[str] = ...) -> None: ...

class SubmitDecisionResponse(_message.Message):
    __slots__ = ("decision", "review")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    decision: ReviewDecision
    review: Review
    def __init__(self, decision: _Optional[_Union[ReviewDecision, _Mapping]] = ..., review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class UndoDecisionRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UndoDecisionResponse(_message.Message):
    __slots__ = ("review",)
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    review: Review
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class ReopenReviewRequest(_message.Message):
    __slots__ = ("name", "etag", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    note: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class ReopenReviewResponse(_message.Message):
    __slots__ = ("review",)
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    review: Review
    def __init__(self, review: _Optional[_Union[Review, _Mapping]] = ...) -> None: ...

class RecordViewRequest(_message.Message):
    __slots__ = ("subject", "material", "detail")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    MATERIAL_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    subject: str
    material: ViewedMaterial
    detail: str
    def __init__(self, subject: _Optional[str] = ..., material: _Optional[_Union[ViewedMaterial, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class RecordViewResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReviewAuditEntry(_message.Message):
    __slots__ = ("number", "time", "actor", "action", "subject", "details", "sha256")
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    number: int
    time: _timestamp_pb2.Timestamp
    actor: str
    action: str
    subject: str
    details: _containers.ScalarMap[str, str]
    sha256: str
    def __init__(self, number: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., subject: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ..., sha256: _Optional[str] = ...) -> None: ...

class ListReviewAuditEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "subject", "actor", "action")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    subject: str
    actor: str
    action: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., subject: _Optional[str] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ...) -> None: ...

class ListReviewAuditEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[ReviewAuditEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[ReviewAuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class VerifyReviewAuditRequest(_message.Message):
    __slots__ = ("expected_head",)
    EXPECTED_HEAD_FIELD_NUMBER: _ClassVar[int]
    expected_head: str
    def __init__(self, expected_head: _Optional[str] = ...) -> None: ...

class VerifyReviewAuditResponse(_message.Message):
    __slots__ = ("sound", "entries", "head", "faults")
    SOUND_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    sound: bool
    entries: int
    head: str
    faults: _containers.RepeatedCompositeFieldContainer[AuditFault]
    def __init__(self, sound: bool = ..., entries: _Optional[int] = ..., head: _Optional[str] = ..., faults: _Optional[_Iterable[_Union[AuditFault, _Mapping]]] = ...) -> None: ...

class AuditFault(_message.Message):
    __slots__ = ("number", "code", "message")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    number: int
    code: str
    message: str
    def __init__(self, number: _Optional[int] = ..., code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ExportReviewRequest(_message.Message):
    __slots__ = ("name", "format", "language")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    format: ExportFormat
    language: str
    def __init__(self, name: _Optional[str] = ..., format: _Optional[_Union[ExportFormat, str]] = ..., language: _Optional[str] = ...) -> None: ...

class ExportReviewResponse(_message.Message):
    __slots__ = ("file", "chunk")
    FILE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    file: ExportedFile
    chunk: bytes
    def __init__(self, file: _Optional[_Union[ExportedFile, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class ExportedFile(_message.Message):
    __slots__ = ("file_name", "content_type", "size_bytes", "sha256")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    def __init__(self, file_name: _Optional[str] = ..., content_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...
