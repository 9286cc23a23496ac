"""Rules for the requests that are generated for an operation: excluded fields, fields that need a feature, and fixed values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from conformance.contract.located import Located

_FIELDS = ("drop", "only_with", "pins")
_PLACE = re.compile(r"(?P<path>\w+(?:\.\w+)*)(?:=(?P<value>[\w-]+)|:(?P<type>[a-z]+))?")
_PIN = re.compile(r"\w+(?:\[\])?(?:\.\w+(?:\[\])?)*")
# Keywords that make a schema smaller; anything else in a pin is a slip of the pen.
_KEYWORDS = (
    *("type", "enum", "const", "pattern", "format", "required", "propertyNames", "additionalProperties", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A location in a request's schema; the path skips list indices and union branches.

    A place is a property (`tools.function.strict`), a value of a property (`messages.role=tool`), or a type
    (`messages.content:array`).
    """

    path: tuple[str, ...]
    value: str | None = None
    type: str | None = None

    @classmethod
    def parse(cls, text: str) -> Place:
        """Parse the text form of a location in a request's schema.

        Raises `ValueError` if the text is not a location in the schema of a request.
        """
        match = _PLACE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no place; write a.b, a.b=value or a.b:type")
        return cls(tuple(match["path"].split(".")), match["value"], match["type"])

    def __str__(self) -> str:
        value = f"={self.value}" if self.value else f":{self.type}" if self.type else ""
        return ".".join(self.path) + value


@dataclass(frozen=True, slots=True)
class Generation:
    """How an operation's request schema is restricted before request bodies are generated from it.

    The locations in `drop` never appear in generated bodies. `only_with` maps a feature to locations in the body that
    use the feature, in addition to the feature's parameters in `features.yaml`. `pins` maps a path (`stop`, or `stop[]`
    for its items) to JSON Schema keywords that replace the keywords of the document.
    """

    drop: tuple[Place, ...] = ()
    only_with: Mapping[str, tuple[Place, ...]] = field(default_factory=lambda: MappingProxyType({}))
    pins: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))


def read_generation(
    document: Located,
    operations: Mapping[str, str],
    features: Mapping[str, object],
    inherited: Mapping[str, Generation] | None = None,
) -> Mapping[str, Generation]:
    """Return the generation rules of a profile for each operation, merged with the rules of the inherited profile.

    The fixed values of the profile (`pins`) override inherited fixed values. The excluded locations of the profile
    (`drop`) are added to the inherited excluded locations. Raises `SpecError` for an unknown field, operation, feature
    or keyword, and for an invalid location.
    """
    read = dict(inherited or {})
    if "generation" not in document.data:
        return MappingProxyType(read)
    here = ("generation",)
    for operation in document.mapping(here, allowed=tuple(operations), what="'generation' (operations of the profile)"):
        at = (*here, operation)
        document.mapping(at, allowed=_FIELDS, what=f"the generation of {operation}")
        base = read.get(operation, Generation())
        read[operation] = Generation(
            drop=tuple(dict.fromkeys((*base.drop, *_places(document, *at, "drop")))),
            only_with=MappingProxyType({**base.only_with, **_only_with(document, at, features)}),
            pins=MappingProxyType({**base.pins, **_pins(document, at)}),
        )
    return MappingProxyType(read)


def _places(document: Located, *path: str) -> tuple[Place, ...]:
    found = []
    for index, text in enumerate(document.texts(*path)):
        try:
            found.append(Place.parse(text))
        except ValueError as problem:
            raise document.error(str(problem), *path, index) from None
    return tuple(found)


def _only_with(document: Located, at: tuple[str, ...], features: Mapping[str, object]) -> dict[str, tuple[Place, ...]]:
    if "only_with" not in document.at(at):
        return {}
    here = (*at, "only_with")
    names = document.mapping(here, allowed=tuple(features), what="'only_with' (features)")
    return {name: _places(document, *here, name) for name in names}


def _pins(document: Located, at: tuple[str, ...]) -> dict[str, Mapping[str, Any]]:
    if "pins" not in document.at(at):
        return {}
    here = (*at, "pins")
    pins = document.at(here)
    if not isinstance(pins, dict):
        raise document.error("'pins' must map paths to JSON Schema keywords", *here)
    for path in pins:
        if not isinstance(path, str) or not _PIN.fullmatch(path):
            raise document.error(f"{path!r} is no path; write a.b, or a.b[] for the items of a list", *here, str(path))
        document.mapping((*here, path), allowed=_KEYWORDS, what=f"the pin {path!r}")
    return {path: MappingProxyType(keywords) for path, keywords in pins.items()}
