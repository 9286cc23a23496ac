"""Validates a document against OpenAPI's JSON Schema, and finds operations without the details that checks need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from conformance.contract.lint.consistency import known_properties
from conformance.contract.lint.problem import Problem, problem
from conformance.contract.lint.walk import media, operations

_SSE = "text/event-stream"
_LONGEST = 300
_MOST = 20


def check_openapi(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield violations of OpenAPI's JSON Schema, and of OpenAPI rules that a JSON Schema cannot express."""
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    validator = OpenAPIV30SpecValidator if str(document["openapi"]).startswith("3.0") else OpenAPIV31SpecValidator
    for told, error in enumerate(validator(cast(Any, document)).iter_errors(), 1):
        path = tuple(getattr(error, "absolute_path", ()) or ())
        yield problem("openapi", path, str(getattr(error, "message", error))[:_LONGEST])
        if told == _MOST:
            yield problem(
                "unfinished", (), f"more than {_MOST} breaks of OpenAPI; the others are not shown", error=False
            )
            return


def check_operations(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each operation with an undocumented response.

    An operation has a problem if it has a `stream` parameter but documents no event stream. An operation also has a
    problem if it documents a 2xx response without a schema.
    """
    for operation in operations(document):
        content = list(media(operation))
        requests = [each for each in content if "requestBody" in each.at]
        asks = any("stream" in known_properties(each.value.get("schema"), document) for each in requests)
        answers = {str(each.at[-1]).partition(";")[0] for each in content if "responses" in each.at}
        if asks and _SSE not in answers:
            message = f"the request has `stream`, and no response is {_SSE}: what a stream looks like is not documented"
            yield problem("stream", operation.at, message, error=False)
        for each in content:
            status = str(each.at[each.at.index("responses") + 1]) if "responses" in each.at else ""
            if status.startswith("2") and each.at[-1] == "application/json" and _says_nothing(each.value.get("schema")):
                message = "any JSON is a right response: nothing in it can be judged by this document"
                yield problem("empty-response", (*each.at, "schema"), message, error=False)


def _says_nothing(schema: Any) -> bool:
    if schema is None or schema is True:
        return True
    if not isinstance(schema, Mapping):
        return False
    telling = schema.keys() - {"type", "additionalProperties", "title", "description", "example", "examples"}
    return not telling and schema.get("type", "object") == "object" and schema.get("additionalProperties") is not False
