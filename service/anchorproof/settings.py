"""Every tunable, by room, with its default beside it.

Read once at start (``load_settings``) from defaults, one TOML file and ``ANCHORPROOF_*`` variables
(``ANCHORPROOF_MEDIA__LIMIT_DURATION_S=600``), later ones winning; then passed down as arguments.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "anchorproof"


def _read_texts(given: Any) -> Any:
    """Of a variable: a JSON list, or texts with commas between them."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    return [text.strip() for text in given.split(",") if text.strip()]


Texts = Annotated[tuple[str, ...], BeforeValidator(_read_texts)]


@dataclass(frozen=True)
class MediaSettings:
    """Budgets for media from strangers, and how densely it is sampled."""

    limit_bytes: int = 2 * 1024**3
    limit_duration_s: float = 1800.0
    limit_pixels: int = 4096 * 2304
    limit_streams: int = 16
    limit_decoded_frames: int = 400_000
    #: CPU seconds the decoding child may use, as a floor and per second of clip.
    limit_cpu_floor_s: float = 60.0
    limit_cpu_per_s: float = 4.0
    limit_memory_bytes: int = 1536 * 1024**2
    #: Pictures are sampled at this rate, more sparsely in clips that would give over ``limit_frames``.
    frames_per_second: float = 4.0
    limit_frames: int = 480
    #: Frames are downsized so that the longer side fits.
    long_side_px: int = 1280
    #: Stretches that are looked at closely, for the lips, give every picture up to this rate: those of 30 a second, and
    #: every second one of 60.
    burst_frames_per_second: float = 35.0
    sample_rate_hz: int = 16_000


@dataclass(frozen=True)
class FaceSettings:
    """Face finding and tracking."""

    smallest_face_px: int = 40
    detection_threshold: float = 0.9
    #: A track ends after this long without the face.
    gap_s: float = 1.0
    limit_tracks: int = 32
    #: Observations of one track that are embedded, spread over it, best sharpness first.
    embedded_per_track: int = 12


@dataclass(frozen=True)
class VoiceSettings:
    """Speech spans and voice templates."""

    speech_threshold: float = 0.5
    shortest_span_s: float = 0.4
    #: Less speech than this of one speaker is not enrolled, and not told apart from another speaker.
    shortest_speech_s: float = 1.6
    #: Less speech than this is not even compared.
    shortest_probe_s: float = 0.4
    #: Mean cosine of GE2E partials from which two groups of stretches are one speaker (models/cards/ge2e-1.md).
    same_speaker_cosine: float = 0.62


@dataclass(frozen=True)
class IdentitySettings:
    """Open-set identification."""

    #: LLR from which a probe is called an enrolled anchor: odds of 100 : 1 for the same person.
    recognised_llr: float = 2.0
    #: LLR below which a probe is called not that anchor.
    rejected_llr: float = -1.0
    #: Comparisons kept per probe in a report.
    reported: int = 5
    #: A search names somebody only when a stranger would resemble one of all enrolled as much in at most this share.
    search_false_alarm_rate: float = 0.01
    #: Keep sealed cut-outs of faces and speech with the templates, so that another model's templates can be made from
    #: them (`anchorproof registry rebuild`). Off: only templates are kept, and media must be enrolled again.
    retain_references: bool = False


@dataclass(frozen=True)
class FootageSettings:
    """Our own footage: how densely it is fingerprinted. Enrolled prints stay comparable when these change."""

    #: A programme may be longer than a clip under test. An hour gives 0.4 MB of prints; two hours of sound take
    #: 460 MB of memory while they are fingerprinted.
    limit_programme_s: float = 7200.0
    #: Pictures hashed per second of a programme, and of a clip: of a clip there must be one close to each of the
    #: programme's moments, as a lively speaker's picture changes within a tenth of a second.
    programme_frames_per_second: float = 2.0
    clip_frames_per_second: float = 12.0
    #: A clip for which these are too many pictures is hashed less densely, but at least 4 times a second.
    limit_clip_pictures: int = 1_440
    #: Pictures per second of a clip that are held against retained references.
    compared_frames_per_second: float = 25.0
    #: Only so much of a clip is held against retained references, picture by picture.
    compared_s: float = 60.0
    #: Programmes whose differences are looked into, those covering most of the clip first.
    limit_matches: int = 5


