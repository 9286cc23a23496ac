"""Restricts a request schema to the features that a profile promises, and adds limits on the cost of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.api import CORE, Operation, by_route
from conformance.checks.generated.shapes import Shape, Shapes, expand, fits, possible, render, speaks_of
from conformance.config.generation import Generation, Place
from conformance.config.profile import Profile
from conformance.contract import Feature, SpecError


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A request schema that is restricted to the features that a profile promises.

    `promised` is the schema with only the promised features; its other constraints come unchanged from the OpenAPI
    document. `schema` is `promised` with additional limits on the cost of requests; valid bodies are generated from
    `schema`.
    """

    promised: Shape
    schema: Mapping[str, Any]


def narrow(
    schema: Any,
    document: Mapping[str, Any],
    profile: Profile,
    features: Mapping[str, Feature],
    model: str,
    operation: str = CORE,
) -> Narrowed:
    """Restrict the request schema of an operation to bodies that use only promised features.

    A top-level property of the schema is kept only if it is required or a promised feature uses it. The properties for
    the model, the input and the token limit become required; `model` gets a fixed value, and the token limit a maximum.
    Raises `SpecError` if the schema does not describe exactly one kind of object.
    """
    generation = profile.generation.get(operation, Generation())
    shapes = expand(schema, document)
    if len(shapes) != 1 or shapes[0].type != "object":
        raise SpecError(f"the request schema of {operation} is not one object; nothing can be generated from it")
    limit = limit_of(operation, profile)
    always = {"model", _generated(operation).subject, *limit}
    wanted = asked_by(profile, features) | shapes[0].required | always
    wanted -= {"max_tokens", "max_completion_tokens"} - {*limit}  # OpenAI refuses both at once
    kept = {name: value for name, value in shapes[0].properties.items() if name in wanted}
    shapes = (replace(shapes[0], properties=kept),)
    for place in dropped(generation, profile, features):
        shapes = cut(shapes, place)
    if not shapes:
        raise SpecError(f"nothing is left of the request schema of {operation}; see `generation` in the profile")
    promised = shapes[0]
    bound = (Shape("integer", {"minimum": 1, "maximum": 8}),)
    bounded = dict.fromkeys(limit, bound) | dict(promised.properties)
    bounded["model"] = (Shape("string", {"enum": [model]}),)
    shapes = (replace(promised, properties=bounded, required=promised.required | always),)
    for path, keywords in generation.pins.items():
        shapes = pin(shapes, path, keywords)
    return Narrowed(promised, render(tuple(affordable(shape) for shape in shapes)))


def limit_of(operation: str, profile: Profile) -> tuple[str, ...]:
    """Return the names of the parameters that limit the output tokens of an operation; () if there are none."""
    name = profile.max_tokens_field if operation == CORE else _generated(operation).limit
    return (name,) if name else ()


def _generated(route: str) -> Operation:
    """The operation of a route for which bodies are generated."""
    return next(each for each in by_route()[route] if each.generated)


def asked_by(profile: Profile, features: Mapping[str, Feature]) -> frozenset[str]:
    """Return the top-level parameters that the promised features use."""
    return frozenset(p.split(".")[0] for name in profile.promised if name in features for p in features[name].params)


def dropped(generation: Generation, profile: Profile, features: Mapping[str, Feature]) -> tuple[Place, ...]:
    """Return every location that must be removed from the request schema.

    A schema location is removed if the profile excludes the location, or if the location belongs to a feature that the
    profile does not promise.
    """
    places = list(generation.drop)
    for name, feature in features.items():
        if name in profile.promised:
            continue
        if name in generation.only_with:
            places += generation.only_with[name]
        else:
            places += [Place.parse(param) for param in feature.params if "." in param]
    return tuple(dict.fromkeys(places))


def cut(shapes: Shapes, place: Place) -> Shapes:
    """Remove the property at a location from each alternative of a schema.

    If an alternative of the schema requires the property at the location, the whole alternative is removed. If the
    location is inside an array, the property at the location is removed from the array's items.
    """
    return _at(shapes, place.path, lambda found: _without(found, place))


def _without(shapes: Shapes, place: Place) -> Shapes:
    if place.value is None and place.type is None:
        return ()
    if place.type is not None:
        return tuple(shape for shape in shapes if shape.type != place.type)
    left = []
    for shape in shapes:
        enum = [value for value in shape.keywords.get("enum", ()) if value != place.value]
        if "enum" not in shape.keywords:
            left.append(shape)
        elif enum:
            left.append(replace(shape, keywords={**shape.keywords, "enum": enum}))
    return tuple(left)


def pin(shapes: Shapes, path: str, keywords: Mapping[str, Any]) -> Shapes:
    """Set keywords of the schema of one field; `path` names the field (`stop`, or `stop[]` for its items).

    The path may lead to a union, whose alternatives have one type each. A keyword is set only in alternatives whose
    type the keyword applies to.
    """
    steps = tuple(part for step in path.split(".") for part in ((step[:-2], "[]") if step.endswith("[]") else (step,)))
    return _at(shapes, steps, lambda found: tuple(p for shape in found if (p := _pinned(shape, keywords))))


def _pinned(shape: Shape, keywords: Mapping[str, Any]) -> Shape | None:
    kind = keywords.get("type", shape.type)
    merged = {**shape.keywords, **{key: value for key, value in keywords.items() if speaks_of(key, kind)}}
    for key in ("type", "required", "additionalProperties", "const"):
        merged.pop(key, None)
    values = [keywords["const"]] if "const" in keywords else keywords.get("enum")
    if values is not None:
        merged["enum"] = [value for value in values if fits(value, kind)]
        if not merged["enum"]:
            return None
    shape = replace(shape, type=kind, keywords=merged)
    if kind == "object" and "required" in keywords:
        shape = replace(shape, required=shape.required | set(keywords["required"]))
    if kind == "object" and "additionalProperties" in keywords:
        shape = replace(shape, additional=expand(keywords["additionalProperties"], {}))
    return shape


def _at(shapes: Shapes, steps: tuple[str, ...], change: Callable[[Shapes], Shapes]) -> Shapes:
    """The alternatives with `change` applied at the path, without unsatisfiable ones."""
    if not steps:
        return change(shapes)
    found = (_inside(shape, steps, change) for shape in shapes)
    return tuple(shape for shape in found if shape is not None)


def _inside(shape: Shape, steps: tuple[str, ...], change: Callable[[Shapes], Shapes]) -> Shape | None:
    step = steps[0]
    if shape.items is not None:
        return possible(replace(shape, items=_at(shape.items, steps[1:] if step == "[]" else steps, change)))
    if step not in shape.properties:
        return shape
    changed = _at(shape.properties[step], steps[1:], change)
    return possible(replace(shape, properties={**shape.properties, step: changed}))


def affordable(shape: Shape) -> Shape:
    """Remove optional properties that accept any value, because such values could have unlimited size."""
    properties = {}
    for name, shapes in shape.properties.items():
        closed = tuple(affordable(each) for each in shapes if each.type is not None or "enum" in each.keywords)
        if closed or name in shape.required:
            properties[name] = closed or shapes
    items = None if shape.items is None else tuple(affordable(each) for each in shape.items)
    return replace(shape, properties=properties, items=items)
