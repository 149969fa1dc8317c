"""What can go wrong, by what the caller can do about it.

AnchorproofError
├── ClipRejected             the clip cannot be analysed; send another
│   ├── ClipEmpty            CLIP_EMPTY
│   ├── ClipUnreadable       CLIP_UNREADABLE      not media, truncated beyond use, or a format we do not open
│   ├── ClipTooLarge         CLIP_TOO_LARGE       bytes
│   ├── ClipTooLong          CLIP_TOO_LONG        seconds
│   ├── PictureTooLarge      PICTURE_TOO_LARGE    pixels
│   ├── ClipTooComplex       CLIP_TOO_COMPLEX     streams, frames, memory or decoding time over budget
│   └── NothingToAnalyse     NOTHING_TO_ANALYSE   neither picture nor sound
├── RequestInvalid           INVALID_ARGUMENT     the request breaks a rule the message names
│   ├── PasswordTooWeak      PASSWORD_TOO_WEAK    too short, or one that everybody tries
│   └── ReasonUnfit          REASON_UNFIT         this reason does not go with this outcome
├── NotFound                 *_NOT_FOUND          no such anchor, enrolment, report, review, account or model
├── AlreadyExists            ANCHOR_EXISTS, ...
├── ChangedMeanwhile         ETAG_MISMATCH        read again, then repeat
├── EnrolmentRejected        ENROLMENT_REJECTED   nothing in the media could be enrolled
│   ├── EnrolmentSpoofed     ENROLMENT_SPOOF      the media look synthetic; override with a reason, or leave it
│   ├── EnrolmentForbidden   ENROLMENT_FORBIDDEN  the anchor's consent was refused or withdrawn
│   └── LogoUnfit            LOGO_UNFIT           a logo that could not be found again; send another picture of it
├── NotSignedIn              SESSION_MISSING, SESSION_ENDED, SIGN_IN_FAILED
├── NotAllowed               ROLE_TOO_LOW, NOT_YOURS      ask somebody who may
├── SignInThrottled          SIGN_IN_THROTTLED    too many failures; wait as long as it says
├── ReviewRefused            REVIEW_HELD, REVIEW_DECIDED, REVIEW_OPEN, LEASE_LOST, ...
├── LastAdmin                LAST_ADMIN           nobody would be left to keep the accounts
├── ExtraMissing             EXTRA_MISSING        a part that is installed separately is not
├── AuditKeyUnusable         AUDIT_KEY_UNUSABLE   the key that signs the audit log cannot be read or made
├── ResourceInUse            *_IN_USE             something refers to it; remove that first
├── RegistryLocked           REGISTRY_LOCKED      the key that opens the templates is missing or another one
├── ArchiveUnreadable        ARCHIVE_UNREADABLE   wrong passphrase, damaged, or of a newer version
├── BundleInvalid            BUNDLE_INVALID       not what was signed with the key given, or no bundle
├── BundleKeyUnusable        BUNDLE_KEY_UNUSABLE  a key for bundles is missing, damaged or of another kind
├── ModelUnavailable         MODEL_UNAVAILABLE    missing file, wrong checksum, unknown manifest entry
├── CalibrationUnavailable   CALIBRATION_UNAVAILABLE  missing, or fitted for another model or preprocessing
├── TrustListUnavailable     TRUST_LIST_UNAVAILABLE   the configured file of trusted certificates cannot be used
├── StorageFailed            STORAGE_FAILED       disk full, database damaged or newer than this program
│   ├── StorageFull          STORAGE_FAILED       no room for the upload; free some, then try again
│   └── StorageUnavailable   STORAGE_UNAVAILABLE  a bucket, shared folder or database server does not answer
├── UploadStalled            UPLOAD_STALLED       the client sent nothing for too long
├── UploadFault              the bytes sent do not fit the upload; ask how far it is, and go on from there
│   ├── OffsetWrong          OFFSET_WRONG         a gap, or beyond the size that was announced
│   ├── ChunkCorrupt         CHUNK_CORRUPT        a chunk's checksum is another
│   ├── UploadIncomplete     UPLOAD_INCOMPLETE    finalised before all bytes were there
│   ├── UploadCorrupt        UPLOAD_CORRUPT       the whole has another sha256; send it again from 0
│   ├── UploadTaken          UPLOAD_TAKEN         another call writes this upload by now
│   └── UploadBusy           UPLOAD_BUSY          another front end is at this upload and does not go on
├── SourceUnreachable        SOURCE_UNREACHABLE   the address to analyse cannot be read now
├── JobCancelled             JOB_CANCELLED        somebody cancelled the analysis
├── DeadlinePassed           DEADLINE_PASSED      the analysis was not done in the time that the request gave
├── LeaseLost                LEASE_LOST           (inside only) another worker has the job by now
├── AnalysisFailed           ANALYSIS_FAILED      the worker died on it, twice
│   └── AnalysisTimedOut     ANALYSIS_TIMED_OUT   the worker took too long and was stopped
└── Overloaded               OVERLOADED           try again later

Messages carry the fact and the rule, and go to clients as they are: no paths, no stacks.
"""

