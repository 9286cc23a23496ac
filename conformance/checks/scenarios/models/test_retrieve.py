"""The target must return a 404 for an unknown model, and must list no model twice."""

from __future__ import annotations

from collections import Counter

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.bodies import model_ids
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Http
from conformance.reply import NotAnswered, read_error
from conformance.wire import Exchange
from conformance.wire.json_data import hashable

UNKNOWN = "conformance-no-such-model"


@probe
async def listed_models(model_list: Exchange) -> list[str]:
    """Return the ids in the list of models."""
    return model_ids(model_list)


@requirement("models.list.unique")
def test_no_id_is_listed_twice(listed_models: list[str], listing: Exchange) -> None:
    counts = Counter(map(hashable, listed_models))
    twice = sorted((name for name, count in counts.items() if count > 1), key=str)
    expect(not twice, "each id once", got=twice, where="/data", on=listing)


@probe
async def listing(model_list: Exchange) -> Exchange:
    """The model list."""
    return model_list


@probe
async def model_unknown(http: Http, models_retrieved: list[Exchange]) -> Exchange:
    """Request GET /models/{id} for an unknown model. Raises `NotAnswered` if the target returned no model."""
    if models_retrieved[0].status != 200:
        raise NotAnswered(models_retrieved[0], "no model can be retrieved, so a 404 proves nothing")
    return await http("GET", "model", id=UNKNOWN)


@requirement("models.retrieve.unknown")
def test_an_unknown_model_is_a_404(model_unknown: Exchange) -> None:
    if model_unknown.status in BUSY:
        raise NotAnswered(model_unknown, f"the target answered {model_unknown.status}")
    expect(model_unknown.status == 404, "404", got=answer(model_unknown), where="status", on=model_unknown)


@requirement("models.retrieve.unknown-code")
def test_the_404_says_that_it_is_the_model(model_unknown: Exchange) -> None:
    premise(model_unknown.status == 404, "an unknown model does not return a 404", see="models.retrieve.unknown")
    error = read_error(model_unknown)
    premise(error.envelope == "openai", "the error has no `error.code`", see="error.envelope")
    code = error.code
    expect(code == "model_not_found", "model_not_found", got=code, where="/error/code", on=model_unknown)
