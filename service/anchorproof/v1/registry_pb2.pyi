from anchorproof.v1 import media_pb2 as _media_pb2
from anchorproof.v1 import report_pb2 as _report_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Consent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_UNSPECIFIED: _ClassVar[Consent]
    CONSENT_GIVEN: _ClassVar[Consent]
    CONSENT_REFUSED: _ClassVar[Consent]
    CONSENT_WITHDRAWN: _ClassVar[Consent]
    CONSENT_NOT_REQUIRED: _ClassVar[Consent]
CONSENT_UNSPECIFIED: Consent
CONSENT_GIVEN: Consent
CONSENT_REFUSED: Consent
CONSENT_WITHDRAWN: Consent
CONSENT_NOT_REQUIRED: Consent

class Anchor(_message.Message):
    __slots__ = ("name", "display_name", "outlet", "aliases", "notes", "create_time", "update_time", "etag", "face_templates", "voice_templates", "outlet_name", "localized_names", "consent", "consent_reference", "legal_basis", "valid_from", "valid_until", "audit_id", "coverage")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    FACE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    VOICE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    OUTLET_NAME_FIELD_NUMBER: _ClassVar[int]
    LOCALIZED_NAMES_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    AUDIT_ID_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    outlet: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    notes: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    face_templates: int
    voice_templates: int
    outlet_name: str
    localized_names: _containers.RepeatedCompositeFieldContainer[LocalizedName]
    consent: Consent
    consent_reference: str
    legal_basis: str
    valid_from: _timestamp_pb2.Timestamp
    valid_until: _timestamp_pb2.Timestamp
    audit_id: str
    coverage: Coverage
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., outlet: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., notes: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., face_templates: _Optional[int] = ..., voice_templates: _Optional[int] = ..., outlet_name: _Optional[str] = ..., localized_names: _Optional[_Iterable[_Union[LocalizedName, _Mapping]]] = ..., consent: _Optional[_Union[Consent, str]] = ..., consent_reference: _Optional[str] = ..., legal_basis: _Optional[str] = ..., valid_from: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., audit_id: _Optional[str] = ..., coverage: _Optional[_Union[Coverage, _Mapping]] = ...) -> None: ...

class LocalizedName(_message.Message):
    __slots__ = ("language", "text")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    language: str
    text: str
    def __init__(self, language: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Coverage(_message.Message):
    __slots__ = ("face_sessions", "voice_sessions", "speech_s", "good_enough", "missing", "summary", "face_templates", "voice_templates")
    FACE_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    VOICE_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SPEECH_S_FIELD_NUMBER: _ClassVar[int]
    GOOD_ENOUGH_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    FACE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    VOICE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    face_sessions: int
    voice_sessions: int
    speech_s: float
    good_enough: bool
    missing: _containers.RepeatedScalarFieldContainer[str]
    summary: str
    face_templates: int
    voice_templates: int
    def __init__(self, face_sessions: _Optional[int] = ..., voice_sessions: _Optional[int] = ..., speech_s: _Optional[float] = ..., good_enough: bool = ..., missing: _Optional[_Iterable[str]] = ..., summary: _Optional[str] = ..., face_templates: _Optional[int] = ..., voice_templates: _Optional[int] = ...) -> None: ...

class Outlet(_message.Message):
    __slots__ = ("name", "display_name", "aliases", "country", "notes", "create_time", "update_time", "etag", "anchors")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    country: str
    notes: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    anchors: int
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., country: _Optional[str] = ..., notes: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., anchors: _Optional[int] = ...) -> None: ...