@dataclass(frozen=True)
class VerdictSettings:
    """Prior and operating points; what a confidence refers to."""

    #: P(spoof) before looking at the clip; even odds, so that a confidence shows what the evidence says.
    prior: float = 0.5
    #: What calling a genuine clip spoof, and calling a spoof genuine, cost; leaving a clip to a person costs 1. Here:
    #: spoof from odds of 4.6 : 1, genuine from 3 : 1. (ASVspoof 5 takes a prior of 0.05 and 10 against 1 for a spoof
    #: that is let through.)
    cost_false_alarm: float = 5.6
    cost_miss: float = 4.0
    #: At most this share of genuine clips may be called spoof by detectors, by the calibration's own genuine clips;
    #: None: the costs alone decide.
    false_alarm_rate: float | None = 0.01
    #: From this LLR on, either way, our own footage decides alone: odds of 3.2 : 1 that hold after one adverse trial.
    footage_decides_llr: float = 0.5
    #: What content credentials by a signer on the trust list, of a camera's capture, are taken to be worth: odds of
    #: 100 : 1 for genuine, a judgement on the signers one trusts, not a measurement.
    trusted_capture_llr: float = 2.0
    #: Of a further detector of the same picture or sound, the share of its LLR that is taken to be known already.
    dependence: float = 0.5
    #: Of spoofed clips: share with only the picture, only the sound, and both spoofed.
    picture_only: float = 0.4
    sound_only: float = 0.25
    #: Of bona fide clips: share whose lips need not follow the sound: dubs, narrators, listeners, sound that runs late.
    #: At 0.1 to 0.5 lips make no more of the development corpus' genuine clips a spoof than there are without them
    #: (benchmarks/results/sync/README.md).
    dubbed: float = 0.2
    #: Of spoofed clips with writing in them: share whose letters a generator drew. A judgement: of the five ways to
    #: alter a picture (swapped face, new lips, photograph, avatar, text to video) one draws all of it.
    drawn_writing: float = 0.2

    @property
    def spoof_posterior(self) -> float:
        """P(spoof) from which calling a clip spoof costs less than leaving it to a person."""
        return 1 - 1 / self.cost_false_alarm

    @property
    def bona_fide_posterior(self) -> float:
        """P(spoof) up to which calling a clip bona fide costs less than leaving it to a person."""
        return 1 / self.cost_miss


@dataclass(frozen=True)
class ProvenanceSettings:
    """Declared origin."""

    #: PEM file with the certificates that are trusted to sign content credentials; None: no signer is trusted.
    trust_list: Path | None = None


@dataclass(frozen=True)
class CaptionSettings:
    """What is written in the picture."""

    #: Pictures that are read per clip, chosen by change; 0 switches reading off.
    limit_frames: int = 6
    #: Lines read per picture, tallest first.
    limit_lines: int = 24
    #: Pictures are downsized to this longer side to find text; it is read at full size.
    long_side_px: int = 736
    #: Mean character confidence from which a line counts as read.
    least_confidence: float = 0.6
    #: Score from which an enrolled logo counts as found (benchmarks/results/logos/README.md).
    least_logo_score: float = 0.75


@dataclass(frozen=True)
class BundleSettings:
    """Evidence bundles."""

    #: The Ed25519 key that signs them, PEM; by default ``bundle.key`` in ``data_dir``, made when first needed.
    key_file: Path | None = None
    #: Pictures of the clip that a bundle keeps, where the clip is at hand; 0: none are kept.
    key_frames: int = 6
    #: They are downsized so that the longer side fits.
    key_frame_px: int = 960


@dataclass(frozen=True)
class ReviewSettings:
    """The reviewers' desk: leases, undo, sessions."""

    #: A review is held for so long; the page renews it while somebody looks.
    lease_s: float = 600.0
    #: A reviewer may take a decision back for so long.
    undo_s: float = 300.0
    #: A session ends after this long without a call, and at the latest after ``session_s``.
    session_idle_s: float = 1800.0
    session_s: float = 12 * 3600.0
    #: The same person's views of the same material are noted once within this long.
    view_again_s: float = 60.0
    #: Reports that other processes wrote enter the queue within this long.
    poll_s: float = 2.0


