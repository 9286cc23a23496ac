"""Mutants with faults in choices: their number, finish reasons, reasoning or token counts."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.language_model.generate import Output, Piece
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, text_of


@mutant("message-role-user", breaks={"chat.message.role"}, source="plausible: the request's message echoed")
class MessageRoleUser(Chat):
    """The message in a completion has the role `user` instead of `assistant`."""

    def message(self, output: Output) -> Json:
        return {**super().message(output), "role": "user"}


@mutant(
    "choices-null",
    breaks={"chat.error-in-success"},
    defects=("d042", "d346"),
    source="langchain-ai/langchain#32314",
)
class ChoicesNull(Chat):
    """A completion has status 200 and `choices: null`."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {**super().completion(request, outputs), "choices": None}


@mutant(
    "finish-reason-not-in-enum",
    breaks={"chat.finish-reason.enum", "chat.stream.finish-once"},
    defects=("d281", "d317", "d318"),
    source="huggingface/text-generation-inference#2344",
)
class FinishReasonNotInEnum(Generations):
    """`finish_reason` is `eos_token` instead of `stop`."""

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
    """A finished completion has `finish_reason: null`."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return {**super().choice(request, index, output), "finish_reason": None}


@mutant("finish-length-always", breaks={"chat.finish-reason.stop"}, defects=("d094",), source="ddalcu/mlx-serve#127")
class FinishLengthAlways(Generations):
    """`finish_reason` is `length` although the text ended naturally."""

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
    """Neither `max_tokens` nor `max_completion_tokens` limits the length of the output."""

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
    """The output has one token more than the limit in the request."""

    def token_limit(self, request: ChatRequest) -> int:
        return super().token_limit(request) + 1


@mutant(
    "n-ignored",
    breaks={"chat.n.count"},
    defects=("d085", "d086", "d087", "d088"),
    source="InternLM/lmdeploy#1787",
)
class NIgnored(Generations):
    """`n` is silently ignored: one choice is returned."""

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
    """All choices of a completion have `index: 0`."""

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
    """The model's reasoning is in `content`, inside `<think>` tags."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        thought = message.pop("reasoning_content", None)
        return {**message, "content": f"<think>{thought}</think>{message['content'] or ''}"} if thought else message

    def text_delta(self, piece: Piece) -> Json:
        return {"content": piece.text}


@mutant("overflow-cut", breaks={"chat.context.overflow"}, defects=("d338", "d339"), source="ollama/ollama#17889")
class OverflowCut(ChatRequests):
    """A prompt that exceeds the context window is truncated instead of rejected."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        try:
            return super().chat_request(body, dialect)
        except ApiError as error:
            if error.code != "context_length_exceeded":
                raise
        cut = [{**m, "content": text_of(m.get("content"))[-1000:]} for m in body["messages"][-1:]]
        return super().chat_request({**body, "messages": cut}, dialect)


@mutant(
    "overflow-code-missing", breaks={"chat.context.overflow-code"}, source="vLLM, llama.cpp: a 400 with another code"
)
class OverflowCodeMissing(ChatRequests):
    """The error for a prompt that exceeds the context window has no `code`."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        try:
            return super().chat_request(body, dialect)
        except ApiError as error:
            if error.code == "context_length_exceeded":
                raise ApiError(error.status, error.message, error.param) from None
            raise


@mutant(
    "reasoning-not-counted",
    breaks={"chat.reasoning.counted", "chat.stream.reasoning-counted"},
    defects=("d220",),
    source="router-for-me/CLIProxyAPI#5224",
)
class ReasoningNotCounted(Generations):
    """`reasoning_tokens` is 0 in responses with visible reasoning."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        counts["completion_tokens_details"]["reasoning_tokens"] = 0
        return counts


@mutant(
    "answer-in-reasoning",
    breaks={"chat.reasoning.answered"},
    defects=("d263",),
    source="lmstudio-ai/lmstudio-bug-tracker#1602",
)
class AnswerInReasoning(Chat):
    """The model's answer is added to the reasoning, and `content` is empty."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        if output.reasoning and not output.calls:
            message = {**message, "content": "", "reasoning_content": f"{output.reasoning}\n{output.text}"}
        return message


@mutant(
    "json-in-reasoning",
    breaks={"chat.json-object.enforced", "chat.json-schema.enforced"},
    defects=("d264",),
    source="vllm-project/vllm#48863",
)
class JsonInReasoning(Chat):
    """Structured output is returned as reasoning, and `content` is null."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        choice = super().choice(request, index, output)
        if request.guide is not None:
            choice["message"].update(content=None, reasoning_content=output.text)
        return choice


@mutant(
    "usage-completion-wrong",
    # Seen where the count is known to be bounded: more tokens are counted than were allowed.
    breaks={"chat.max-completion-tokens.bounds", "chat.max-tokens.bounds", "chat.max-tokens.one"},
    defects=("d217",),
    source="vllm-project/vllm#8625",
)
class UsageCompletionWrong(Generations):
    """`completion_tokens` is twice the real count."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        doubled = 2 * counts["completion_tokens"] + 1
        return {**counts, "completion_tokens": doubled, "total_tokens": counts["prompt_tokens"] + doubled}


@mutant("usage-prompt-times-n", breaks={"chat.n.prompt-counted-once"}, source="llm-d/llm-d-inference-sim#536")
class UsagePromptTimesN(Generations):
    """`prompt_tokens` counts the prompt once per choice."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        prompt = counts["prompt_tokens"] * max(1, len(outputs))
        return {**counts, "prompt_tokens": prompt, "total_tokens": prompt + counts["completion_tokens"]}


@mutant("usage-first-choice-only", breaks={"chat.n.all-choices-counted"}, source="plausible")
class UsageFirstChoiceOnly(Generations):
    """`completion_tokens` counts only the first choice."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return super().usage(request, outputs[:1])
