"""Mutants of structured output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.constraint import Guide
from conformance.reference.generate import Output, Plan
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.sampler import Sampling

_CONTRACTS = ("guided", "vllm.structured-outputs")
REGEXES = frozenset(
    f"{contract}.regex.{name}"
    for contract in _CONTRACTS
    for name in ("enforced", "syntax", "anchors", "escapes", "unicode", "generated")
)
CHOICES = frozenset(
    f"{contract}.choice.{name}"
    for contract in _CONTRACTS
    for name in ("enforced", "single", "prefixes", "quoting", "many", "generated")
)


class _Ignored(Generations):
    kinds: frozenset[str] = frozenset()

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return None if guide and guide.kind in self.kinds else guide


@mutant(
    "json-object-not-enforced",
    breaks={"chat.json-object.enforced", "responses.text-format.json-object"},
    defects=("d070",),
    source="jundot/omlx#1241",
)
class JsonObjectNotEnforced(_Ignored):
    """json_object is accepted and ignored."""

    kinds = frozenset({"json_object"})


@mutant(
    "json-schema-not-enforced",
    breaks={
        "chat.json-schema.enforced",
        "guided.json.enforced",
        "responses.text-format",
        "vllm.structured-outputs.json.enforced",
    },
    defects=("d070", "d072", "d149", "d274"),
    source="vllm-project/vllm#12692",
)
class JsonSchemaNotEnforced(_Ignored):
    """A JSON schema is accepted and ignored."""

    kinds = frozenset({"json_schema"})


@mutant("guided-regex-ignored", breaks=REGEXES, defects=("d150",), source="ogx-ai/ogx#4984")
class GuidedRegexIgnored(_Ignored):
    """A regex is accepted and ignored."""

    kinds = frozenset({"regex"})


@mutant("guided-choice-ignored", breaks=CHOICES, defects=("d150",), source="ogx-ai/ogx#4984")
class GuidedChoiceIgnored(_Ignored):
    """A list of choices is accepted and ignored."""

    kinds = frozenset({"choice"})


@mutant(
    "json-schema-as-json-object",
    breaks={"chat.json-schema.enforced", "guided.json.enforced", "responses.text-format"},
    defects=("d072",),
    source="raullenchai/Rapid-MLX#801",
)
class JsonSchemaAsJsonObject(Generations):
    """A JSON schema only makes the output some JSON object."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return Guide("json_object") if guide and guide.kind == "json_schema" else guide


@mutant(
    "guided-regex-partial",
    breaks={"guided.regex.enforced"},
    source="plausible: search in place of fullmatch",
)
class GuidedRegexPartial(Generations):
    """The output contains a match, but is not one."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return replace(guide, value=f"Sure: ({guide.value})") if guide and guide.kind == "regex" else guide


@mutant(
    "guided-choice-prefix",
    breaks={"guided.choice.enforced"},
    source="plausible",
)
class GuidedChoicePrefix(Generations):
    """Text stands before the choice."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return (
            replace(guide, value=[f"Answer: {item}" for item in guide.value])
            if guide and guide.kind == "choice"
            else guide
        )


@mutant(
    "guided-off-in-stream",
    breaks={
        "chat.json-object.enforced",
        "chat.json-schema.enforced",
        "guided.json.enforced",
        "guided.regex.enforced",
        "guided.choice.enforced",
    },
    defects=("d268", "d342"),
    source="ollama/ollama#14440",
)
class GuidedOffInStream(Generations):
    """Streams are not constrained."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        return None if request.get("stream", False) else super().constraint_for(request)


@mutant(
    "json-in-code-fence",
    breaks={"chat.json-object.enforced", "chat.json-schema.enforced", "guided.json.enforced"},
    source="prompt-only implementations",
)
class JsonInCodeFence(Chat):
    """JSON comes in a Markdown fence."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        text = message["content"] or ""
        return {**message, "content": f"```json\n{text}\n```"} if text.startswith("{") else message


@mutant("json-cut-says-stop", breaks={"chat.guided.cut"}, source="plausible")
class JsonCutSaysStop(Generations):
    """JSON that the limit cut says finish_reason stop."""

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
    """Structured output goes on with white space up to the limit."""

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
    """response_format text is refused."""

    def guide_of(self, body: Json, dialect) -> Guide | None:  # type: ignore[no-untyped-def]
        from conformance.reference.errors import refuse

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
    """A schema or regex that cannot be compiled is dropped silently."""

    def prepare_body(self, body: Json) -> Json:
        from conformance.reference.constraint import Constraint, ConstraintError

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
