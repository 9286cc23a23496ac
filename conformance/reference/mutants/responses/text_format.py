"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.text-format`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.reference.mutants.chat.guided import Ignored, without_type
from conformance.reference.mutants.chat.json_schema import changed
from conformance.reference.mutants.chat.json_schema_lawful import first_branch
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.requests import ResponseRequests


@mutant(
    "json-object-not-enforced",
    breaks={"chat.json-object.enforced", "responses.text-format.json-object"},
    defects=("d070",),
    source="jundot/omlx#1241",
)
class JsonObjectNotEnforced(Ignored):
    """`json_object` is accepted and ignored."""

    kinds = frozenset({"json_object"})


@mutant(
    "text-format-invalid-schema-accepted",
    breaks={"responses.text-format.invalid-schema"},
    source="plausible: one of two ways to the compiler forgives",
)
class TextFormatInvalidSchemaAccepted(ResponseRequests):
    """A `text.format` with an invalid JSON Schema is accepted."""

    def prepare_response_body(self, body: Json) -> Json:
        return without_type(super().prepare_response_body(body), "text")


@mutant(
    "response-json-object-ignored", breaks={"responses.text-format.json-object"}, source="ggml-org/llama.cpp: ignored"
)
class ResponseJsonObjectIgnored(ResponseRequests):
    """A `text.format` of type `json_object` is accepted and ignored."""

    def text_format(self, body: Json) -> Any:
        guide = super().text_format(body)
        return None if guide is not None and guide.kind == "json_object" else guide


@mutant(
    "response-format-ignored",
    breaks={"responses.text-format"},
    defects=("d272",),
    source="lmstudio-ai/lmstudio-bug-tracker#2403",
)
class ResponseFormatIgnored(ResponseRequests):
    """`text.format` is accepted and ignored."""

    def text_format(self, body: Json) -> Any:
        super().text_format(body)


@mutant(
    "text-format-any-of-first-branch",
    breaks={"responses.text-format.lawful"},
    source="plausible: one of two ways to the compiler takes the first branch",
)
class TextFormatAnyOfFirstBranch(ResponseRequests):
    """In a schema in `text.format`, only the first branch of `anyOf` can be generated."""

    def text_format(self, body: Json) -> Any:
        guide = super().text_format(body)
        if guide is None or guide.kind != "json_schema":
            return guide
        return replace(guide, value=changed(guide.value, first_branch))
