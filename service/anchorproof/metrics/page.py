"""What the reviewers' page counts: its requests, by the route that answered, never by their path."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from anchorproof.metrics.meters import RPC_BUCKETS_S
from anchorproof.metrics.registries import new_registry

_METHODS = ("GET", "HEAD", "POST")


class PageMeters:
    """Counters and timers of the page's process."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self._requests = Counter(
            "anchorproof_page_requests",
            "Requests answered, by route and HTTP status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._request_s = Histogram(
            "anchorproof_page_request_seconds",
            "From a request to the end of its answer; streams for as long as they last.",
            ("route",),
            buckets=RPC_BUCKETS_S,
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """``route`` is a template such as ``/clips/{review_id}``; status 0: the browser left before the answer."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._request_s.labels(route).observe(seconds)
