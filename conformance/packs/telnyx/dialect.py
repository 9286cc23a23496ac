"""Telnyx's contract in the reference endpoint: chat parameters, default values and error format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reference.dialect import BOOLEAN, GUIDED, INTEGER, NUMBER, SHARED, STRING, Dialect
from conformance.reference.errors import refuse
from conformance.reference.fields import Field


@dataclass(frozen=True, slots=True)
class WholeNumber(Field):
    """A number that Telnyx's contract requires to be whole: 2 and 2.0 are allowed, 1.5 is not."""

    def check(self, value: Any, param: str) -> None:
        """Reject a request whose field `param` is not a whole number in the range of the field."""
        Field.check(self, value, param)
        if isinstance(value, float) and not value.is_integer():
            refuse(f"Invalid '{param}': expected a whole number, but got {value}.", param, "invalid_type")


_FIELDS: Mapping[str, Field] = {
    **SHARED,
    **GUIDED,
    "n": WholeNumber(NUMBER, 1, 128),
    "api_key_ref": Field(STRING),
    "use_beam_search": Field(BOOLEAN),
    "best_of": Field(INTEGER, 1, 20),
    "length_penalty": Field(NUMBER),
    "early_stopping": Field(BOOLEAN),
    "enable_thinking": Field(BOOLEAN),
    "top_logprobs": Field(INTEGER, 0, 20),
}

TELNYX = Dialect(
    "telnyx",
    _FIELDS,
    roles=("system", "user", "assistant", "tool"),
    default_model="meta-llama/Meta-Llama-3.1-8B-Instruct",
    temperature=0.1,
    strict_keys=False,
    detail=True,
    tool_kinds=("function", "retrieval"),
    image_url=("string",),
    response_formats=("text", "json_object"),
)