from __future__ import annotations


class AnchorproofError(Exception):
    """Base of all errors with a stable ``reason`` code."""

    reason = "INTERNAL"


class ClipRejected(AnchorproofError):
    """The clip cannot be analysed."""

    reason = "CLIP_REJECTED"


class ClipEmpty(ClipRejected):
    """No bytes arrived."""

    reason = "CLIP_EMPTY"

    def __init__(self) -> None:
        super().__init__("the clip is empty: no bytes arrived; send the media file's content in chunks")


class ClipUnreadable(ClipRejected):
    """The bytes are not media we can decode."""

    reason = "CLIP_UNREADABLE"


class ClipTooLarge(ClipRejected):
    """More bytes than the service accepts."""

    reason = "CLIP_TOO_LARGE"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the clip exceeds the limit of {limit_bytes:,} bytes")


class ClipTooLong(ClipRejected):
    """The clip is longer than the service accepts."""

    reason = "CLIP_TOO_LONG"

    def __init__(self, duration_s: float, limit_s: float) -> None:
        super().__init__(f"clip lasts {duration_s:.1f} s; the limit is {limit_s:.1f} s")


class PictureTooLarge(ClipRejected):
    """A picture has more pixels than the service accepts."""

    reason = "PICTURE_TOO_LARGE"

    def __init__(self, width: int, height: int, limit_pixels: int) -> None:
        super().__init__(f"the picture is {width} x {height} pixels; the limit is {limit_pixels:,} pixels")


class ClipTooComplex(ClipRejected):
    """Streams, frames, memory or decoding time went over budget."""

    reason = "CLIP_TOO_COMPLEX"


class NothingToAnalyse(ClipRejected):
    """The container opens but holds neither a picture nor sound."""

    reason = "NOTHING_TO_ANALYSE"

    def __init__(self) -> None:
        super().__init__("the file holds neither a picture nor sound that can be decoded")


class RequestInvalid(AnchorproofError):
    """The request breaks a rule that the message names; ``field`` is the part of the request, where it is one."""

    reason = "INVALID_ARGUMENT"
    field: str = ""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class PasswordTooWeak(RequestInvalid):
    """A password that would be guessed."""

    reason = "PASSWORD_TOO_WEAK"

    def __init__(self, message: str) -> None:
        super().__init__(message, "password")


class ReasonUnfit(RequestInvalid):
    """A reviewer's reason that does not go with the outcome."""

    reason = "REASON_UNFIT"

    def __init__(self, message: str) -> None:
        super().__init__(message, "reason")


class NotFound(AnchorproofError):
    """No such thing; ``kind`` is anchor, enrolment, report or model."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.reason = f"{kind.upper()}_NOT_FOUND"


class AlreadyExists(AnchorproofError):
    """The name is taken; ``kind`` is anchor, enrolment or model."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is already {'an' if kind[0] in 'aeiou' else 'a'} {kind} {name!r}")
        self.reason = f"{kind.upper()}_EXISTS"


class ChangedMeanwhile(AnchorproofError):
    """The etag sent is not the current one."""

    reason = "ETAG_MISMATCH"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} {name!r} was changed since it was read; read it again and repeat the change")


