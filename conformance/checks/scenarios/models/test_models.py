"""The model list: what is served, under the names that requests use."""

from __future__ import annotations

import json
from typing import Any

from conformance.checks import Broken, expect, premise, probe, requirement
from conformance.checks.language import answer, shown
from conformance.checks.schema import breaches
from conformance.config import Target
from conformance.engine.clients import Http
from conformance.reply import NotAnswered
from conformance.verdict import Finding
from conformance.wire import Exchange


def json_of(exchange: Exchange) -> Any:
    """The JSON of a 200 answer. Raises `NotAnswered`."""
    if exchange.status != 200:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    try:
        return json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise NotAnswered(exchange, "the body of the 200 answer is not JSON") from None


def expect_schema(name: str, exchange: Exchange) -> None:
    """The body satisfies the schema of that name in OpenAI's document."""
    findings = [Finding(b.expected, shown(b.got), b.pointer, exchange.id) for b in breaches(name, json_of(exchange))]
    if findings:
        raise Broken(findings)


def model_ids(exchange: Exchange) -> list[str]:
    """The ids in a model list; [] for anything that is none."""
    data = json_of(exchange)
    items = data.get("data") if isinstance(data, dict) else None
    return [item["id"] for item in items if isinstance(item, dict) and "id" in item] if isinstance(items, list) else []


@probe
async def model_list(http: Http) -> Exchange:
    """GET /models."""
    return await http("GET", "models")


@requirement("models.list.schema")
def test_the_list_is_a_list_of_models(model_list: Exchange) -> None:
    expect_schema("ListModelsResponse", model_list)


@requirement("models.list.tested-model")
def test_the_model_that_answers_is_listed(model_list: Exchange, target: Target) -> None:
    data = json_of(model_list)
    premise(
        isinstance(data, dict) and isinstance(data.get("data"), list), "the list is no list", see="models.list.schema"
    )
    listed = model_ids(model_list)
    expect(target.model in listed, f"{target.model!r} in the list", got=listed[:10], where="/data", on=model_list)


@probe
async def models_retrieved(http: Http, model_list: Exchange, target: Target) -> list[Exchange]:
    """GET /models/{id} for the tested model, and for a listed one with a slash in its id, which routers get wrong."""
    ids = model_ids(model_list) if model_list.status == 200 else []
    slashed = [name for name in ids if isinstance(name, str) and "/" in name and name != target.model]
    return [await http("GET", "model", id=name) for name in (str(target.model), *slashed[:1])]


@requirement("models.retrieve")
def test_a_listed_model_can_be_retrieved(
    models_retrieved: list[Exchange], model_list: Exchange, target: Target
) -> None:
    premise(target.model in model_ids(model_list), "the tested model is not listed")
    tested, *slashed = models_retrieved
    expect_schema("Model", tested)
    for other in slashed:
        expect(other.status == 200, "a listed model", got=answer(other), where="status", on=other)
        expect_schema("Model", other)
