from anchorproof.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CredentialState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDENTIAL_STATE_UNSPECIFIED: _ClassVar[CredentialState]
    CREDENTIAL_STATE_TRUSTED: _ClassVar[CredentialState]
    CREDENTIAL_STATE_UNTRUSTED: _ClassVar[CredentialState]
    CREDENTIAL_STATE_INVALID: _ClassVar[CredentialState]
    CREDENTIAL_STATE_ABSENT: _ClassVar[CredentialState]

class SourceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_KIND_UNSPECIFIED: _ClassVar[SourceKind]
    SOURCE_KIND_CAPTURE: _ClassVar[SourceKind]
    SOURCE_KIND_SYNTHETIC: _ClassVar[SourceKind]
    SOURCE_KIND_PARTLY_SYNTHETIC: _ClassVar[SourceKind]
    SOURCE_KIND_OTHER: _ClassVar[SourceKind]
    SOURCE_KIND_UNSTATED: _ClassVar[SourceKind]

class LabelKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LABEL_KIND_UNSPECIFIED: _ClassVar[LabelKind]
    LABEL_KIND_AIGC: _ClassVar[LabelKind]
    LABEL_KIND_AIGC_INFO: _ClassVar[LabelKind]
    LABEL_KIND_ON_SCREEN: _ClassVar[LabelKind]

class LabelClaim(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LABEL_CLAIM_UNSPECIFIED: _ClassVar[LabelClaim]
    LABEL_CLAIM_SYNTHETIC: _ClassVar[LabelClaim]
    LABEL_CLAIM_POSSIBLY_SYNTHETIC: _ClassVar[LabelClaim]
    LABEL_CLAIM_SUSPECTED_SYNTHETIC: _ClassVar[LabelClaim]
    LABEL_CLAIM_NOT_LABELLED: _ClassVar[LabelClaim]
    LABEL_CLAIM_UNCLEAR: _ClassVar[LabelClaim]

class CaptionRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPTION_ROLE_UNSPECIFIED: _ClassVar[CaptionRole]
    CAPTION_ROLE_LOWER_THIRD: _ClassVar[CaptionRole]
    CAPTION_ROLE_CHANNEL_MARK: _ClassVar[CaptionRole]
    CAPTION_ROLE_OTHER: _ClassVar[CaptionRole]
CREDENTIAL_STATE_UNSPECIFIED: CredentialState
CREDENTIAL_STATE_TRUSTED: CredentialState
CREDENTIAL_STATE_UNTRUSTED: CredentialState
CREDENTIAL_STATE_INVALID: CredentialState
CREDENTIAL_STATE_ABSENT: CredentialState
SOURCE_KIND_UNSPECIFIED: SourceKind
SOURCE_KIND_CAPTURE: SourceKind
SOURCE_KIND_SYNTHETIC: SourceKind
SOURCE_KIND_PARTLY_SYNTHETIC: SourceKind
SOURCE_KIND_OTHER: SourceKind
SOURCE_KIND_UNSTATED: SourceKind
LABEL_KIND_UNSPECIFIED: LabelKind
LABEL_KIND_AIGC: LabelKind
LABEL_KIND_AIGC_INFO: LabelKind
LABEL_KIND_ON_SCREEN: LabelKind
LABEL_CLAIM_UNSPECIFIED: LabelClaim
LABEL_CLAIM_SYNTHETIC: LabelClaim
LABEL_CLAIM_POSSIBLY_SYNTHETIC: LabelClaim
LABEL_CLAIM_SUSPECTED_SYNTHETIC: LabelClaim
LABEL_CLAIM_NOT_LABELLED: LabelClaim
LABEL_CLAIM_UNCLEAR: LabelClaim
CAPTION_ROLE_UNSPECIFIED: CaptionRole
CAPTION_ROLE_LOWER_THIRD: CaptionRole
CAPTION_ROLE_CHANNEL_MARK: CaptionRole
CAPTION_ROLE_OTHER: CaptionRole

class DeclaredOrigin(_message.Message):
    __slots__ = ("credentials", "labels", "hints")
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    HINTS_FIELD_NUMBER: _ClassVar[int]
    credentials: ContentCredentials
    labels: _containers.RepeatedCompositeFieldContainer[OriginLabel]
    hints: _containers.RepeatedCompositeFieldContainer[GeneratorHint]
    def __init__(self, credentials: _Optional[_Union[ContentCredentials, _Mapping]] = ..., labels: _Optional[_Iterable[_Union[OriginLabel, _Mapping]]] = ..., hints: _Optional[_Iterable[_Union[GeneratorHint, _Mapping]]] = ...) -> None: ...

class ContentCredentials(_message.Message):
    __slots__ = ("state", "signer", "issuer", "claim_generator", "signing_time", "actions", "ingredients", "problems")
    STATE_FIELD_NUMBER: _ClassVar[int]
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CLAIM_GENERATOR_FIELD_NUMBER: _ClassVar[int]
    SIGNING_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    INGREDIENTS_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    state: CredentialState
    signer: str
    issuer: str
    claim_generator: str
    signing_time: str
    actions: _containers.RepeatedCompositeFieldContainer[SignedAction]
    ingredients: _containers.RepeatedCompositeFieldContainer[Ingredient]
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, state: _Optional[_Union[CredentialState, str]] = ..., signer: _Optional[str] = ..., issuer: _Optional[str] = ..., claim_generator: _Optional[str] = ..., signing_time: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[SignedAction, _Mapping]]] = ..., ingredients: _Optional[_Iterable[_Union[Ingredient, _Mapping]]] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class SignedAction(_message.Message):
    __slots__ = ("action", "source_type", "source_kind", "software", "is_inherited")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_KIND_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    IS_INHERITED_FIELD_NUMBER: _ClassVar[int]
    action: str
    source_type: str
    source_kind: SourceKind
    software: str
    is_inherited: bool
    def __init__(self, action: _Optional[str] = ..., source_type: _Optional[str] = ..., source_kind: _Optional[_Union[SourceKind, str]] = ..., software: _Optional[str] = ..., is_inherited: bool = ...) -> None: ...