class Enrolment(_message.Message):
    __slots__ = ("name", "media_sha256", "media_name", "create_time", "face_templates", "voice_templates", "speech_s", "rejections", "session", "samples", "assessment", "override_reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_SHA256_FIELD_NUMBER: _ClassVar[int]
    MEDIA_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FACE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    VOICE_TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    SPEECH_S_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    media_sha256: str
    media_name: str
    create_time: _timestamp_pb2.Timestamp
    face_templates: int
    voice_templates: int
    speech_s: float
    rejections: _containers.RepeatedCompositeFieldContainer[Rejection]
    session: str
    samples: _containers.RepeatedCompositeFieldContainer[Sample]
    assessment: Assessment
    override_reason: str
    def __init__(self, name: _Optional[str] = ..., media_sha256: _Optional[str] = ..., media_name: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., face_templates: _Optional[int] = ..., voice_templates: _Optional[int] = ..., speech_s: _Optional[float] = ..., rejections: _Optional[_Iterable[_Union[Rejection, _Mapping]]] = ..., session: _Optional[str] = ..., samples: _Optional[_Iterable[_Union[Sample, _Mapping]]] = ..., assessment: _Optional[_Union[Assessment, _Mapping]] = ..., override_reason: _Optional[str] = ...) -> None: ...

class Sample(_message.Message):
    __slots__ = ("modality", "span", "measures", "reason")
    class MeasuresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    modality: _media_pb2.Modality
    span: _media_pb2.Span
    measures: _containers.ScalarMap[str, float]
    reason: str
    def __init__(self, modality: _Optional[_Union[_media_pb2.Modality, str]] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., measures: _Optional[_Mapping[str, float]] = ..., reason: _Optional[str] = ...) -> None: ...

class Assessment(_message.Message):
    __slots__ = ("decision", "llr", "reasons")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    decision: _report_pb2.Decision
    llr: float
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, decision: _Optional[_Union[_report_pb2.Decision, str]] = ..., llr: _Optional[float] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class EnrolmentPick(_message.Message):
    __slots__ = ("reference_picture", "span", "person")
    REFERENCE_PICTURE_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    reference_picture: bytes
    span: _media_pb2.Span
    person: str
    def __init__(self, reference_picture: _Optional[bytes] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., person: _Optional[str] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("modality", "reason", "message", "span")
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    modality: _media_pb2.Modality
    reason: str
    message: str
    span: _media_pb2.Span
    def __init__(self, modality: _Optional[_Union[_media_pb2.Modality, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ...) -> None: ...

class CreateAnchorRequest(_message.Message):
    __slots__ = ("anchor_id", "anchor", "request_id")
    ANCHOR_ID_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    anchor_id: str
    anchor: Anchor
    request_id: str
    def __init__(self, anchor_id: _Optional[str] = ..., anchor: _Optional[_Union[Anchor, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateAnchorResponse(_message.Message):
    __slots__ = ("anchor",)
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ...) -> None: ...

class GetAnchorRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetAnchorResponse(_message.Message):
    __slots__ = ("anchor",)
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ...) -> None: ...

class ListAnchorsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "outlet")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    outlet: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., outlet: _Optional[str] = ...) -> None: ...

class ListAnchorsResponse(_message.Message):
    __slots__ = ("anchors", "next_page_token")
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    anchors: _containers.RepeatedCompositeFieldContainer[Anchor]
    next_page_token: str
    def __init__(self, anchors: _Optional[_Iterable[_Union[Anchor, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateAnchorRequest(_message.Message):
    __slots__ = ("anchor", "update_mask")
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateAnchorResponse(_message.Message):
    __slots__ = ("anchor",)
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ...) -> None: ...

class DeleteAnchorRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteAnchorResponse(_message.Message):
    __slots__ = ("audit_id",)
    AUDIT_ID_FIELD_NUMBER: _ClassVar[int]
    audit_id: str
    def __init__(self, audit_id: _Optional[str] = ...) -> None: ...

class EnrolMediaRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: EnrolMediaHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[EnrolMediaHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class EnrolMediaHeader(_message.Message):
    __slots__ = ("anchor", "media_name", "request_id", "size_bytes", "pick", "session", "override_reason")
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    MEDIA_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    PICK_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    anchor: str
    media_name: str
    request_id: str
    size_bytes: int
    pick: EnrolmentPick
    session: str
    override_reason: str
    def __init__(self, anchor: _Optional[str] = ..., media_name: _Optional[str] = ..., request_id: _Optional[str] = ..., size_bytes: _Optional[int] = ..., pick: _Optional[_Union[EnrolmentPick, _Mapping]] = ..., session: _Optional[str] = ..., override_reason: _Optional[str] = ...) -> None: ...

class EnrolMediaResponse(_message.Message):
    __slots__ = ("enrolment",)
    ENROLMENT_FIELD_NUMBER: _ClassVar[int]
    enrolment: Enrolment
    def __init__(self, enrolment: _Optional[_Union[Enrolment, _Mapping]] = ...) -> None: ...

class GetEnrolmentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetEnrolmentResponse(_message.Message):
    __slots__ = ("enrolment",)
    ENROLMENT_FIELD_NUMBER: _ClassVar[int]
    enrolment: Enrolment
    def __init__(self, enrolment: _Optional[_Union[Enrolment, _Mapping]] = ...) -> None: ...

class ListEnrolmentsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEnrolmentsResponse(_message.Message):
    __slots__ = ("enrolments", "next_page_token")
    ENROLMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    enrolments: _containers.RepeatedCompositeFieldContainer[Enrolment]
    next_page_token: str
    def __init__(self, enrolments: _Optional[_Iterable[_Union[Enrolment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteEnrolmentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteEnrolmentResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SearchAnchorsRequest(_message.Message):
    __slots__ = ("query", "outlet", "limit")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    query: str
    outlet: str
    limit: int
    def __init__(self, query: _Optional[str] = ..., outlet: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class SearchAnchorsResponse(_message.Message):
    __slots__ = ("matches",)
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    matches: _containers.RepeatedCompositeFieldContainer[NameMatch]
    def __init__(self, matches: _Optional[_Iterable[_Union[NameMatch, _Mapping]]] = ...) -> None: ...

class NameMatch(_message.Message):
    __slots__ = ("anchor", "matched", "score")
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    matched: str
    score: float
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ..., matched: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class MergeAnchorsRequest(_message.Message):
    __slots__ = ("name", "into", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INTO_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    into: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., into: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class MergeAnchorsResponse(_message.Message):
    __slots__ = ("anchor",)
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    anchor: Anchor
    def __init__(self, anchor: _Optional[_Union[Anchor, _Mapping]] = ...) -> None: ...

class CreateOutletRequest(_message.Message):
    __slots__ = ("outlet_id", "outlet", "request_id")
    OUTLET_ID_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    outlet_id: str
    outlet: Outlet
    request_id: str
    def __init__(self, outlet_id: _Optional[str] = ..., outlet: _Optional[_Union[Outlet, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateOutletResponse(_message.Message):
    __slots__ = ("outlet",)
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    outlet: Outlet
    def __init__(self, outlet: _Optional[_Union[Outlet, _Mapping]] = ...) -> None: ...

class GetOutletRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetOutletResponse(_message.Message):
    __slots__ = ("outlet",)
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    outlet: Outlet
    def __init__(self, outlet: _Optional[_Union[Outlet, _Mapping]] = ...) -> None: ...

class ListOutletsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOutletsResponse(_message.Message):
    __slots__ = ("outlets", "next_page_token")
    OUTLETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    outlets: _containers.RepeatedCompositeFieldContainer[Outlet]
    next_page_token: str
    def __init__(self, outlets: _Optional[_Iterable[_Union[Outlet, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateOutletRequest(_message.Message):
    __slots__ = ("outlet", "update_mask")
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    outlet: Outlet
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, outlet: _Optional[_Union[Outlet, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateOutletResponse(_message.Message):
    __slots__ = ("outlet",)
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    outlet: Outlet
    def __init__(self, outlet: _Optional[_Union[Outlet, _Mapping]] = ...) -> None: ...

class DeleteOutletRequest(_message.Message):
    __slots__ = ("name", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteOutletResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OutletLogo(_message.Message):
    __slots__ = ("name", "media_sha256", "width", "height", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_SHA256_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    media_sha256: str
    width: int
    height: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., media_sha256: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddOutletLogoRequest(_message.Message):
    __slots__ = ("parent", "picture")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    picture: bytes
    def __init__(self, parent: _Optional[str] = ..., picture: _Optional[bytes] = ...) -> None: ...

class AddOutletLogoResponse(_message.Message):
    __slots__ = ("logo",)
    LOGO_FIELD_NUMBER: _ClassVar[int]
    logo: OutletLogo
    def __init__(self, logo: _Optional[_Union[OutletLogo, _Mapping]] = ...) -> None: ...

class ListOutletLogosRequest(_message.Message):
    __slots__ = ("parent",)
    PARENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    def __init__(self, parent: _Optional[str] = ...) -> None: ...

class ListOutletLogosResponse(_message.Message):
    __slots__ = ("logos",)
    LOGOS_FIELD_NUMBER: _ClassVar[int]
    logos: _containers.RepeatedCompositeFieldContainer[OutletLogo]
    def __init__(self, logos: _Optional[_Iterable[_Union[OutletLogo, _Mapping]]] = ...) -> None: ...

class DeleteOutletLogoRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteOutletLogoResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAuditEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "audit_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AUDIT_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    audit_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., audit_id: _Optional[str] = ...) -> None: ...

class ListAuditEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("number", "time", "actor", "action", "subject", "resource", "details")
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
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    number: int
    time: _timestamp_pb2.Timestamp
    actor: str
    action: str
    subject: str
    resource: str
    details: _containers.ScalarMap[str, str]
    def __init__(self, number: _Optional[int] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., subject: _Optional[str] = ..., resource: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MediaHeader(_message.Message):
    __slots__ = ("size_bytes", "limit")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    limit: int
    def __init__(self, size_bytes: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class FindPeopleRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: MediaHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[MediaHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class FindPeopleResponse(_message.Message):
    __slots__ = ("people",)
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    people: _containers.RepeatedCompositeFieldContainer[Person]
    def __init__(self, people: _Optional[_Iterable[_Union[Person, _Mapping]]] = ...) -> None: ...

class Person(_message.Message):
    __slots__ = ("person", "seen", "spoken", "speech_s", "best_time_s", "best_box", "thumbnail")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_FIELD_NUMBER: _ClassVar[int]
    SPEECH_S_FIELD_NUMBER: _ClassVar[int]
    BEST_TIME_S_FIELD_NUMBER: _ClassVar[int]
    BEST_BOX_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    person: str
    seen: _containers.RepeatedCompositeFieldContainer[_media_pb2.Span]
    spoken: _containers.RepeatedCompositeFieldContainer[_media_pb2.Span]
    speech_s: float
    best_time_s: float
    best_box: _media_pb2.Box
    thumbnail: bytes
    def __init__(self, person: _Optional[str] = ..., seen: _Optional[_Iterable[_Union[_media_pb2.Span, _Mapping]]] = ..., spoken: _Optional[_Iterable[_Union[_media_pb2.Span, _Mapping]]] = ..., speech_s: _Optional[float] = ..., best_time_s: _Optional[float] = ..., best_box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ..., thumbnail: _Optional[bytes] = ...) -> None: ...

class SearchFacesRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: MediaHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[MediaHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SearchFacesResponse(_message.Message):
    __slots__ = ("hits",)
    HITS_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[SearchHit]
    def __init__(self, hits: _Optional[_Iterable[_Union[SearchHit, _Mapping]]] = ...) -> None: ...

class SearchVoicesRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: MediaHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[MediaHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SearchVoicesResponse(_message.Message):
    __slots__ = ("hits",)
    HITS_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[SearchHit]
    def __init__(self, hits: _Optional[_Iterable[_Union[SearchHit, _Mapping]]] = ...) -> None: ...

class SearchHit(_message.Message):
    __slots__ = ("subject", "span", "box", "comparisons", "anchor", "false_alarm_rate")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    COMPARISONS_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    FALSE_ALARM_RATE_FIELD_NUMBER: _ClassVar[int]
    subject: str
    span: _media_pb2.Span
    box: _media_pb2.Box
    comparisons: _containers.RepeatedCompositeFieldContainer[_report_pb2.Comparison]
    anchor: str
    false_alarm_rate: float
    def __init__(self, subject: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ..., comparisons: _Optional[_Iterable[_Union[_report_pb2.Comparison, _Mapping]]] = ..., anchor: _Optional[str] = ..., false_alarm_rate: _Optional[float] = ...) -> None: ...
