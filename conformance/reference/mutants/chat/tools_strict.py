"""Mutants that do not enforce the parameter schema of functions with `strict: true`, or accept an invalid schema."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequests
from conformance.reference.language_model.generate import PlannedCall
from conformance.reference.mutants.chat.guided import without_type
from conformance.reference.mutants.chat.json_schema import changed
from conformance.reference.mutants.chat.json_schema_lawful import first_branch
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "tool-strict-flag-ignored",
    breaks={"chat.tools.strict"},
    source="xAI, Ollama: strict is accepted, not enforced",
)
class ToolStrictFlagIgnored(Generations):
    """If a function has `strict: true`, the arguments of its calls do not match its schema."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        if call.guide is None or call.guide.lenient:
            return call
        return replace(call, guide=None, draft='{"kind": "red", "note": "window", "place": {"floor": 2}}')


@mutant(
    "tool-invalid-schema-accepted",
    breaks={"chat.tools.strict.invalid-schema"},
    source="plausible: parameters are text for the prompt",
)
class ToolInvalidSchemaAccepted(ChatRequests):
    """Function parameters that are not a valid JSON Schema are accepted."""

    def prepare_body(self, body: Json) -> Json:
        return without_type(super().prepare_body(body), "tools")


@mutant(
    "tool-any-of-first-branch",
    breaks={"chat.tools.strict.lawful"},
    source="plausible: a grammar for arguments that takes the first branch",
)
class ToolAnyOfFirstBranch(Generations):
    """In the parameters of a strict function, only the first branch of `anyOf` can be generated."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        if call.guide is None or call.guide.lenient:
            return call
        return replace(call, guide=replace(call.guide, value=changed(call.guide.value, first_branch)))