class Ingredient(_message.Message):
    __slots__ = ("title", "relationship", "has_credentials")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    HAS_CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    title: str
    relationship: str
    has_credentials: bool
    def __init__(self, title: _Optional[str] = ..., relationship: _Optional[str] = ..., has_credentials: bool = ...) -> None: ...

class OriginLabel(_message.Message):
    __slots__ = ("kind", "claim", "place", "text", "producer", "content_id", "propagator", "problems", "span", "height_share")
    KIND_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_ID_FIELD_NUMBER: _ClassVar[int]
    PROPAGATOR_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_SHARE_FIELD_NUMBER: _ClassVar[int]
    kind: LabelKind
    claim: LabelClaim
    place: str
    text: str
    producer: str
    content_id: str
    propagator: str
    problems: _containers.RepeatedScalarFieldContainer[str]
    span: _media_pb2.Span
    height_share: float
    def __init__(self, kind: _Optional[_Union[LabelKind, str]] = ..., claim: _Optional[_Union[LabelClaim, str]] = ..., place: _Optional[str] = ..., text: _Optional[str] = ..., producer: _Optional[str] = ..., content_id: _Optional[str] = ..., propagator: _Optional[str] = ..., problems: _Optional[_Iterable[str]] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., height_share: _Optional[float] = ...) -> None: ...

class GeneratorHint(_message.Message):
    __slots__ = ("generator", "key", "value")
    GENERATOR_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    generator: str
    key: str
    value: str
    def __init__(self, generator: _Optional[str] = ..., key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class PictureClaims(_message.Message):
    __slots__ = ("captions", "anchors", "outlets", "frames_read", "garble_score")
    CAPTIONS_FIELD_NUMBER: _ClassVar[int]
    ANCHORS_FIELD_NUMBER: _ClassVar[int]
    OUTLETS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_READ_FIELD_NUMBER: _ClassVar[int]
    GARBLE_SCORE_FIELD_NUMBER: _ClassVar[int]
    captions: _containers.RepeatedCompositeFieldContainer[Caption]
    anchors: _containers.RepeatedCompositeFieldContainer[ClaimedAnchor]
    outlets: _containers.RepeatedCompositeFieldContainer[ClaimedOutlet]
    frames_read: int
    garble_score: float
    def __init__(self, captions: _Optional[_Iterable[_Union[Caption, _Mapping]]] = ..., anchors: _Optional[_Iterable[_Union[ClaimedAnchor, _Mapping]]] = ..., outlets: _Optional[_Iterable[_Union[ClaimedOutlet, _Mapping]]] = ..., frames_read: _Optional[int] = ..., garble_score: _Optional[float] = ...) -> None: ...

class Caption(_message.Message):
    __slots__ = ("text", "span", "box", "height_px", "role", "confidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    span: _media_pb2.Span
    box: _media_pb2.Box
    height_px: float
    role: CaptionRole
    confidence: float
    def __init__(self, text: _Optional[str] = ..., span: _Optional[_Union[_media_pb2.Span, _Mapping]] = ..., box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ..., height_px: _Optional[float] = ..., role: _Optional[_Union[CaptionRole, str]] = ..., confidence: _Optional[float] = ...) -> None: ...

class ClaimedAnchor(_message.Message):
    __slots__ = ("anchor", "name", "text", "similarity", "spans")
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    anchor: str
    name: str
    text: str
    similarity: float
    spans: _containers.RepeatedCompositeFieldContainer[_media_pb2.Span]
    def __init__(self, anchor: _Optional[str] = ..., name: _Optional[str] = ..., text: _Optional[str] = ..., similarity: _Optional[float] = ..., spans: _Optional[_Iterable[_Union[_media_pb2.Span, _Mapping]]] = ...) -> None: ...

class ClaimedOutlet(_message.Message):
    __slots__ = ("outlet", "text", "similarity", "spans", "logo", "box")
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    LOGO_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    outlet: str
    text: str
    similarity: float
    spans: _containers.RepeatedCompositeFieldContainer[_media_pb2.Span]
    logo: str
    box: _media_pb2.Box
    def __init__(self, outlet: _Optional[str] = ..., text: _Optional[str] = ..., similarity: _Optional[float] = ..., spans: _Optional[_Iterable[_Union[_media_pb2.Span, _Mapping]]] = ..., logo: _Optional[str] = ..., box: _Optional[_Union[_media_pb2.Box, _Mapping]] = ...) -> None: ...
