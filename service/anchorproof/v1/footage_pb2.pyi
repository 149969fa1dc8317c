from anchorproof.v1 import media_pb2 as _media_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FootageOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FOOTAGE_OUTCOME_UNSPECIFIED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_UNCHANGED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_SAME_PICTURE: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_OTHER_SOUND: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_MOUTH_CHANGED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_FACE_CHANGED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_RECUT: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_RECAPTIONED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_MIRRORED: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_SOUND_ONLY: _ClassVar[FootageOutcome]
    FOOTAGE_OUTCOME_PHOTOGRAPH_ANIMATED: _ClassVar[FootageOutcome]
FOOTAGE_OUTCOME_UNSPECIFIED: FootageOutcome
FOOTAGE_OUTCOME_UNCHANGED: FootageOutcome
FOOTAGE_OUTCOME_SAME_PICTURE: FootageOutcome
FOOTAGE_OUTCOME_OTHER_SOUND: FootageOutcome
FOOTAGE_OUTCOME_MOUTH_CHANGED: FootageOutcome
FOOTAGE_OUTCOME_FACE_CHANGED: FootageOutcome
FOOTAGE_OUTCOME_RECUT: FootageOutcome
FOOTAGE_OUTCOME_RECAPTIONED: FootageOutcome
FOOTAGE_OUTCOME_MIRRORED: FootageOutcome
FOOTAGE_OUTCOME_SOUND_ONLY: FootageOutcome
FOOTAGE_OUTCOME_PHOTOGRAPH_ANIMATED: FootageOutcome

class Programme(_message.Message):
    __slots__ = ("name", "title", "outlet", "media_sha256", "duration_s", "create_time", "pictures", "sound_items", "references_bytes", "is_photograph")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    MEDIA_SHA256_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    SOUND_ITEMS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_BYTES_FIELD_NUMBER: _ClassVar[int]
    IS_PHOTOGRAPH_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    outlet: str
    media_sha256: str
    duration_s: float
    create_time: _timestamp_pb2.Timestamp
    pictures: int
    sound_items: int
    references_bytes: int
    is_photograph: bool
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., outlet: _Optional[str] = ..., media_sha256: _Optional[str] = ..., duration_s: _Optional[float] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., pictures: _Optional[int] = ..., sound_items: _Optional[int] = ..., references_bytes: _Optional[int] = ..., is_photograph: bool = ...) -> None: ...

class FootageFindings(_message.Message):
    __slots__ = ("programmes", "hours", "matches", "photographs")
    PROGRAMMES_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    PHOTOGRAPHS_FIELD_NUMBER: _ClassVar[int]
    programmes: int
    hours: float
    matches: _containers.RepeatedCompositeFieldContainer[FootageMatch]
    photographs: int
    def __init__(self, programmes: _Optional[int] = ..., hours: _Optional[float] = ..., matches: _Optional[_Iterable[_Union[FootageMatch, _Mapping]]] = ..., photographs: _Optional[int] = ...) -> None: ...

class FootageMatch(_message.Message):
    __slots__ = ("programme", "title", "llr", "outcome", "also", "stretches", "differences", "by_references", "message")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LLR_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ALSO_FIELD_NUMBER: _ClassVar[int]
    STRETCHES_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    BY_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    programme: str
    title: str
    llr: float
    outcome: FootageOutcome
    also: _containers.RepeatedScalarFieldContainer[FootageOutcome]
    stretches: _containers.RepeatedCompositeFieldContainer[FootageStretch]
    differences: _containers.RepeatedCompositeFieldContainer[FootageDifference]
    by_references: bool
    message: str
    def __init__(self, programme: _Optional[str] = ..., title: _Optional[str] = ..., llr: _Optional[float] = ..., outcome: _Optional[_Union[FootageOutcome, str]] = ..., also: _Optional[_Iterable[_Union[FootageOutcome, str]]] = ..., stretches: _Optional[_Iterable[_Union[FootageStretch, _Mapping]]] = ..., differences: _Optional[_Iterable[_Union[FootageDifference, _Mapping]]] = ..., by_references: bool = ..., message: _Optional[str] = ...) -> None: ...

