"""Mutants of the completion object: identity, finish reasons, n, reasoning, logprobs."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat_request import ChatRequest
from conformance.reference.endpoint import Endpoint
from conformance.reference.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.sampler import Step


@mutant("object-wrong", breaks={"chat.response.object"}, source="schema")
class ObjectWrong(Endpoint):
    """`object` is text_completion."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {**super().completion(request, outputs), "object": "text_completion"}


@mutant("object-missing", breaks={"chat.response.object"}, source="Copilot")
class ObjectMissing(Endpoint):
    """`object` is missing."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {key: value for key, value in super().completion(request, outputs).items() if key != "object"}


@mutant("service-tier-unknown", breaks={"chat.response.service-tier"}, source="Groq")
class ServiceTierUnknown(Endpoint):
    """service_tier is a tier of the server's own."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        return {**super().envelope(request, kind), "service_tier": "on_demand"}


@mutant("id-reused", breaks={"chat.response.id-unique"}, source="plausible: cached ids")
class IdReused(Endpoint):
    """Every completion has the same id."""

    def completion_id(self) -> str:
        return "chatcmpl-00000000000000000000000000000"


@mutant("id-empty", breaks={"chat.response.id"}, also={"chat.response.id-unique"}, source="Snowflake")
class IdEmpty(Endpoint):
    """The id is an empty string."""

    def completion_id(self) -> str:
        return ""


@mutant("created-milliseconds", breaks={"chat.response.created"}, source="plausible: JavaScript's Date.now()")
class CreatedMilliseconds(Endpoint):
    """`created` is in milliseconds."""

    def now(self) -> int:
        return super().now() * 1000


@mutant("created-float", breaks={"chat.response.created"}, source="plausible: Python's time.time()")
class CreatedFloat(Endpoint):
    """`created` has a fraction."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = super().envelope(request, kind)
        return {**shared, "created": shared["created"] + 0.5}


@mutant(
    "choices-null", breaks={"chat.error-in-success"}, defects=("d042", "d346"), source="langchain-ai/langchain#32314"
)
class ChoicesNull(Endpoint):
    """`choices` is null in a 200."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {**super().completion(request, outputs), "choices": None}


@mutant("content-array", breaks={"chat.response.schema"}, defects=("d128",), source="vercel/ai#17779")
class ContentArray(Endpoint):
    """`message.content` is an array of parts."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "content": [{"type": "text", "text": message["content"] or ""}]}


@mutant(
    "finish-reason-not-in-enum",
    breaks={"chat.finish-reason.enum"},
    defects=("d281", "d317", "d318"),
    source="huggingface/text-generation-inference#2344",
)
class FinishReasonNotInEnum(Endpoint):
    """finish_reason is eos_token in place of stop."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "eos_token" if reason == "stop" else reason


@mutant("finish-reason-null", breaks={"chat.finish-reason.enum"}, defects=("d098",), source="sgl-project/sglang#446")
class FinishReasonNull(Endpoint):
    """A finished completion has finish_reason null."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return {**super().choice(request, index, output), "finish_reason": None}


@mutant(
    "finish-stop-at-limit",
    breaks={"chat.max-tokens.finish-reason"},
    defects=("d090", "d091"),
    source="mudler/LocalAI#3533",
)
class FinishStopAtLimit(Endpoint):
    """finish_reason is stop when the limit cut the text."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if reason == "length" else reason