class EnrolmentRejected(AnchorproofError):
    """Nothing in the media could be enrolled; the message lists why, ``codes`` are the rejections' reason codes."""

    reason = "ENROLMENT_REJECTED"
    codes: tuple[str, ...] = ()

    def __init__(self, message: str, codes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.codes = codes


class EnrolmentSpoofed(EnrolmentRejected):
    """The authenticity analysis calls the media a spoof; the message holds its evidence."""

    reason = "ENROLMENT_SPOOF"


class EnrolmentForbidden(EnrolmentRejected):
    """The person does not consent."""

    reason = "ENROLMENT_FORBIDDEN"


class LogoUnfit(EnrolmentRejected):
    """A logo that could not be found again: too small, too plain."""

    reason = "LOGO_UNFIT"


class NotSignedIn(AnchorproofError):
    """Nobody stands behind the call; ``reason`` is SESSION_MISSING, SESSION_ENDED or SIGN_IN_FAILED."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotAllowed(AnchorproofError):
    """The person may not do this; ``reason`` is ROLE_TOO_LOW or NOT_YOURS."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class SignInThrottled(AnchorproofError):
    """Too many failed sign-ins; another one is heard after ``retry_s`` seconds."""

    reason = "SIGN_IN_THROTTLED"

    retry_s: float = 60.0

    def __init__(self, retry_s: float) -> None:
        super().__init__(f"too many failed sign-ins; try again in {max(1, round(retry_s))} s")
        self.retry_s = retry_s


class ReviewRefused(AnchorproofError):
    """The review is not in a state for this.

    ``reason`` is REVIEW_HELD, REVIEW_DECIDED, REVIEW_OPEN, LEASE_LOST, ANOTHER_PERSON_NEEDED or UNDO_TOO_LATE.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class LastAdmin(AnchorproofError):
    """Nobody would be left to keep the accounts."""

    reason = "LAST_ADMIN"

    def __init__(self, account_id: str) -> None:
        super().__init__(f"{account_id!r} is the last admin that may sign in; make another one first")


class ExtraMissing(AnchorproofError):
    """A part of the program that is installed separately is not there."""

    reason = "EXTRA_MISSING"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a part that is not installed: pip install 'anchorproof[{extra}]'")


class AuditKeyUnusable(AnchorproofError):
    """The key that signs the desk's audit log cannot be read or made."""

    reason = "AUDIT_KEY_UNUSABLE"


class ResourceInUse(AnchorproofError):
    """Others refer to it; ``kind`` is outlet."""

    def __init__(self, kind: str, name: str, by: str) -> None:
        super().__init__(f"{kind} {name!r} is still used by {by}; change or remove those first")
        self.reason = f"{kind.upper()}_IN_USE"


class RegistryLocked(AnchorproofError):
    """The key that opens the enrolled templates is missing, unreadable or another one."""

    reason = "REGISTRY_LOCKED"


class ArchiveUnreadable(AnchorproofError):
    """An exported registry that cannot be opened."""

    reason = "ARCHIVE_UNREADABLE"


class BundleInvalid(AnchorproofError):
    """An evidence bundle that is not what was signed with the key given."""

    reason = "BUNDLE_INVALID"


class BundleKeyUnusable(AnchorproofError):
    """A key for evidence bundles cannot be used."""

    reason = "BUNDLE_KEY_UNUSABLE"


class ModelUnavailable(AnchorproofError):
    """A model file is missing, damaged, or not in the manifest."""

    reason = "MODEL_UNAVAILABLE"


class CalibrationUnavailable(AnchorproofError):
    """No calibration, or one fitted for another model file or preprocessing."""

    reason = "CALIBRATION_UNAVAILABLE"


class TrustListUnavailable(AnchorproofError):
    """The configured trust list is missing or holds no certificates."""

    reason = "TRUST_LIST_UNAVAILABLE"


class StorageFailed(AnchorproofError):
    """The embedded store could not be read or written."""

    reason = "STORAGE_FAILED"


class StorageFull(StorageFailed):
    """The disk has no room left."""

    def __init__(self) -> None:
        super().__init__("the service's disk is full; the upload was discarded: try again when room was made")


class StorageUnavailable(StorageFailed):
    """What the service keeps its data on, elsewhere, does not answer."""

    reason = "STORAGE_UNAVAILABLE"


class UploadStalled(AnchorproofError):
    """The client sent nothing for too long."""

    reason = "UPLOAD_STALLED"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"no data arrived for {limit_s:g} s; the upload was discarded: send it again")


