"""The list of models: it must have the ids by which requests name the served models."""

from __future__ import annotations

from conformance.checks import Broken, expect, premise, probe, requirement
from conformance.checks.bodies import json_of, model_ids
from conformance.checks.language import answer, shown
from conformance.checks.schema import breaches
from conformance.config import Target
from conformance.engine.clients import Http
from conformance.verdict import Finding
from conformance.wire import Exchange


def expect_schema(name: str, exchange: Exchange) -> None:
    """Expect the body of a response to satisfy a schema of OpenAI's OpenAPI document."""
    findings = [Finding(b.expected, shown(b.got), b.pointer, exchange.id) for b in breaches(name, json_of(exchange))]
    if findings:
        raise Broken(findings)


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
        isinstance(data, dict) and isinstance(data.get("data"), list), "`data` is not a list", see="models.list.schema"
    )
    listed = model_ids(model_list)
    expect(target.model in listed, f"{target.model!r} in the list", got=listed[:10], where="/data", on=model_list)


@probe
async def models_retrieved(http: Http, model_list: Exchange, target: Target) -> list[Exchange]:
    """Send GET /models/{id} for the tested model, and for an id with a slash, which routers often mishandle."""
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