class FootageStretch(_message.Message):
    __slots__ = ("clip", "programme", "speed", "bits", "sound_share", "copies")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    BITS_FIELD_NUMBER: _ClassVar[int]
    SOUND_SHARE_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    clip: _media_pb2.Span
    programme: _media_pb2.Span
    speed: float
    bits: float
    sound_share: float
    copies: _containers.RepeatedCompositeFieldContainer[FootageCopy]
    def __init__(self, clip: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., programme: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., speed: _Optional[float] = ..., bits: _Optional[float] = ..., sound_share: _Optional[float] = ..., copies: _Optional[_Iterable[_Union[FootageCopy, _Mapping]]] = ...) -> None: ...

class FootageCopy(_message.Message):
    __slots__ = ("programme", "title", "span")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    programme: str
    title: str
    span: _media_pb2.Span
    def __init__(self, programme: _Optional[str] = ..., title: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ...) -> None: ...

class FootageDifference(_message.Message):
    __slots__ = ("clip", "mouth", "face", "outside", "sound_share", "level_db")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    MOUTH_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    OUTSIDE_FIELD_NUMBER: _ClassVar[int]
    SOUND_SHARE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_DB_FIELD_NUMBER: _ClassVar[int]
    clip: _media_pb2.Span
    mouth: float
    face: float
    outside: float
    sound_share: float
    level_db: float
    def __init__(self, clip: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., mouth: _Optional[float] = ..., face: _Optional[float] = ..., outside: _Optional[float] = ..., sound_share: _Optional[float] = ..., level_db: _Optional[float] = ...) -> None: ...

class EnrolProgrammeRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: EnrolProgrammeHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[EnrolProgrammeHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class EnrolProgrammeHeader(_message.Message):
    __slots__ = ("title", "outlet", "keep_references", "size_bytes", "is_photograph")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    KEEP_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    IS_PHOTOGRAPH_FIELD_NUMBER: _ClassVar[int]
    title: str
    outlet: str
    keep_references: bool
    size_bytes: int
    is_photograph: bool
    def __init__(self, title: _Optional[str] = ..., outlet: _Optional[str] = ..., keep_references: bool = ..., size_bytes: _Optional[int] = ..., is_photograph: bool = ...) -> None: ...

class EnrolProgrammeResponse(_message.Message):
    __slots__ = ("programme", "existed")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    programme: Programme
    existed: bool
    def __init__(self, programme: _Optional[_Union[Programme, _Mapping]] = ..., existed: bool = ...) -> None: ...

class GetProgrammeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetProgrammeResponse(_message.Message):
    __slots__ = ("programme",)
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    programme: Programme
    def __init__(self, programme: _Optional[_Union[Programme, _Mapping]] = ...) -> None: ...

class ListProgrammesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProgrammesResponse(_message.Message):
    __slots__ = ("programmes", "next_page_token")
    PROGRAMMES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    programmes: _containers.RepeatedCompositeFieldContainer[Programme]
    next_page_token: str
    def __init__(self, programmes: _Optional[_Iterable[_Union[Programme, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SearchFootageRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: SearchFootageHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[SearchFootageHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SearchFootageHeader(_message.Message):
    __slots__ = ("size_bytes", "with_pairs")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    WITH_PAIRS_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    with_pairs: bool
    def __init__(self, size_bytes: _Optional[int] = ..., with_pairs: bool = ...) -> None: ...

class SearchFootageResponse(_message.Message):
    __slots__ = ("findings", "pairs")
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    findings: FootageFindings
    pairs: _containers.RepeatedCompositeFieldContainer[SideBySide]
    def __init__(self, findings: _Optional[_Union[FootageFindings, _Mapping]] = ..., pairs: _Optional[_Iterable[_Union[SideBySide, _Mapping]]] = ...) -> None: ...

class SideBySide(_message.Message):
    __slots__ = ("programme", "programme_s", "clip_s", "jpeg")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_S_FIELD_NUMBER: _ClassVar[int]
    CLIP_S_FIELD_NUMBER: _ClassVar[int]
    JPEG_FIELD_NUMBER: _ClassVar[int]
    programme: str
    programme_s: float
    clip_s: float
    jpeg: bytes
    def __init__(self, programme: _Optional[str] = ..., programme_s: _Optional[float] = ..., clip_s: _Optional[float] = ..., jpeg: _Optional[bytes] = ...) -> None: ...

class DeleteProgrammeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteProgrammeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
