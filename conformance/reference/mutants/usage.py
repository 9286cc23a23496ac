"""Mutants of token counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.generate import Generation, Output
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("usage-total-wrong", breaks={"chat.usage.sum", "chat.stream.usage-sum"}, source="plausible")
class UsageTotalWrong(Generations):
    """total_tokens is not the sum."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "total_tokens": counts["total_tokens"] + 1}


@mutant("usage-prompt-zero", breaks={"chat.usage.counts"}, source="common in streams")
class UsagePromptZero(Generations):
    """prompt_tokens is 0."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "prompt_tokens": 0, "total_tokens": counts["completion_tokens"]}


@mutant("usage-prompt-constant", breaks={"chat.usage.prompt-grows"}, source="plausible")
class UsagePromptConstant(Generations):
    """prompt_tokens does not depend on the prompt."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "prompt_tokens": 10, "total_tokens": 10 + counts["completion_tokens"]}


@mutant(
    "usage-completion-wrong",
    # Seen where the count is known to be bounded: more tokens are counted than were allowed.
    breaks={"chat.max-completion-tokens.bounds", "chat.max-tokens.bounds", "chat.max-tokens.one"},
    defects=("d217",),
    source="vllm-project/vllm#8625",
)
class UsageCompletionWrong(Generations):
    """completion_tokens counts twice."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        doubled = 2 * counts["completion_tokens"] + 1
        return {**counts, "completion_tokens": doubled, "total_tokens": counts["prompt_tokens"] + doubled}


@mutant(
    "usage-negative",
    breaks={"chat.usage.counts"},
    defects=("d219",),
    source="Tencent/WeKnora#2980",
)
class UsageNegative(Generations):
    """completion_tokens is negative."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "completion_tokens": -1, "total_tokens": counts["prompt_tokens"] - 1}


@mutant("usage-missing", breaks={"chat.usage.present"}, source="schema")
class UsageMissing(Chat):
    """The completion has no usage."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {key: value for key, value in super().completion(request, outputs).items() if key != "usage"}


@mutant("usage-prompt-times-n", breaks={"chat.n.prompt-counted-once"}, source="llm-d/llm-d-inference-sim#536")
class UsagePromptTimesN(Generations):
    """The prompt is counted once for each choice."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        prompt = counts["prompt_tokens"] * max(1, len(outputs))
        return {**counts, "prompt_tokens": prompt, "total_tokens": prompt + counts["completion_tokens"]}


@mutant("usage-first-choice-only", breaks={"chat.n.all-choices-counted"}, source="plausible")
class UsageFirstChoiceOnly(Generations):
    """Only the first choice's tokens are counted."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return super().usage(request, outputs[:1])


@mutant("usage-cached-too-many", breaks={"chat.usage.details"}, source="plausible")
class UsageCachedTooMany(Generations):
    """More cached tokens than prompt tokens."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "prompt_tokens_details": {"cached_tokens": counts["prompt_tokens"] + 5}}


class _UsageChunk(Chat):
    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield chunk

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        for chunk in super().chat_chunks(request, generations):
            if chunk["choices"]:
                yield chunk
            else:
                yield from self.usage_chunk(chunk)


@mutant(
    "usage-chunk-missing",
    breaks={"chat.stream.usage-asked", "chat.stream.usage-chunk"},
    defects=("d020",),
    source="openvinotoolkit/model_server#2640",
)
class UsageChunkMissing(_UsageChunk):
    """include_usage gives no usage."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield from ()


@mutant("usage-chunk-twice", breaks={"chat.stream.usage-chunk"}, source="chained proxies")
class UsageChunkTwice(_UsageChunk):
    """The usage chunk comes twice."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield chunk
        yield chunk


@mutant("usage-chunk-of-text", breaks={"chat.usage.counts"}, source="plausible: counts that passed through headers")
class UsageChunkOfText(_UsageChunk):
    """A stream's counts are texts; those of a whole answer are numbers."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "usage": {**chunk["usage"], "completion_tokens": str(chunk["usage"]["completion_tokens"])}}


@mutant(
    "usage-chunk-with-choices",
    breaks={"chat.stream.usage-null"},
    source="OpenRouter",
)
class UsageChunkWithChoices(_UsageChunk):
    """The usage chunk has a choice."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": None}]}


@mutant("usage-unasked", breaks={"chat.stream.usage-unasked"}, defects=("d016",), source="Arthur-Ficial/apfel#100")
class UsageUnasked(Chat):
    """A usage chunk comes without include_usage."""

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        last: Json = {}
        for chunk in super().chat_chunks(request, generations):
            yield chunk
            last = chunk
        if last["choices"]:
            yield {
                **last,
                "choices": [],
                "usage": self.generations.usage(request, [generation.output for generation in generations]),
            }


@mutant(
    "usage-in-every-chunk",
    breaks={"chat.stream.usage-chunk", "chat.stream.usage-null"},
    defects=("d114", "d328"),
    source="databricks/databricks-ai-bridge#176",
)
class UsageInEveryChunk(Chat):
    """Every chunk has the usage so far."""

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        for chunk in super().chat_chunks(request, generations):
            yield {**chunk, "usage": self.generations.usage(request, [generation.output for generation in generations])}
