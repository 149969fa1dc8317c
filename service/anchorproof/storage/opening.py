"""The clip store that the settings describe."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from anchorproof.errors import RequestInvalid
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.storage.folder import FolderClips

BUCKETS = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")


def open_clips(settings: Settings, is_patient: bool = True) -> ClipStore:
    """In a folder of the data folder, in another folder (``file:///mnt/clips``), or in a bucket (``s3://bucket/prefix``).

    Args:
        is_patient: a bucket that does not answer is asked again and again, for a minute.

    Raises:
        StorageFailed: the folder cannot be used.
        RequestInvalid: the address cannot be understood.
    """
    url = settings.clips_url
    if not url:
        return FolderClips(settings.data_dir / "clips")
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FolderClips(Path(unquote(parts.path)))
    if parts.scheme in BUCKETS and parts.netloc:
        from anchorproof.storage.bucket import RETRIES, BucketClips  # slow to import

        at_hand, retries = settings.data_dir / "clips-at-hand", RETRIES if is_patient else 0
        return BucketClips(url, at_hand, allow_http=settings.clips_allow_http, retries=retries)
    raise RequestInvalid("clips_url must be file:///folder, or a bucket such as s3://bucket/prefix", "clips_url")
