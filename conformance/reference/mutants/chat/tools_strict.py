"""Mutants of JSON Schema in the parameters of strict tools."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequests
from conformance.reference.language_model.generate import PlannedCall
from conformance.reference.mutants.chat.guided import without_type
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "tool-strict-flag-ignored",
    breaks={"chat.tools.strict"},
    source="xAI, Ollama: strict is accepted, not enforced",
)
class ToolStrictFlagIgnored(Generations):
    """With `strict`, the arguments of tool calls follow the prompt and ignore the schema."""

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
