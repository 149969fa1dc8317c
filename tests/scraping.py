"""Metrics as Prometheus reads them: over HTTP, by Prometheus' own parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True)
class Scraped:
    """One reading."""

    text: str
    samples: tuple[Sample, ...]

    def value(self, name: str, **labels: str) -> float:
        """The sum of all series of that name with these labels; 0 where there is none."""
        return sum(sample.value for sample in self.of(name, **labels))

    def of(self, name: str, **labels: str) -> Iterator[Sample]:
        for sample in self.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                yield sample

    def labels(self, name: str, label: str) -> set[str]:
        return {sample.labels[label] for sample in self.of(name)}


def scrape(url: str) -> Scraped:
    answer = httpx.get(url, timeout=30, trust_env=False)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return Scraped(answer.text, tuple(sample for family in families for sample in family.samples))