@dataclass(frozen=True)
class WebSettings:
    """The reviewers' page."""

    #: A proxy in front of the page speaks https to browsers: cookies are then sent over https only.
    https: bool = False


@dataclass(frozen=True)
class LoggingSettings:
    """What server, workers and page write to stderr."""

    #: ``json``: one object per line, for machines that collect logs.
    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True)
class MetricsSettings:
    """What Prometheus may read, at ``http://HOST:PORT/metrics``; they hold nothing of clips or clients."""

    #: Of ``serve`` and ``worker``: ``127.0.0.1:9464``, or an address of a network that is trusted. Empty: none.
    listen: str = ""
    #: The same of the reviewers' page, which is a process of its own.
    web_listen: str = ""


@dataclass(frozen=True)
class RuntimeSettings:
    """ONNX Runtime."""

    threads_per_worker: int = 0
    """0: cores / workers."""


@dataclass(frozen=True)
class ServerSettings:
    """The gRPC edge."""

    listen: str = "127.0.0.1:50551"
    workers: int = 2
    #: Whether this server's workers analyse. False: a front end that leaves jobs to machines of workers (`anchorproof
    #: worker`); its own do the rest: enrolling, searching.
    takes_jobs: bool = True
    #: Analyses waiting for a worker before clients are turned away.
    limit_waiting: int = 16
    limit_chunk_bytes: int = 1024**2
    #: A client that sends nothing for this long is cut off.
    idle_upload_s: float = 60.0
    analysis_timeout_s: float = 900.0
    #: A worker of which nothing was heard for so long is ended: it was stopped, or hangs.
    hang_s: float = 30.0
    #: A worker that holds more memory is ended; 0: it may.
    limit_worker_memory_bytes: int = 6 * 1024**3
    #: Calls and analyses under way may end for so long when the server is told to stop; the others go on after a start.
    drain_s: float = 8.0


@dataclass(frozen=True)
class UploadSettings:
    """Resumable uploads."""

    #: Uploads not yet analysed that one client may have, and their bytes as announced.
    limit_per_client: int = 64
    limit_bytes_per_client: int = 32 * 1024**3
    #: An upload goes when nothing arrived for so long; a finalised one's clip, when nobody analysed it for so long.
    expire_s: float = 24 * 3600.0
    #: Room on the disk that uploads leave free.
    spare_disk_bytes: int = 256 * 1024**2
    #: Bytes that arrive before they are brought to the disk and counted as there.
    commit_bytes: int = 16 * 1024**2


@dataclass(frozen=True)
class QueueSettings:
    """Analyses that wait and run."""

    #: Analyses that wait before clients are turned away, and those of one client that wait or run.
    limit_queued: int = 10_000
    limit_per_client: int = 2_000
    #: Memory of this machine, free, below which new work is turned away.
    spare_memory_bytes: int = 192 * 1024**2
    #: A worker that did not say that it lives for so long has lost its job; it says so every ``renew_s``.
    lease_s: float = 20.0
    renew_s: float = 2.0
    #: A clip on which a worker died so often is given up.
    limit_crashes: int = 2
    #: So is one whose holder vanished so often: killed, or its machine switched off.
    limit_losses: int = 10
    #: Ended jobs are remembered for so long; their reports stay.
    keep_jobs_days: float = 30.0
    #: Reviewers need the clip: it is kept so long after a verdict of spoof or inconclusive, or when its job is dead.
    keep_flagged_clips_days: float = 7.0
    #: After a verdict of bona fide.
    keep_other_clips_days: float = 0.0
    #: What clients may have the service fetch: ``file:///srv/clips``, ``s3://bucket/prefix``. Empty: nothing.
    sources: Texts = ()
    #: Where clients may be told that a job has ended: ``https://host/path``. Empty: nowhere.
    webhooks: Texts = ()
    webhook_timeout_s: float = 10.0
    #: Tried for so long, with growing pauses.
    webhook_give_up_s: float = 24 * 3600.0


