"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.response`."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json


@mutant("object-wrong", breaks={"chat.response.object"}, source="schema")
class ObjectWrong(Chat):
    """`object` is text_completion."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {**super().completion(request, outputs), "object": "text_completion"}


@mutant("object-missing", breaks={"chat.response.object"}, source="Copilot")
class ObjectMissing(Chat):
    """`object` is missing."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {key: value for key, value in super().completion(request, outputs).items() if key != "object"}


@mutant("service-tier-unknown", breaks={"chat.response.service-tier"}, source="Groq")
class ServiceTierUnknown(Chat):
    """The `service_tier` of a completion has a value that OpenAI does not define."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "service_tier": "on_demand"}


@mutant("model-empty", breaks={"chat.response.model"}, source="plausible: a proxy that fills the field later")
class ModelEmpty(Chat):
    """The `model` of a completion is an empty string."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "model": ""}


@mutant(
    "model-constant",
    breaks={"chat.response.model-served", "error.unknown-model"},
    defects=("d045",),
    source="ggml-org/llama.cpp#10728",
)
class ModelConstant(ChatRequests):
    """Every model name is accepted, and every completion has the `model` of another vendor."""

    def chat_model(self, body: Json, dialect: Dialect) -> str:
        super().chat_model(body, dialect)
        return self.models.chat_models()[0]


@beside("model-constant")
class _ModelNamed(Chat):
    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "model": "gpt-3.5-turbo-0613"}


@mutant(
    "model-path",
    breaks={"chat.response.model-served"},
    defects=("d045",),
    source="llama.cpp and others: the file that is loaded",
)
class ModelPath(Chat):
    """The `model` of a completion is the path of a file on the server's disk."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "model": f"/data/models/{request.model}.gguf"}


@mutant("null-for-absent", breaks={"chat.response.absent-not-null"}, source="vLLM: fields dumped with their defaults")
class NullForAbsent(Chat):
    """A message without tool calls has `tool_calls: null` and `function_call: null` instead of omitting them."""

    def message(self, output: Output) -> Json:
        return {"tool_calls": None, "function_call": None, **super().message(output)}


@mutant(
    "id-reused",
    breaks={"chat.response.id-reused", "chat.response.id-unique", "http.isolation.ids"},
    source="plausible: cached ids",
)
class IdReused(Chat):
    """Every completion has the same `id`."""

    def completion_id(self) -> str:
        return "chatcmpl-00000000000000000000000000000"


@mutant(
    "id-repeats-later",
    breaks={"chat.response.id-reused"},
    source="plausible: a counter that wraps around, in streams that nobody stores",
)
class IdRepeatsLater(Chat):
    """After 24 streams, the ids of streamed completions repeat; the ids of unstreamed completions are unique."""

    _streams = 0

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = super().envelope(request, kind)
        if request.get("stream", False) and not request.get("store", False):
            self._streams += 1
            return {**shared, "id": f"chatcmpl-stream{self._streams % 24:02}"}
        return shared


@mutant(
    "created-at-start",
    breaks={"chat.response.created-now"},
    source="plausible: the time in the example of a document, or of the build",
)
class CreatedAtStart(Chat):
    """`created` is a constant: a time in the past."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "created": 1_694_268_190}


@mutant("id-empty", breaks={"chat.response.id"}, source="Snowflake")
class IdEmpty(Chat):
    """The `id` of a completion is an empty string."""

    def completion_id(self) -> str:
        return ""


@mutant(
    "created-milliseconds",
    breaks={"chat.response.created", "responses.object.created-at"},
    source="plausible: JavaScript's Date.now()",
)
class CreatedMilliseconds(Ids):
    """`created` is in milliseconds instead of seconds."""

    def now(self) -> int:
        return super().now() * 1000


@mutant(
    "created-float",
    breaks={"chat.response.created", "chat.stream.chunk-schema"},
    source="plausible: Python's time.time()",
)
class CreatedFloat(Chat):
    """`created` is a fractional number."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = super().envelope(request, kind)
        return {**shared, "created": shared["created"] + 0.5}


@mutant(
    "content-array",
    breaks={"chat.response.schema"},
    defects=("d128",),
    source="vercel/ai#17779",
)
class ContentArray(Chat):
    """`message.content` is an array of parts."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "content": [{"type": "text", "text": message["content"] or ""}]}
