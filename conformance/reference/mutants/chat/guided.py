"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.guided`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.language_model.constraint import Constraint, ConstraintError, Guide
from conformance.reference.language_model.generate import Generation, Output, Plan
from conformance.reference.language_model.sampler import Sampling
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, text_of

CONTRACTS = ("guided", "vllm.structured-outputs")


CHOICES = frozenset(
    f"{contract}.choice.{name}"
    for contract in CONTRACTS
    for name in ("enforced", "single", "prefixes", "quoting", "many", "generated")
)


class Ignored(Generations):
    """The base class of mutants that silently ignore certain kinds of constraint on the output."""

    kinds: frozenset[str] = frozenset()

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return None if guide and guide.kind in self.kinds else guide


@mutant("json-cut-says-stop", breaks={"chat.guided.cut"}, source="plausible")
class JsonCutSaysStop(Generations):
    """JSON output that the token limit truncates has `finish_reason: stop` instead of `length`."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if request.guide and reason == "length" else reason


@mutant(
    "guided-endless-whitespace",
    breaks={"chat.guided.ends"},
    defects=("d148",),
    source="vllm-project/vllm#13260",
)
class GuidedEndlessWhitespace(Generations):
    """Structured output does not end: whitespace fills it up to the token limit."""

    def plan(self, request: ChatRequest) -> Plan:
        plan = super().plan(request)
        if plan.guide is None or not plan.guide.kind.startswith("json"):
            return plan
        return replace(plan, guide=None, text=plan.text[:-1] + "\n" * 4000)

    def sampling(self, request: ChatRequest) -> Sampling:
        sampling = super().sampling(request)
        json = request.guide is not None and request.guide.kind.startswith("json")
        return replace(sampling, frequency_penalty=0.0) if json else sampling


@mutant(
    "response-format-text-refused",
    breaks={"chat.guided.text"},
    defects=("d271",),
    source="lmstudio-ai/lmstudio-bug-tracker#307",
)
class ResponseFormatTextRefused(ChatRequests):
    """`response_format` of type `text` is rejected."""

    def guide_of(self, body: Json, dialect) -> Guide | None:  # type: ignore[no-untyped-def]

        if (body.get("response_format") or {}).get("type") == "text":
            refuse(
                "'response_format.type' must be 'json_object' or 'json_schema'.",
                "response_format.type",
                "invalid_value",
            )
        return super().guide_of(body, dialect)


@mutant(
    "invalid-schema-accepted",
    breaks={"chat.guided.invalid-schema"},
    defects=("d146",),
    source="vllm-project/vllm#19270",
)
class InvalidSchemaAccepted(ChatRequests):
    """A schema or regular expression that cannot be compiled is silently ignored instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        from conformance.reference.language_model.constraint import Constraint, ConstraintError

        body = super().prepare_body(body)
        wanted = body.get("response_format")
        schema = (wanted.get("json_schema") or {}).get("schema") if isinstance(wanted, dict) else None
        tried: Sequence[tuple[str, Guide]] = [
            ("response_format", Guide("json_schema", schema or {"type": "object"})),
            ("guided_json", Guide("json_schema", body.get("guided_json") or {"type": "object"})),
            ("guided_regex", Guide("regex", str(body.get("guided_regex", "a")))),
        ]
        for key, guide in tried:
            try:
                Constraint(guide)
            except ConstraintError:
                body = {name: value for name, value in body.items() if name != key}
        return body


