"""The clip store that the settings describe."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from anchorproof.errors import RequestInvalid
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.storage.folder import FolderClips

BUCKETS = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")


def open_clips(settings: Settings) -> ClipStore:
    """In a folder of the data folder, in another folder (``file:///mnt/clips``), or in a bucket (``s3://bucket/prefix``).

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
        from anchorproof.storage.bucket import BucketClips  # slow to import

        return BucketClips(url, settings.data_dir / "clips-at-hand", allow_http=settings.clips_allow_http)
    raise RequestInvalid("clips_url must be file:///folder, or a bucket such as s3://bucket/prefix", "clips_url")