class Settings(BaseSettings):
    """All rooms' settings and where data lives."""

    model_config = SettingsConfigDict(env_prefix="ANCHORPROOF_", env_nested_delimiter="__", frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=_default_data_dir)
    #: ``postgresql://...`` keeps registry, reports, uploads and jobs on PostgreSQL; empty: in files of ``data_dir``.
    database_url: SecretStr = SecretStr("")
    #: The same for the registry alone, where it lies elsewhere than the rest.
    registry_url: SecretStr = SecretStr("")
    #: Signs what is told to webhooks (HMAC-SHA256); at least 16 characters.
    webhook_secret: SecretStr = SecretStr("")
    #: 64 hexadecimal digits that seal the enrolled templates; ``new,old`` while the key is being changed.
    registry_key: SecretStr = SecretStr("")
    #: The file with that key; by default ``registry.key`` in ``data_dir``, made at the first start.
    registry_key_file: Path | None = None
    #: Where clips lie: empty: in ``clips`` of ``data_dir``; ``file:///mnt/clips``, a folder that machines share;
    #: ``s3://bucket/prefix`` (credentials from the environment).
    clips_url: str = ""
    #: The bucket's endpoint may be plain HTTP, in a network that is trusted.
    clips_allow_http: bool = False
    #: The file with the key that signs the desk's audit log; by default ``audit.key`` in ``data_dir``.
    audit_key_file: Path | None = None
    #: Language in which explanations are shown where none is asked for; reports hold all of them.
    language: Literal["en", "zh"] = "en"
    media: MediaSettings = MediaSettings()
    faces: FaceSettings = FaceSettings()
    voices: VoiceSettings = VoiceSettings()
    identity: IdentitySettings = IdentitySettings()
    footage: FootageSettings = FootageSettings()
    verdict: VerdictSettings = VerdictSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    captions: CaptionSettings = CaptionSettings()
    bundles: BundleSettings = BundleSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    server: ServerSettings = ServerSettings()
    uploads: UploadSettings = UploadSettings()
    queue: QueueSettings = QueueSettings()
    reviews: ReviewSettings = ReviewSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()
    logging: LoggingSettings = LoggingSettings()

    @property
    def registry_path(self) -> Path:
        """The registry's database."""
        return self.data_dir / "registry.sqlite3"

    @property
    def registry_key_path(self) -> Path:
        """The file with the key that seals the templates."""
        return self.registry_key_file or self.data_dir / "registry.key"

    @property
    def reports_path(self) -> Path:
        """The stored reports' database."""
        return self.data_dir / "reports.sqlite3"

    @property
    def bundle_key_path(self) -> Path:
        """The file with the key that signs evidence bundles."""
        return self.bundles.key_file or self.data_dir / "bundle.key"

    @property
    def reviews_path(self) -> Path:
        """The reviewers' desk: queue, decisions, audit log, accounts."""
        return self.data_dir / "reviews.sqlite3"

    @property
    def audit_key_path(self) -> Path:
        """The file with the key that signs the desk's audit log."""
        return self.audit_key_file or self.data_dir / "audit.key"

    @property
    def footage_path(self) -> Path:
        """The archive of our own programmes: fingerprints."""
        return self.data_dir / "footage.sqlite3"

    @property
    def footage_references_dir(self) -> Path:
        """Small pictures and sound of programmes, where the broadcaster asked to keep them."""
        return self.data_dir / "footage-references"

    @property
    def queue_path(self) -> Path:
        """The queue of analyses."""
        return self.data_dir / "queue.sqlite3"

    @property
    def holders_dir(self) -> Path:
        """One locked file for each process of this machine that leases jobs."""
        return self.data_dir / "holders"

    @property
    def uploads_path(self) -> Path:
        """What is known of uploads."""
        return self.data_dir / "uploads.sqlite3"

    @property
    def uploads_dir(self) -> Path:
        """The bytes of uploads that are not finalised."""
        return self.data_dir / "uploads"

    @property
    def spool_dir(self) -> Path:
        """Where media lie while they arrive and are analysed; emptied when the server starts."""
        return self.data_dir / "spool"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get("ANCHORPROOF_CONFIG")
        sources = [init_settings, env_settings]
        if file:
            sources.append(TomlConfigSettingsSource(settings_cls, Path(file)))
        return tuple(sources)
