"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.json-schema`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.constraint import Guide
from conformance.reference.language_model.generate import Plan, PlannedCall
from conformance.reference.mutants.chat.guided import OffWhen
from conformance.reference.mutants.registry import mutant


@mutant(
    "json-schema-strict-only", breaks={"chat.json-schema.not-strict"}, source="plausible: strict taken for the switch"
)
class JsonSchemaStrictOnly(OffWhen):
    """A JSON schema is silently ignored unless it has `strict: true`."""

    def off(self, request: ChatRequest) -> bool:
        described = request.get("response_format", {}).get("json_schema")
        return isinstance(described, dict) and not described.get("strict")


Schema = Any
Change = Callable[[dict[str, Any]], Schema]


# The features that are asked as `text.format` and as the parameters of strict functions, too.
_ELSEWHERE = frozenset({"types", "enum", "additional-properties", "max-items", "pattern", "bounds", "any-of", "ref"})


def spelled(*features: str) -> set[str]:
    """Return the ids of the requirements about features of JSON Schema, for every parameter that takes a schema."""
    others = {
        f"{other}.{name}"
        for other in ("responses.text-format", "chat.tools.strict")
        for name in _ELSEWHERE & {*features}
    }
    return {f"chat.json-schema.{name}" for name in features} | others


def changed(schema: Schema, change: Change, *, within: bool = True) -> Schema:
    """Apply `change` to a schema. If `within` is true, first apply `change` to all schemas inside the schema."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    if within:
        for word in ("properties", "$defs"):
            if word in found:
                found[word] = {name: changed(part, change) for name, part in found[word].items()}
        for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
            if word in found:
                found[word] = [changed(part, change) for part in found[word]]
        if "items" in found:
            found["items"] = changed(found["items"], change)
    return change(found)


def dropping(*keywords: str) -> Change:
    """Return a function that removes the given keywords from a schema."""
    return lambda schema: {key: value for key, value in schema.items() if key not in keywords}


def _dictated(said: str) -> str:
    """Return the JSON text at the end of a prompt, or ""."""
    start = said.find("{")
    try:
        json.loads(said[start:])
    except ValueError:
        return ""
    return said[start:] if start >= 0 else ""


class _Blind(Generations):
    """Its model tries to write the decoy wherever the schema was changed."""

    def blind(self, schema: Schema) -> Schema:
        return schema

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        if guide is None or guide.kind != "json_schema":
            return guide
        return replace(guide, value=self.blind(guide.value), lenient=True)

    def plan(self, request: ChatRequest) -> Plan:
        plan = super().plan(request)
        dictated = _dictated(request.conversation.last("user"))
        plan = replace(plan, calls=tuple(self._blinded(call, dictated) for call in plan.calls))
        if plan.guide is None or request.guide is None or plan.guide.value == request.guide.value:
            return plan
        return replace(plan, text=dictated) if dictated else plan

    def _blinded(self, call: PlannedCall, dictated: str) -> PlannedCall:
        """Return the call of a strict function, with the decoy where its schema was changed."""
        if call.guide is None or call.guide.lenient or not dictated:
            return call
        value = self.blind(call.guide.value)
        if value == call.guide.value:
            return call
        return replace(call, draft=dictated, guide=replace(call.guide, value=value, lenient=True))


def family(feature: str, change: Change, summary: str, *, within: bool = True) -> None:
    """Register the mutant that changes every schema with `change`, and so breaks the requirement of `feature`."""

    def blind(self: _Blind, schema: Schema) -> Schema:  # noqa: ARG001 - a method
        return changed(schema, change, within=within)

    name = f"schema-{feature}-ignored"
    cls = type("".join(part.title() for part in name.split("-")), (_Blind,), {"__doc__": summary, "blind": blind})
    source = "plausible: a grammar compiler passes over what it does not know, as vLLM's and llama.cpp's did"
    mutant(name, breaks=spelled(feature), source=source)(cls)


def _scalars(schema: dict[str, Any]) -> Schema:
    return dropping("type")(schema) if schema.get("type") not in ("object", "array", "string") else schema


def _unions(schema: dict[str, Any]) -> Schema:
    return dropping("type")(schema) if isinstance(schema.get("type"), list) else schema


def _texts(turn: Callable[[str], str]) -> Change:
    def change(schema: dict[str, Any]) -> Schema:
        values = schema.get("enum")
        return schema if values is None else {**schema, "enum": [turn(v) if isinstance(v, str) else v for v in values]}

    return change


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _ascii_names(schema: dict[str, Any]) -> Schema:
    if "properties" not in schema:
        return schema
    names = {_ascii(name): part for name, part in schema["properties"].items()}
    return {**schema, "properties": names, "required": [_ascii(name) for name in schema.get("required", ())]}


def _sorted_names(schema: dict[str, Any]) -> Schema:
    if "properties" not in schema:
        return schema
    return {**schema, "properties": dict(sorted(schema["properties"].items()))}


def _any_empty_object(schema: dict[str, Any]) -> Schema:
    return {"type": "object"} if schema.get("properties") == {} else schema


def _no_definitions(schema: dict[str, Any]) -> Schema:
    return {} if "$ref" in schema else schema


def _flat_definitions(schema: dict[str, Any]) -> Schema:
    parts = {name: changed(part, _no_definitions) for name, part in schema.get("$defs", {}).items()}
    return {**schema, "$defs": parts} if parts else schema


def _open_inside(schema: dict[str, Any]) -> Schema:
    """Nested objects are not constrained."""
    parts = schema.get("properties", {})
    inner = {
        name: {"type": "object"} if isinstance(part, dict) and part.get("type") == "object" else part
        for name, part in parts.items()
    }
    return {**schema, "properties": inner} if parts else schema


def _shallow(schema: Schema, level: int = 0) -> Schema:
    parts = schema.get("properties") if isinstance(schema, dict) else None
    if not parts:
        return schema
    if level > 4:
        return {}
    return {**schema, "properties": {name: _shallow(part, level + 1) for name, part in parts.items()}}


def _wrapped_array(schema: dict[str, Any]) -> Schema:
    if schema.get("type") != "array":
        return schema
    return {"type": "object", "properties": {"list": schema}, "required": ["list"], "additionalProperties": False}


family("types", _scalars, "Numbers, booleans and null may be anything.")  # fmt: skip


family("enum", dropping("enum"), "An enum is passed over.")  # fmt: skip


family("const", dropping("const"), "A const is passed over.")


family("nested-objects", _open_inside, "Objects in objects may be any objects.", within=False)


family("required", dropping("required"), "Any member may be missing.")  # fmt: skip


family("additional-properties", dropping("additionalProperties"), "Objects may have members that the schema does not name.")  # fmt: skip


family("min-items", dropping("minItems"), "minItems is passed over.")  # fmt: skip


family("max-items", dropping("maxItems"), "maxItems is passed over.")


family("unique-items", dropping("uniqueItems"), "uniqueItems is passed over.")


family("prefix-items", dropping("prefixItems"), "prefixItems is passed over.")


family("min-length", dropping("minLength"), "minLength is passed over.")


family("max-length", dropping("maxLength"), "maxLength is passed over.")


family("pattern", dropping("pattern"), "A pattern is passed over.")


family("pattern-anywhere", lambda schema: schema if str(schema.get("pattern", "^")).startswith("^") else dropping("pattern")(schema), "A pattern without anchors is passed over.")  # fmt: skip


family("format", dropping("format"), "A format is passed over.")


family("formats", lambda schema: schema if schema.get("format") in (None, "date") else dropping("format")(schema), "Formats other than date are passed over.")  # fmt: skip


family("bounds", dropping("minimum", "maximum"), "minimum and maximum are passed over.")


family("exclusive-bounds", dropping("exclusiveMinimum", "exclusiveMaximum"), "Exclusive bounds are passed over.")


family("multiple-of", dropping("multipleOf"), "multipleOf is passed over.")


family("any-of", dropping("anyOf"), "anyOf is passed over.")


family("one-of", dropping("oneOf"), "oneOf is passed over.")


family("all-of", dropping("allOf"), "allOf is passed over.")


family("null-union", _unions, "A list of types is passed over.")


family("ref", _no_definitions, "A reference admits anything.")


family("recursion", _flat_definitions, "A reference inside a definition admits anything.", within=False)


family("property-order", _sorted_names, "Members come in alphabetical order.")


family("unicode-keys", _ascii_names, "Names beyond ASCII are written with question marks.")


family("unicode-values", _texts(_ascii), "Values beyond ASCII are written with question marks.")


family("escapes", _texts(lambda text: text.translate(dict.fromkeys(map(ord, '"\\\n\t')))), "Characters of values that need an escape are lost.")  # fmt: skip


family("empty-object", _any_empty_object, "An object without members may have any.")


family("top-level-array", _wrapped_array, "An array comes inside an object.", within=False)


family("large-enum", lambda schema: schema if len(schema.get("enum", ())) <= 100 else dropping("enum")(schema), "An enum of more than 100 values is passed over.")  # fmt: skip


family("deep-nesting", _shallow, "Below five levels anything goes.", within=False)


@mutant(
    "enum-case-insensitive",
    breaks=spelled("enum"),
    source="plausible: values compared without regard to case",
)
class EnumCaseInsensitive(_Blind):
    """String values of an enum are generated in upper case."""

    def blind(self, schema: Schema) -> Schema:
        return changed(schema, _texts(str.upper))
