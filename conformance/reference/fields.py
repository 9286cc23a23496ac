"""Checks the types and ranges of request fields, with OpenAI's error messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from conformance.reference.errors import refuse

_WORDS = {
    "string": "a string", "integer": "an integer", "number": "a decimal", "boolean": "a boolean",
    "object": "an object", "array": "an array", "null": "null",
}  # fmt: skip


def kind_of(value: Any) -> str:
    """Return the name of the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def fits(value: Any, kinds: Sequence[str]) -> bool:
    """Return whether a value has one of the types.

    An integer is also a number, but a float such as 1.0 is not an integer.
    """
    kind = kind_of(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def wrong_type(param: str, kinds: Sequence[str], value: Any) -> None:
    """Reject the request because a value has the wrong type."""
    wanted = " or ".join(_WORDS[kind] for kind in kinds)
    refuse(
        f"Invalid type for '{param}': expected {wanted}, but got {_WORDS[kind_of(value)]} instead.",
        param,
        "invalid_type",
    )


def require(holder: Mapping[str, Any], key: str, param: str, *kinds: str) -> Any:
    """Return the value of a required key in a request.

    Reject the request if the value is absent or has none of the types.
    """
    if key not in holder:
        meant = get_close_matches(key, holder, 1, 0.8)
        hint = f" You provided '{meant[0]}', did you mean to provide '{key}'?" if meant else ""
        refuse(f"Missing required parameter: '{param}'.{hint}", param, "missing_required_parameter")
    if not fits(holder[key], kinds):
        wrong_type(param, kinds, holder[key])
    return holder[key]


def one_of(value: Any, values: Sequence[str], param: str, code: str = "invalid_value") -> None:
    """Reject the request unless the value is one of the allowed strings."""
    if not isinstance(value, str):
        wrong_type(param, ["string"], value)
    if value not in values:
        listed = ", ".join(f"'{item}'" for item in values)
        refuse(f"Invalid value: '{value}'. Supported values are: {listed}.", param, code)


@dataclass(frozen=True, slots=True)
class Field:
    """A request field: its JSON types, and either a range (for numbers), a length (for strings and arrays) or a list of values."""

    kinds: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    value_code: str = "invalid_value"

    def check(self, value: Any, param: str) -> None:
        """Reject a request whose field `param` has an invalid value.

        An optional field that is null counts as absent.
        """
        if value is None:
            return
        if not fits(value, self.kinds):
            wrong_type(param, self.kinds, value)
        if self.values:
            one_of(value, self.values, param, self.value_code)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self._range(value, param)
        elif isinstance(value, (str, list)):
            self._length(value, param)

    def _range(self, value: float, param: str) -> None:
        kind = "integer" if self.kinds == ("integer",) else "decimal"
        if self.low is not None and not value >= self.low:
            refuse(
                f"Invalid '{param}': {kind} below minimum value. Expected a value >= {self.low:g}, but got {value} instead.",
                param, f"{kind}_below_min_value",
            )  # fmt: skip
        if self.high is not None and not value <= self.high:
            refuse(
                f"Invalid '{param}': {kind} above maximum value. Expected a value <= {self.high:g}, but got {value} instead.",
                param, f"{kind}_above_max_value",
            )  # fmt: skip

    def _length(self, value: str | list[Any], param: str) -> None:
        kind = "string" if isinstance(value, str) else "array"
        if self.low is not None and len(value) < self.low:
            code = f"empty_{kind}" if not value else f"{kind}_below_min_length"
            refuse(
                f"Invalid '{param}': {kind} too short. Expected a length of at least {self.low:g}, but got {len(value)}.",
                param,
                code,
            )
        if self.high is not None and len(value) > self.high:
            refuse(
                f"Invalid '{param}': {kind} too long. Expected a maximum length of {self.high:g}, but got {len(value)} instead.",
                param, f"{kind}_above_max_length",
            )  # fmt: skip


def check_metadata(value: Any) -> None:
    """Reject metadata with more than 16 pairs, keys above 64 characters or values above 512 characters."""
    if value is None:
        return
    if not isinstance(value, dict):
        wrong_type("metadata", ["object"], value)
    if len(value) > 16:
        refuse(
            f"Invalid 'metadata': too many properties. Expected at most 16 properties, but got {len(value)}.",
            "metadata", "object_above_max_properties",
        )  # fmt: skip
    for key, item in value.items():
        if len(key) > 64:
            refuse(
                "Invalid 'metadata': property name too long. Expected at most 64 characters.",
                "metadata", "property_name_above_max_length",
            )  # fmt: skip
        Field(("string",), high=512).check(item, f"metadata.{key}")
        if item is None:
            wrong_type(f"metadata.{key}", ["string"], item)
