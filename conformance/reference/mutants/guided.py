"""Mutants that do not enforce `guided_json`, `guided_regex` or `guided_choice`."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.constraint import Guide
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.chat.guided import CHOICES, CONTRACTS, Ignored
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

REGEXES = frozenset(
    f"{contract}.regex.{name}"
    for contract in CONTRACTS
    for name in ("enforced", "syntax", "anchors", "escapes", "unicode", "generated")
)


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
class JsonSchemaNotEnforced(Ignored):
    """A request with a JSON schema is accepted, but the schema is not enforced."""

    kinds = frozenset({"json_schema"})


@mutant("guided-regex-ignored", breaks=REGEXES, defects=("d150",), source="ogx-ai/ogx#4984")
class GuidedRegexIgnored(Ignored):
    """A request with `guided_regex` is accepted, but the regular expression is not enforced."""

    kinds = frozenset({"regex"})


@mutant("guided-choice-ignored", breaks=CHOICES, defects=("d150",), source="ogx-ai/ogx#4984")
class GuidedChoiceIgnored(Ignored):
    """A request with `guided_choice` is accepted, but the list of choices is not enforced."""

    kinds = frozenset({"choice"})


@mutant(
    "json-schema-as-json-object",
    breaks={"chat.json-schema.enforced", "guided.json.enforced", "responses.text-format"},
    defects=("d072",),
    source="raullenchai/Rapid-MLX#801",
)
class JsonSchemaAsJsonObject(Generations):
    """If a request has a JSON schema, the output is a JSON object that need not match the schema."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return Guide("json_object") if guide and guide.kind == "json_schema" else guide


@mutant(
    "guided-regex-partial",
    breaks={"guided.regex.enforced"},
    source="plausible: search in place of fullmatch",
)
class GuidedRegexPartial(Generations):
    """The output of a request with `guided_regex` has text before the match of the regular expression."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        return replace(guide, value=f"Sure: ({guide.value})") if guide and guide.kind == "regex" else guide


@mutant(
    "guided-choice-prefix",
    breaks={"guided.choice.enforced"},
    source="plausible",
)
class GuidedChoicePrefix(Generations):
    """The output of a request with `guided_choice` has text before the choice."""

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
    """A constraint on the output is ignored in streams."""

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        return None if request.get("stream", False) else super().constraint_for(request)


@mutant(
    "json-in-code-fence",
    breaks={"chat.json-object.enforced", "chat.json-schema.enforced", "guided.json.enforced"},
    source="prompt-only implementations",
)
class JsonInCodeFence(Chat):
    """JSON output is wrapped in a Markdown code fence."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        text = message["content"] or ""
        return {**message, "content": f"```json\n{text}\n```"} if text.startswith("{") else message


@mutant(
    "json-after-preface",
    breaks={"chat.json-object.enforced", "chat.json-schema.enforced", "guided.json.enforced"},
    source="prompt-only implementations",
)
class JsonAfterPreface(Chat):
    """JSON output is preceded by a sentence."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        text = message["content"] or ""
        return {**message, "content": f"Here is the JSON: {text}"} if text.startswith("{") else message
