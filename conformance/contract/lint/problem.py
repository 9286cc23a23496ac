"""A problem in an OpenAPI document, and the table of lint rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.schema_error import pointer_of

Steps = tuple[str | int, ...]

RULES: Mapping[str, str] = {
    "openapi": "it breaks the OpenAPI specification",
    "schema": "a schema that is no JSON Schema",
    "never": "a schema that nothing satisfies",
    "contradiction": "constraints that say different things of the same value",
    "example": "an example or default that its own schema refuses",
    "undeclared": "a parameter that is described, or shown in an example, and in no schema",
    "undeclared-limit": "a limit that is described, and not in the schema",
    "required": "a required property that the schema does not describe",
    "stream": "a `stream` parameter without a documented event stream",
    "empty-response": "a response that is documented as anything at all",
    "unfinished": "there was no time to look at everything",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem at one location of an OpenAPI document; `rule` is a name in `RULES`.

    `error` is true if the suite would send wrong requests or make wrong verdicts. If `error` is false, the problem
    causes no wrong request or verdict, but the suite cannot test all that it otherwise could. `line` is the line number
    of the problem, starting at 1. `line` is 0 for JSON documents, whose line numbers are unknown.
    """

    rule: str
    pointer: str
    message: str
    error: bool = True
    line: int = 0


def problem(rule: str, at: Steps, message: str, *, error: bool = True) -> Problem:
    """Create a problem at a location, which is given as a list of keys and indices."""
    return Problem(rule, pointer_of(at), message, error)