@mutant("finish-length-always", breaks={"chat.finish-reason.stop"}, defects=("d094",), source="ddalcu/mlx-serve#127")
class FinishLengthAlways(Endpoint):
    """finish_reason is length when the text ended by itself."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "length" if reason == "stop" else reason


@mutant(
    "max-tokens-ignored",
    breaks={"chat.max-tokens.bounds", "chat.max-completion-tokens.bounds"},
    also={"chat.max-tokens.finish-reason"},
    source="liar",
)
class MaxTokensIgnored(Endpoint):
    """Nothing limits the length."""

    def token_limit(self, request: ChatRequest) -> int:
        return self.settings.context_window - request.prompt_tokens


@mutant(
    "max-completion-tokens-ignored",
    breaks={"chat.max-completion-tokens.bounds"},
    also={"chat.max-tokens.finish-reason"},
    defects=("d096",),
    source="ikawrakow/ik_llama.cpp#2321",
)
class MaxCompletionTokensIgnored(Endpoint):
    """`max_completion_tokens` is accepted and ignored."""

    def prepare_body(self, body: Json) -> Json:
        return {key: value for key, value in super().prepare_body(body).items() if key != "max_completion_tokens"}


@mutant("limit-off-by-one", breaks={"chat.max-tokens.bounds", "chat.max-completion-tokens.bounds"}, source="plausible")
class LimitOffByOne(Endpoint):
    """One token more than allowed is generated."""

    def token_limit(self, request: ChatRequest) -> int:
        return super().token_limit(request) + 1


@mutant(
    "n-ignored",
    breaks={"chat.n.count"},
    also={"chat.choices.index"},
    defects=("d085", "d086", "d087", "d088"),
    source="InternLM/lmdeploy#1787",
)
class NIgnored(Endpoint):
    """`n` is accepted and one choice returned."""

    def choice_count(self, request: ChatRequest) -> int:
        return 1


@mutant("n-index-zero", breaks={"chat.choices.index"}, defects=("d086",), source="InternLM/lmdeploy#4419")
class NIndexZero(Endpoint):
    """All choices have index 0."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return super().choice(request, 0, output)

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(0, delta, logprobs)

    def finish_choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return super().finish_choice(request, 0, output)


@mutant("logprobs-missing", breaks={"chat.logprobs.shape"}, defects=("d041", "d304"), source="jjang-ai/vmlx#127")
class LogprobsMissing(Endpoint):
    """`logprobs: true` gives null."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        return None


@mutant(
    "logprobs-legacy-shape", breaks={"chat.logprobs.shape"}, defects=("d038", "d040"), source="vllm-project/vllm#3179"
)
class LogprobsLegacyShape(Endpoint):
    """Log probabilities have the shape of legacy completions."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        found = super().logprobs(request, steps, calls=calls)
        if found is None:
            return None
        content = found["content"]
        return {
            "tokens": [entry["token"] for entry in content],
            "token_logprobs": [entry["logprob"] for entry in content],
            "top_logprobs": None,
        }


@mutant("logprobs-positive", breaks={"chat.logprobs.values"}, source="plausible: negated twice")
class LogprobsPositive(Endpoint):
    """Log probabilities are positive."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "logprob": -entry["logprob"] + 0.25}


@mutant("logprobs-count", breaks={"chat.logprobs.text"}, source="plausible")
class LogprobsCount(Endpoint):
    """The first token of each text has no entry."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        return super().logprobs(request, steps[1:], calls=calls)


@mutant(
    "logprobs-off-in-stream",
    breaks={"chat.logprobs.shape"},
    defects=("d199", "d204"),
    source="abetlen/llama-cpp-python#197",
)
class LogprobsOffInStream(Endpoint):
    """Streams have no log probabilities."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(index, delta, None)


@mutant("logprobs-bytes-wrong", breaks={"chat.logprobs.text"}, defects=("d206",), source="vllm-project/vllm#2918")
class LogprobsBytesWrong(Endpoint):
    """`bytes` show SentencePiece's mark in place of a space."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "bytes": list(entry["token"].replace(" ", "▁").encode())}


@mutant("top-logprobs-unsorted", breaks={"chat.logprobs.top-order"}, source="plausible")
class TopLogprobsUnsorted(Endpoint):
    """Alternatives come worst first."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "top_logprobs": entry["top_logprobs"][::-1]}


@mutant("top-logprobs-ignored", breaks={"chat.top-logprobs.count"}, source="plausible")
class TopLogprobsIgnored(Endpoint):
    """`top_logprobs` is always empty."""

    def token_logprob(self, step: Step) -> Json:
        return {**super().token_logprob(step), "top_logprobs": []}


@mutant(
    "reasoning-in-content",
    breaks={"chat.reasoning.not-in-content"},
    defects=("d257", "d258", "d261"),
    source="kekzl/imp#793",
)
class ReasoningInContent(Endpoint):
    """The model's thinking is part of the content, in think tags."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "content": f"<think>The user wants an answer.</think>{message['content'] or ''}"}