class UploadFault(AnchorproofError):
    """Bytes that do not fit the upload."""

    reason = "UPLOAD_FAULT"


class OffsetWrong(UploadFault):
    """A chunk that would leave a gap or goes beyond the end; ``offset`` is where to go on."""

    reason = "OFFSET_WRONG"
    offset: int = 0

    def __init__(self, sent: int, offset: int, size_bytes: int) -> None:
        super().__init__(
            f"a chunk at {sent:,} does not fit: {offset:,} of {size_bytes:,} bytes are here; go on from there"
        )
        self.offset = offset


class ChunkCorrupt(UploadFault):
    """A chunk was changed on its way."""

    reason = "CHUNK_CORRUPT"

    def __init__(self, offset: int) -> None:
        super().__init__(f"the chunk at {offset:,} has another crc32c than was sent with it; send it again")


class UploadIncomplete(UploadFault):
    """Not all bytes are there."""

    reason = "UPLOAD_INCOMPLETE"

    def __init__(self, offset: int, size_bytes: int) -> None:
        super().__init__(f"{offset:,} of {size_bytes:,} bytes are here; send the rest, then finalise")


class UploadCorrupt(UploadFault):
    """The whole is not what was announced."""

    reason = "UPLOAD_CORRUPT"

    def __init__(self) -> None:
        super().__init__("the bytes that arrived have another sha256 than announced; send them again from 0")


class UploadTaken(UploadFault):
    """Another call writes the upload by now."""

    reason = "UPLOAD_TAKEN"

    def __init__(self) -> None:
        super().__init__("another call goes on with this upload; this one was ended")


class UploadBusy(UploadFault):
    """Another process is in the middle of writing it, and hangs."""

    reason = "UPLOAD_BUSY"

    def __init__(self) -> None:
        super().__init__("another front end is in the middle of writing this upload; try again in some seconds")


class SourceUnreachable(AnchorproofError):
    """The address to analyse cannot be read now."""

    reason = "SOURCE_UNREACHABLE"


class JobCancelled(AnchorproofError):
    """Somebody cancelled the analysis."""

    reason = "JOB_CANCELLED"

    def __init__(self) -> None:
        super().__init__("the analysis was cancelled")


class DeadlinePassed(AnchorproofError):
    """The request's time was over."""

    reason = "DEADLINE_PASSED"

    def __init__(self) -> None:
        super().__init__("the analysis was not done in the time that the request gave")


class LeaseLost(AnchorproofError):
    """Somebody else may have the job by now; never leaves the service."""

    reason = "LEASE_LOST"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"the lease on job {job_id!r} is over")


class AnalysisFailed(AnchorproofError):
    """The worker process died on the media, twice."""

    reason = "ANALYSIS_FAILED"

    def __init__(self, message: str = "the analysis broke off twice; the clip cannot be analysed") -> None:
        super().__init__(message)


class AnalysisTimedOut(AnalysisFailed):
    """The analysis took too long and was stopped."""

    reason = "ANALYSIS_TIMED_OUT"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the analysis took longer than {limit_s:g} s and was stopped")


class Overloaded(AnchorproofError):
    """The service has as much work as it can hold."""

    reason = "OVERLOADED"


def named(reason: str, message: str) -> AnchorproofError | None:
    """An error as it was stored: of the class that has this reason; None for one that was no error of ours."""
    kind = next((kind for kind in _below(AnchorproofError) if vars(kind).get("reason") == reason), None)
    if kind is None and reason.endswith("_NOT_FOUND"):
        kind = NotFound
    if kind is None:
        return None
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.reason = reason
    return error


def _below(kind: type[AnchorproofError]) -> list[type[AnchorproofError]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]