@mutant(
    "second-choice-unguarded", breaks={"chat.guided.choices"}, source="plausible: one state of the constraint for all"
)
class SecondChoiceUnguarded(Generations):
    """With `n` above 1, the constraint applies only to the first choice."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        return super().generation(replace(request, guide=None) if index else request, sampling, index)


class Forgiving(ChatRequests):
    """The base class of mutants that silently ignore an invalid constraint instead of rejecting the request."""

    def guide_of(self, body: Json, dialect: Dialect) -> Guide | None:
        try:
            return super().guide_of(body, dialect)
        except ApiError as error:
            if self.forgives(body, error):
                return None
            raise

    def forgives(self, body: Json, error: ApiError) -> bool:
        return False


@mutant("unsatisfiable-schema-accepted", breaks={"chat.guided.unsatisfiable"}, source="plausible")
class UnsatisfiableSchemaAccepted(Forgiving):
    """A schema that no JSON value satisfies is silently ignored instead of rejected."""

    def forgives(self, body: Json, error: ApiError) -> bool:
        return "nsatisfiable" in error.message


@mutant(
    "bad-schema-server-error",
    breaks={"chat.guided.survives"},
    defects=("d146",),
    source="vllm-project/vllm#19270",
)
class BadSchemaServerError(ChatRequests):
    """A schema that cannot be compiled causes a 500."""

    def schema_guide(self, described: Json, path: str, param: str) -> Guide:
        schema = described.get("schema")
        try:
            Constraint(Guide("json_schema", schema if isinstance(schema, dict) else {"type": "object"}))
        except ConstraintError as error:
            raise ApiError(500, str(error), type="server_error") from None
        return super().schema_guide(described, path, param)


class OffWhen(Generations):
    """The base class of mutants that silently ignore the constraint on the output in some requests."""

    def off(self, request: ChatRequest) -> bool:
        return False

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        return None if self.off(request) else super().constraint_for(request)


@mutant("guided-off-beside-tools", breaks={"chat.guided.tools"}, source="kekzl/imp#119")
class GuidedOffBesideTools(OffWhen):
    """A constraint on the output is ignored if the request declares tools."""

    def off(self, request: ChatRequest) -> bool:
        return bool(request.get("tools", ()))


@mutant(
    "guided-off-with-stop", breaks={"chat.guided.stop"}, source="plausible: two ways to end a text, one of them served"
)
class GuidedOffWithStop(OffWhen):
    """A constraint on the output is ignored if the request has stop sequences."""

    def off(self, request: ChatRequest) -> bool:
        return bool(request.get("stop", ()))


@mutant(
    "stop-off-when-guided", breaks={"chat.guided.stop"}, source="plausible: two ways to end a text, one of them served"
)
class StopOffWhenGuided(Generations):
    """Stop sequences are ignored if the request has a constraint on the output."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return () if request.guide else super().stops(request)


@mutant(
    "guided-off-when-hot", breaks={"chat.guided.temperature"}, source="plausible: sampled first, looked at afterwards"
)
class GuidedOffWhenHot(OffWhen):
    """A constraint on the output is ignored if the temperature is above 1."""

    def off(self, request: ChatRequest) -> bool:
        return float(request.get("temperature", 1.0)) > 1


@mutant("json-cut-says-stop-in-stream", breaks={"chat.guided.cut"}, source="plausible")
class JsonCutSaysStopInStream(Generations):
    """In a stream, JSON output that the token limit truncates has `finish_reason: stop` instead of `length`."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if request.guide and reason == "length" and request.get("stream", False) else reason


@mutant("second-choice-unguarded-in-stream", breaks={"chat.guided.choices"}, source="plausible")
class SecondChoiceUnguardedInStream(Generations):
    """In a stream with `n` above 1, the constraint applies only to the first choice."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        free = index and request.get("stream", False)
        return super().generation(replace(request, guide=None) if free else request, sampling, index)


def _without(value: Any, keyword: str, bad: Callable[[str], bool]) -> Any:
    """Return the value without every occurrence of one invalid keyword."""

    def kept(found: Json) -> Json:
        wrong = isinstance(found.get(keyword), str) and bad(found[keyword])
        return {key: item for key, item in found.items() if key != keyword} if wrong else found

    return json.loads(json.dumps(value), object_hook=kept)


def without_type(body: Json, parameter: str) -> Json:
    """Remove an unknown `type` from the schema in one parameter of the body; other parameters stay unchanged."""
    if body.get(parameter) is None:
        return body
    return {**body, parameter: _without(body[parameter], "type", lambda value: value == "zorblax")}


@mutant(
    "invalid-pattern-accepted",
    breaks={"chat.guided.invalid-pattern"},
    source="plausible: patterns compiled late, and leniently",
)
class InvalidPatternAccepted(ChatRequests):
    """A `pattern` that is not a regular expression is silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        return dict(_without(super().prepare_body(body), "pattern", lambda text: text.count("[") != text.count("]")))


@mutant(
    "dangling-reference-accepted",
    breaks={"chat.guided.dangling-reference"},
    source="plausible: what is not found admits anything",
)
class DanglingReferenceAccepted(ChatRequests):
    """A `$ref` to a missing definition is silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        return dict(_without(super().prepare_body(body), "$ref", lambda value: value == "#/$defs/zorblax"))


@mutant("json-word-not-required", breaks={"chat.guided.json-object-word"}, source="liar")
class JsonWordNotRequired(ChatRequests):
    """The response format `json_object` is accepted although no message has the word JSON."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        wanted = body.get("response_format")
        messages = body.get("messages")
        if not isinstance(wanted, dict) or wanted.get("type") != "json_object" or not isinstance(messages, list):
            return body
        if any("json" in text_of(m.get("content")).lower() for m in messages if isinstance(m, dict)):
            return body
        return {**body, "messages": [*messages, {"role": "system", "content": "Answer in JSON."}]}
