"""Models and calibrations in use: what they are, and how far their numbers can be believed."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from anchorproof.api import convert
from anchorproof.types import ModelInfo
from anchorproof.v1 import analysis_pb2
from anchorproof.web.pages import page
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import VIEWER, Visitor, state

router = APIRouter()


@router.get("/models")
async def models(request: Request, _: Visitor = Depends(VIEWER)) -> Response:
    found = await _models(state(request).service)
    return page(request, "models.html", models=found, measured={one.model_id: _figures(one) for one in found})


@router.get("/models/{model_id}")
async def model(request: Request, model_id: str, _: Visitor = Depends(VIEWER)) -> Response:
    found = next((one for one in await _models(state(request).service) if one.model_id == model_id), None)
    if found is None:
        raise PageError("MODEL_NOT_FOUND", "the service runs no such model", 404)
    figures = _figures(found)
    return page(
        request,
        "model.html",
        model=found,
        figures=figures,
        card=_card(model_id),
        data={"reliability": figures.get("reliability", [])},
    )


async def _models(service: Service) -> list[ModelInfo]:
    answer = await service.call(service.analyses.ListModels, analysis_pb2.ListModelsRequest(page_size=1000))
    return [convert.read_model(one) for one in answer.models]


def _figures(model: ModelInfo) -> dict[str, Any]:
    """The measurements in the calibration's file, where this installation ships the one that is in use."""
    if model.calibration is None:
        return {}
    figures = _shipped(model.model_id)
    return figures if figures.get("calibration_id") == model.calibration.calibration_id else {}


@cache
def _shipped(model_id: str) -> dict[str, Any]:
    file = files("anchorproof.models") / "calibration" / f"{model_id}.json"
    content: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return content


@cache
def _card(model_id: str) -> Markup:
    """The model's card as HTML; what stands in a card as HTML is shown as text."""
    cards = files("anchorproof.models") / "cards"
    for name in (model_id, model_id.removesuffix("-int8")):
        file = cards / f"{name}.md"
        if file.is_file():
            # A page has one first heading, its own.
            text = "\n".join(
                f"#{line}" if line.startswith("#") else line for line in file.read_text("utf-8").splitlines()
            )
            return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
    return Markup("")
