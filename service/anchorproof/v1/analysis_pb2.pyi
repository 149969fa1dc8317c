from anchorproof.v1 import report_pb2 as _report_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HigherMeans(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HIGHER_MEANS_UNSPECIFIED: _ClassVar[HigherMeans]
    HIGHER_MEANS_SPOOF: _ClassVar[HigherMeans]
    HIGHER_MEANS_BONA_FIDE: _ClassVar[HigherMeans]
    HIGHER_MEANS_SAME_SOURCE: _ClassVar[HigherMeans]
HIGHER_MEANS_UNSPECIFIED: HigherMeans
HIGHER_MEANS_SPOOF: HigherMeans
HIGHER_MEANS_BONA_FIDE: HigherMeans
HIGHER_MEANS_SAME_SOURCE: HigherMeans

class AnalyzeClipRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: AnalyzeClipHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[AnalyzeClipHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class AnalyzeClipHeader(_message.Message):
    __slots__ = ("clip_name", "request_id", "size_bytes")
    CLIP_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    clip_name: str
    request_id: str
    size_bytes: int
    def __init__(self, clip_name: _Optional[str] = ..., request_id: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class AnalyzeClipResponse(_message.Message):
    __slots__ = ("progress", "report")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    report: _report_pb2.Report
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., report: _Optional[_Union[_report_pb2.Report, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("step", "fraction")
    STEP_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    step: str
    fraction: float
    def __init__(self, step: _Optional[str] = ..., fraction: _Optional[float] = ...) -> None: ...

class GetReportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetReportResponse(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: _report_pb2.Report
    def __init__(self, report: _Optional[_Union[_report_pb2.Report, _Mapping]] = ...) -> None: ...

class ListReportsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "decision", "anchor", "clip_sha256", "created_from", "created_before")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    CLIP_SHA256_FIELD_NUMBER: _ClassVar[int]
    CREATED_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    decision: _report_pb2.Decision
    anchor: str
    clip_sha256: str
    created_from: _timestamp_pb2.Timestamp
    created_before: _timestamp_pb2.Timestamp
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., decision: _Optional[_Union[_report_pb2.Decision, str]] = ..., anchor: _Optional[str] = ..., clip_sha256: _Optional[str] = ..., created_from: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., created_before: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListReportsResponse(_message.Message):
    __slots__ = ("reports", "next_page_token")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[_report_pb2.Report]
    next_page_token: str
    def __init__(self, reports: _Optional[_Iterable[_Union[_report_pb2.Report, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "task", "is_default", "sha256", "size_bytes", "origin", "licence", "preprocessing", "higher_means", "calibration")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    PREPROCESSING_FIELD_NUMBER: _ClassVar[int]
    HIGHER_MEANS_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    task: str
    is_default: bool
    sha256: str
    size_bytes: int
    origin: str
    licence: str
    preprocessing: str
    higher_means: HigherMeans
    calibration: Calibration
    def __init__(self, name: _Optional[str] = ..., task: _Optional[str] = ..., is_default: bool = ..., sha256: _Optional[str] = ..., size_bytes: _Optional[int] = ..., origin: _Optional[str] = ..., licence: _Optional[str] = ..., preprocessing: _Optional[str] = ..., higher_means: _Optional[_Union[HigherMeans, str]] = ..., calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...

class Calibration(_message.Message):
    __slots__ = ("calibration_id", "question", "slope", "offset", "lowest_llr", "highest_llr", "model_sha256", "preprocessing", "sha256", "knots", "h2_tail", "acoustics")
    CALIBRATION_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LOWEST_LLR_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_LLR_FIELD_NUMBER: _ClassVar[int]
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    PREPROCESSING_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    KNOTS_FIELD_NUMBER: _ClassVar[int]
    H2_TAIL_FIELD_NUMBER: _ClassVar[int]
    ACOUSTICS_FIELD_NUMBER: _ClassVar[int]
    calibration_id: str
    question: _report_pb2.Question
    slope: float
    offset: float
    lowest_llr: float
    highest_llr: float
    model_sha256: str
    preprocessing: str
    sha256: str
    knots: _containers.RepeatedCompositeFieldContainer[CalibrationKnot]
    h2_tail: _containers.RepeatedCompositeFieldContainer[TailPoint]
    acoustics: AcousticMap
    def __init__(self, calibration_id: _Optional[str] = ..., question: _Optional[_Union[_report_pb2.Question, str]] = ..., slope: _Optional[float] = ..., offset: _Optional[float] = ..., lowest_llr: _Optional[float] = ..., highest_llr: _Optional[float] = ..., model_sha256: _Optional[str] = ..., preprocessing: _Optional[str] = ..., sha256: _Optional[str] = ..., knots: _Optional[_Iterable[_Union[CalibrationKnot, _Mapping]]] = ..., h2_tail: _Optional[_Iterable[_Union[TailPoint, _Mapping]]] = ..., acoustics: _Optional[_Union[AcousticMap, _Mapping]] = ...) -> None: ...

class AcousticMap(_message.Message):
    __slots__ = ("fall_from_db", "fall_to_db", "band_from_db", "band_to_db", "knots", "terms")
    FALL_FROM_DB_FIELD_NUMBER: _ClassVar[int]
    FALL_TO_DB_FIELD_NUMBER: _ClassVar[int]
    BAND_FROM_DB_FIELD_NUMBER: _ClassVar[int]
    BAND_TO_DB_FIELD_NUMBER: _ClassVar[int]
    KNOTS_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    fall_from_db: float
    fall_to_db: float
    band_from_db: float
    band_to_db: float
    knots: _containers.RepeatedCompositeFieldContainer[CalibrationKnot]
    terms: _containers.RepeatedCompositeFieldContainer[AcousticTerm]
    def __init__(self, fall_from_db: _Optional[float] = ..., fall_to_db: _Optional[float] = ..., band_from_db: _Optional[float] = ..., band_to_db: _Optional[float] = ..., knots: _Optional[_Iterable[_Union[CalibrationKnot, _Mapping]]] = ..., terms: _Optional[_Iterable[_Union[AcousticTerm, _Mapping]]] = ...) -> None: ...

class AcousticTerm(_message.Message):
    __slots__ = ("name", "slope", "offset", "lowest_llr", "highest_llr")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LOWEST_LLR_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_LLR_FIELD_NUMBER: _ClassVar[int]
    name: str
    slope: float
    offset: float
    lowest_llr: float
    highest_llr: float
    def __init__(self, name: _Optional[str] = ..., slope: _Optional[float] = ..., offset: _Optional[float] = ..., lowest_llr: _Optional[float] = ..., highest_llr: _Optional[float] = ...) -> None: ...

class CalibrationKnot(_message.Message):
    __slots__ = ("quality", "slope", "offset", "lowest_llr", "highest_llr")
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LOWEST_LLR_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_LLR_FIELD_NUMBER: _ClassVar[int]
    quality: float
    slope: float
    offset: float
    lowest_llr: float
    highest_llr: float
    def __init__(self, quality: _Optional[float] = ..., slope: _Optional[float] = ..., offset: _Optional[float] = ..., lowest_llr: _Optional[float] = ..., highest_llr: _Optional[float] = ...) -> None: ...

class TailPoint(_message.Message):
    __slots__ = ("score", "share")
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    score: float
    share: float
    def __init__(self, score: _Optional[float] = ..., share: _Optional[float] = ...) -> None: ...
