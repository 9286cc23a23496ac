"""Mutants of constraints together with other parameters, and of the quieter kinds of bad constraint."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.constraint import Guide
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.generate import Generation, Output
from conformance.reference.generation import Generations
from conformance.reference.mutants.guided_forms import both
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.sampler import Sampling


class _OffWhen(Generations):
    """Drops the constraint of some requests."""

    def off(self, request: ChatRequest) -> bool:
        return False

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        return None if self.off(request) else super().constraint_for(request)


@mutant("guided-off-beside-tools", breaks={"chat.guided.tools"}, source="kekzl/imp#119")
class GuidedOffBesideTools(_OffWhen):
    """Where tools are declared, the answer is not constrained."""

    def off(self, request: ChatRequest) -> bool:
        return bool(request.get("tools", ()))


@mutant(
    "guided-off-with-stop", breaks={"chat.guided.stop"}, source="plausible: two ways to end a text, one of them served"
)
class GuidedOffWithStop(_OffWhen):
    """With stop sequences the answer is not constrained."""

    def off(self, request: ChatRequest) -> bool:
        return bool(request.get("stop", ()))


@mutant(
    "stop-off-when-guided", breaks={"chat.guided.stop"}, source="plausible: two ways to end a text, one of them served"
)
class StopOffWhenGuided(Generations):
    """In constrained text stop sequences are passed over."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return () if request.guide else super().stops(request)


@mutant(
    "guided-off-when-hot", breaks={"chat.guided.temperature"}, source="plausible: sampled first, looked at afterwards"
)
class GuidedOffWhenHot(_OffWhen):
    """Above temperature 1 the answer is not constrained."""

    def off(self, request: ChatRequest) -> bool:
        return float(request.get("temperature", 1.0)) > 1


@mutant(
    "json-schema-strict-only", breaks={"chat.json-schema.not-strict"}, source="plausible: strict taken for the switch"
)
class JsonSchemaStrictOnly(_OffWhen):
    """A schema without `strict` is passed over."""

    def off(self, request: ChatRequest) -> bool:
        described = request.get("response_format", {}).get("json_schema")
        return isinstance(described, dict) and not described.get("strict")


@mutant("json-cut-says-stop-in-stream", breaks={"chat.guided.cut"}, source="plausible")
class JsonCutSaysStopInStream(Generations):
    """In a stream, JSON that the limit cut says finish_reason stop."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if request.guide and reason == "length" and request.get("stream", False) else reason


@mutant("second-choice-unguarded-in-stream", breaks={"chat.guided.choices"}, source="plausible")
class SecondChoiceUnguardedInStream(Generations):
    """In a stream only the first of several choices is constrained."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        free = index and request.get("stream", False)
        return super().generation(replace(request, guide=None) if free else request, sampling, index)


def _without(value: Any, keyword: str, bad: Callable[[str], bool]) -> Any:
    """The value without one bad keyword wherever it stands, and with it the fault."""

    def kept(found: Json) -> Json:
        wrong = isinstance(found.get(keyword), str) and bad(found[keyword])
        return {key: item for key, item in found.items() if key != keyword} if wrong else found

    return json.loads(json.dumps(value), object_hook=kept)


def _without_type(body: Json, parameter: str) -> Json:
    """The body without a type that does not exist, in one parameter only."""
    if body.get(parameter) is None:
        return body
    return {**body, parameter: _without(body[parameter], "type", lambda value: value == "zorblax")}


@mutant(
    "invalid-pattern-accepted",
    breaks={"chat.guided.invalid-pattern"},
    source="plausible: patterns compiled late, and leniently",
)
class InvalidPatternAccepted(ChatRequests):
    """A pattern that is no regular expression is dropped silently."""

    def prepare_body(self, body: Json) -> Json:
        return dict(_without(super().prepare_body(body), "pattern", lambda text: text.count("[") != text.count("]")))


@mutant(
    "dangling-reference-accepted",
    breaks={"chat.guided.dangling-reference"},
    source="plausible: what is not found admits anything",
)
class DanglingReferenceAccepted(ChatRequests):
    """A reference to a definition that is not there is dropped silently."""

    def prepare_body(self, body: Json) -> Json:
        return dict(_without(super().prepare_body(body), "$ref", lambda value: value == "#/$defs/zorblax"))


@mutant(
    "tool-invalid-schema-accepted",
    breaks={"chat.tools.strict.invalid-schema"},
    source="plausible: parameters are text for the prompt",
)
class ToolInvalidSchemaAccepted(ChatRequests):
    """Parameters of a function that are no JSON Schema are accepted."""

    def prepare_body(self, body: Json) -> Json:
        return _without_type(super().prepare_body(body), "tools")


@mutant(
    "text-format-invalid-schema-accepted",
    breaks={"responses.text-format.invalid-schema"},
    source="plausible: one of two ways to the compiler forgives",
)
class TextFormatInvalidSchemaAccepted(ResponseRequests):
    """A `text.format` that is no JSON Schema is accepted."""

    def prepare_response_body(self, body: Json) -> Json:
        return _without_type(super().prepare_response_body(body), "text")


@mutant(
    "bad-guided-server-error",
    breaks=both("survives"),
    defects=("d146",),
    source="vllm-project/vllm#19270",
)
class BadGuidedServerError(ChatRequests):
    """A bad regex, choice or grammar is a 500."""

    def guide_of(self, body: Json, dialect: Dialect) -> Guide | None:
        try:
            return super().guide_of(body, dialect)
        except ApiError as error:
            if str(error.param).startswith(("guided_", "structured_outputs")):
                raise ApiError(500, error.message, type="server_error") from None
            raise
