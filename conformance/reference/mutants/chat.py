"""Mutants of the completion object: identity, finish reasons, n, reasoning, logprobs."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.generate import Output, Piece
from conformance.reference.generation import Generations
from conformance.reference.ids import Ids
from conformance.reference.mutants.registry import mutant
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
    """service_tier is a tier of the server's own."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "service_tier": "on_demand"}


@mutant("model-empty", breaks={"chat.response.model"}, source="plausible: a proxy that fills the field later")
class ModelEmpty(Chat):
    """`model` is an empty string."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "model": ""}


@mutant("message-role-user", breaks={"chat.message.role"}, source="plausible: the request's message echoed")
class MessageRoleUser(Chat):
    """The message has the role user."""

    def message(self, output: Output) -> Json:
        return {**super().message(output), "role": "user"}


@mutant("null-for-absent", breaks={"chat.response.absent-not-null"}, source="vLLM: fields dumped with their defaults")
class NullForAbsent(Chat):
    """A message without calls has `tool_calls: null` and `function_call: null`."""

    def message(self, output: Output) -> Json:
        return {"tool_calls": None, "function_call": None, **super().message(output)}


@mutant("id-reused", breaks={"chat.response.id-unique", "http.isolation.ids"}, source="plausible: cached ids")
class IdReused(Chat):
    """Every completion has the same id."""

    def completion_id(self) -> str:
        return "chatcmpl-00000000000000000000000000000"


@mutant("id-empty", breaks={"chat.response.id"}, source="Snowflake")
class IdEmpty(Chat):
    """The id is an empty string."""

    def completion_id(self) -> str:
        return ""


@mutant(
    "created-milliseconds",
    breaks={"chat.response.created", "responses.object.created-at"},
    source="plausible: JavaScript's Date.now()",
)
class CreatedMilliseconds(Ids):
    """`created` is in milliseconds."""

    def now(self) -> int:
        return super().now() * 1000


@mutant(
    "created-float",
    breaks={"chat.response.created", "chat.stream.chunk-schema"},
    source="plausible: Python's time.time()",
)
class CreatedFloat(Chat):
    """`created` has a fraction."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = super().envelope(request, kind)
        return {**shared, "created": shared["created"] + 0.5}


@mutant(
    "choices-null",
    breaks={"chat.error-in-success"},
    defects=("d042", "d346"),
    source="langchain-ai/langchain#32314",
)
class ChoicesNull(Chat):
    """`choices` is null in a 200."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {**super().completion(request, outputs), "choices": None}


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


@mutant(
    "finish-reason-not-in-enum",
    breaks={"chat.finish-reason.enum", "chat.stream.finish-once"},
    defects=("d281", "d317", "d318"),
    source="huggingface/text-generation-inference#2344",
)
class FinishReasonNotInEnum(Generations):
    """finish_reason is eos_token in place of stop."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "eos_token" if reason == "stop" else reason


@mutant(
    "finish-reason-null",
    breaks={"chat.finish-reason.enum", "chat.guided.cut"},
    defects=("d098",),
    source="sgl-project/sglang#446",
)
class FinishReasonNull(Chat):
    """A finished completion has finish_reason null."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return {**super().choice(request, index, output), "finish_reason": None}


@mutant(
    "finish-stop-at-limit",
    breaks={"chat.guided.cut", "chat.max-tokens.finish-reason"},
    defects=("d090", "d091"),
    source="mudler/LocalAI#3533",
)
class FinishStopAtLimit(Generations):
    """finish_reason is stop when the limit cut the text."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if reason == "length" else reason


@mutant("finish-length-always", breaks={"chat.finish-reason.stop"}, defects=("d094",), source="ddalcu/mlx-serve#127")
class FinishLengthAlways(Generations):
    """finish_reason is length when the text ended by itself."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        stopped = bool(self.stops(request)) or bool(output.calls)
        return "length" if reason == "stop" and not stopped else reason


@mutant(
    "max-tokens-ignored",
    breaks={
        "chat.max-completion-tokens.bounds",
        "chat.max-tokens.bounds",
        "responses.max-output-tokens",
    },
    source="liar",
)
class MaxTokensIgnored(Generations):
    """Nothing limits the length."""

    def token_limit(self, request: ChatRequest) -> int:
        return self.models.context_window(request.model) - request.prompt_tokens


@mutant(
    "max-completion-tokens-ignored",
    breaks={"chat.max-completion-tokens.bounds"},
    defects=("d096",),
    source="ikawrakow/ik_llama.cpp#2321",
)
class MaxCompletionTokensIgnored(ChatRequests):
    """`max_completion_tokens` is accepted and ignored."""

    def prepare_body(self, body: Json) -> Json:
        return {key: value for key, value in super().prepare_body(body).items() if key != "max_completion_tokens"}


@mutant(
    "limit-off-by-one",
    breaks={
        "chat.max-completion-tokens.bounds",
        "chat.max-tokens.bounds",
        "chat.max-tokens.one",
        "responses.max-output-tokens",
    },
    source="plausible",
)
class LimitOffByOne(Generations):
    """One token more than allowed is generated."""

    def token_limit(self, request: ChatRequest) -> int:
        return super().token_limit(request) + 1


@mutant(
    "n-ignored",
    breaks={"chat.n.count"},
    defects=("d085", "d086", "d087", "d088"),
    source="InternLM/lmdeploy#1787",
)
class NIgnored(Generations):
    """`n` is accepted and one choice returned."""

    def choice_count(self, request: ChatRequest) -> int:
        return 1


@mutant(
    "n-index-zero",
    # In a stream the choices run together: one choice, with two roles and two finish reasons.
    breaks={"chat.choices.index", "chat.n.count", "chat.stream.role-once", "chat.stream.finish-once"},
    defects=("d086",),
    source="InternLM/lmdeploy#4419",
)
class NIndexZero(Chat):
    """All choices have index 0."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return super().choice(request, 0, output)

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(0, delta, logprobs)

    def finish_choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return super().finish_choice(request, 0, output)


@mutant(
    "reasoning-in-content",
    breaks={"chat.reasoning.not-in-content"},
    defects=("d257", "d261"),
    source="kekzl/imp#793",
)
class ReasoningInContent(Chat):
    """The model's thinking is part of the content, in think tags."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        thought = message.pop("reasoning_content", None)
        return {**message, "content": f"<think>{thought}</think>{message['content'] or ''}"} if thought else message

    def text_delta(self, piece: Piece) -> Json:
        return {"content": piece.text}
