"""One thing that is wrong with a contract's document."""

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
    """What is wrong at a place of the document; `rule` is a name in `RULES`.

    `error` says that requests or verdicts made from the document would be wrong; without it, they only say less.
    `line` is 1-based, 0 where it is not known (JSON).
    """

    rule: str
    pointer: str
    message: str
    error: bool = True
    line: int = 0


def problem(rule: str, at: Steps, message: str, *, error: bool = True) -> Problem:
    """A problem at a place given as steps."""
    return Problem(rule, pointer_of(at), message, error)
