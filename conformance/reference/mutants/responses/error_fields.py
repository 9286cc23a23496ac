"""Mutants that repair a faulty field of a Responses request instead of rejecting it."""

from __future__ import annotations

from collections.abc import Callable

from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.responses.input import Prepared, items_of
from conformance.reference.prompt import Json


def _lenient(name: str, requirement: str, summary: str, repair: Callable[[Json], None]) -> None:
    """Return a mutant that repairs a faulty request instead of rejecting it."""

    class Lenient(Prepared):
        def prepared(self, body: Json) -> Json:
            repair(body)
            return body

    Lenient.__doc__ = summary
    Lenient.__name__ = Lenient.__qualname__ = "".join(word.title() for word in name.split("-"))
    mutant(name, breaks={requirement}, source="plausible")(Lenient)


def _number_as_text(body: Json) -> None:
    if isinstance(body.get("input"), int):
        body["input"] = str(body["input"])


def _any_model(body: Json) -> None:
    if "no-such-model" in str(body.get("model")):
        body["model"] = "reference-1"


def _any_limit(body: Json) -> None:
    limit = body.get("max_output_tokens")
    if isinstance(limit, int) and limit < 1:
        del body["max_output_tokens"]


def _any_temperature(body: Json) -> None:
    if isinstance(body.get("temperature"), str):
        del body["temperature"]


def _clamped(body: Json) -> None:
    value = body.get("temperature")
    if isinstance(value, (int, float)):
        body["temperature"] = max(value, 0)


def _any_role(body: Json) -> None:
    for item in items_of(body):
        if item.get("role") == "wizard":
            item["role"] = "user"


def _any_format(body: Json) -> None:
    wanted = body.get("text")
    if isinstance(wanted, dict) and (wanted.get("format") or {}).get("type") == "verse":
        del body["text"]


def _any_metadata(body: Json) -> None:
    if isinstance(body.get("metadata"), str):
        del body["metadata"]


def _few_pairs(body: Json) -> None:
    if isinstance(body.get("metadata"), dict):
        body["metadata"] = dict(list(body["metadata"].items())[:16])


def _short_keys(body: Json) -> None:
    if isinstance(body.get("metadata"), dict):
        body["metadata"] = {key[:64]: value for key, value in body["metadata"].items()}


def _short_values(body: Json) -> None:
    if isinstance(body.get("metadata"), dict):
        body["metadata"] = {key: str(value)[:512] for key, value in body["metadata"].items()}


def _shorter_values(body: Json) -> None:
    if isinstance(body.get("metadata"), dict):
        body["metadata"] = {k: v[:64] if len(v) <= 512 else v for k, v in body["metadata"].items()}


def _any_truncation(body: Json) -> None:
    if body.get("truncation") == "sometimes":
        del body["truncation"]


def _any_include(body: Json) -> None:
    if body.get("include") == ["weather.forecast"]:
        del body["include"]


_E = "responses.error"


_lenient("response-no-input", f"{_E}.input-missing", "Without input, nothing is asked.", lambda b: b.setdefault("input", "") and None)  # fmt: skip


_lenient("response-number-input", f"{_E}.input-type", "A number as input is read as text.", _number_as_text)


_lenient("response-any-model", f"{_E}.model-unknown", "An unknown model is replaced by another.", _any_model)


_lenient("response-any-limit", f"{_E}.max-output-tokens-small", "A negative limit is dropped.", _any_limit)


_lenient("response-any-temperature", f"{_E}.temperature-type", "A word as temperature is dropped.", _any_temperature)


_lenient("response-temperature-clamped", f"{_E}.temperature-range", "A negative temperature counts as 0.", _clamped)


_lenient("response-any-role", f"{_E}.role-unknown", "An unknown role counts as user.", _any_role)


_lenient("response-any-format", f"{_E}.text-format-unknown", "An unknown text format is dropped.", _any_format)


_lenient("response-any-metadata", f"{_E}.metadata-type", "Metadata that is no object is dropped.", _any_metadata)


_lenient("response-many-pairs", f"{_E}.metadata-pairs", "Pairs of metadata beyond sixteen are dropped.", _few_pairs)


_lenient("response-long-keys", f"{_E}.metadata-key", "Long metadata keys are cut.", _short_keys)


_lenient("response-long-values", f"{_E}.metadata-value", "Long metadata values are cut.", _short_values)


_lenient("response-metadata-cut", "responses.metadata.full", "Metadata values are cut to 64 characters.", _shorter_values)  # fmt: skip


_lenient("response-any-truncation", f"{_E}.truncation-unknown", "An unknown truncation is dropped.", _any_truncation)


_lenient("response-any-include", f"{_E}.include-unknown", "An unknown value of include is dropped.", _any_include)
