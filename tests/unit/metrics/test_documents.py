"""The page about metrics and the example alerts name what there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from anchorproof.metrics.meters import Meters
from anchorproof.metrics.page import PageMeters
from anchorproof.metrics.state import State
from anchorproof.types import QueueDepth, WorkerCensus

DOCS = Path(__file__).resolve().parents[3] / "service" / "docs"
_OURS = re.compile(r"anchorproof_[a-z_]+")
_SUFFIXES = ("_bucket", "_count", "_sum")


def _families() -> dict[str, set[str]]:
    """What a reader sees, without histograms' suffixes: the labels of each."""
    meters = Meters()
    depth, census = QueueDepth(1, 1, 0.0), WorkerCensus(0, 0, 0, 0)
    meters.registry.register(State(lambda: depth, lambda: census, {"data": Path("/")}))
    found: dict[str, set[str]] = {}
    for registry in (meters.registry, PageMeters().registry):
        for collector in list(registry._collector_to_names):
            for metric in collector.collect():
                suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
                labels = set(getattr(collector, "_labelnames", ())) | {
                    label for sample in metric.samples for label in sample.labels
                }
                found[metric.name + suffix] = labels - {"le"}
    return {name: labels for name, labels in found.items() if name.startswith("anchorproof_")}


def test_page_has_every_metric_with_its_labels() -> None:
    told: dict[str, set[str]] = {}
    for line in (DOCS / "operations.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `anchorproof_"):
            names, labels = line.split("|")[1:3]
            told |= {name: set(re.findall(r"\w+", labels)) for name in _OURS.findall(names)}
    assert told == _families()


def _rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((DOCS / "prometheus-rules.yml").read_text(encoding="utf-8"))
    assert set(document) == {"groups"}
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule["alert"])
def test_alert_is_whole_and_names_metrics_that_exist(rule: dict[str, Any]) -> None:
    families = _families()
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert {"summary", "description"} == set(rule["annotations"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    expression = rule["expr"]
    assert expression.count("(") == expression.count(")")
    names = [_base(name) for name in _OURS.findall(expression)]
    assert names or 'up{job="anchorproof"}' in expression
    assert set(names) <= set(families)
    known = set().union(*(families[name] for name in names)) if names else {"job"}
    used = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
    used |= {name for group in re.findall(r"by \(([^)]*)\)", expression) for name in re.findall(r"\w+", group)}
    used |= set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert used - {"le"} <= known


def test_queries_in_the_page_name_metrics_that_exist() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    assert {_base(name) for name in _OURS.findall(text)} <= set(_families())


def _base(name: str) -> str:
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name
