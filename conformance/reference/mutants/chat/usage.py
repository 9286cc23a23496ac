"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.usage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

NOTHING_CACHED: Json = {"cached_tokens": 0}


@mutant("usage-total-wrong", breaks={"chat.usage.sum", "chat.stream.usage-sum"}, source="plausible")
class UsageTotalWrong(Generations):
    """`total_tokens` is not the sum of `prompt_tokens` and `completion_tokens`."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "total_tokens": counts["total_tokens"] + 1}


@mutant("usage-prompt-zero", breaks={"chat.usage.counts"}, source="common in streams")
class UsagePromptZero(Generations):
    """prompt_tokens is 0."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        total = counts["completion_tokens"]
        return {**counts, "prompt_tokens": 0, "total_tokens": total, "prompt_tokens_details": NOTHING_CACHED}


@mutant(
    "usage-completion-zero",
    breaks={"chat.max-tokens.one", "chat.usage.completion-counted"},
    source="plausible: nobody counts the output",
)
class UsageCompletionZero(Generations):
    """completion_tokens is 0."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "completion_tokens": 0, "total_tokens": counts["prompt_tokens"]}


@mutant(
    "usage-varies",
    breaks={"chat.usage.repeatable"},
    source="plausible: only the tokens that a cache does not have are counted",
)
class UsageVaries(Generations):
    """If a request at temperature 0 is repeated, `completion_tokens` counts only part of the text."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        body = repr(request.body)
        known = self.__dict__.setdefault("_counted", set())
        seen, spent = body in known, counts["completion_tokens"]
        known.add(body)
        if not seen or request.get("temperature", 1) != 0 or spent < 8:
            return counts
        return {**counts, "completion_tokens": spent - 3, "total_tokens": counts["total_tokens"] - 3}


@mutant("usage-prompt-constant", breaks={"chat.usage.prompt-grows"}, source="plausible")
class UsagePromptConstant(Generations):
    """`prompt_tokens` does not depend on the prompt."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        total = 10 + counts["completion_tokens"]
        return {**counts, "prompt_tokens": 10, "total_tokens": total, "prompt_tokens_details": NOTHING_CACHED}


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
    """A completion has no `usage`."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        return {key: value for key, value in super().completion(request, outputs).items() if key != "usage"}


@mutant("usage-cached-too-many", breaks={"chat.usage.cached-new", "chat.usage.details"}, source="plausible")
class UsageCachedTooMany(Generations):
    """`cached_tokens` is greater than `prompt_tokens`."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "prompt_tokens_details": {"cached_tokens": counts["prompt_tokens"] + 5}}


class UsageChunk(Chat):
    """The base class of mutants that change the usage chunk of a stream."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield chunk

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        for chunk in super().chat_chunks(request, generations):
            if chunk["choices"]:
                yield chunk
            else:
                yield from self.usage_chunk(chunk)


@mutant("usage-chunk-of-text", breaks={"chat.usage.counts"}, source="plausible: counts that passed through headers")
class UsageChunkOfText(UsageChunk):
    """In the usage chunk of a stream, `completion_tokens` is a string instead of a number."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "usage": {**chunk["usage"], "completion_tokens": str(chunk["usage"]["completion_tokens"])}}


@mutant(
    "usage-cached-share",
    breaks={"chat.usage.cached-new"},
    source="plausible: mocks that invent a share of cached tokens",
)
class UsageCachedShare(Generations):
    """`cached_tokens` is always three quarters of `prompt_tokens`."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        return {**counts, "prompt_tokens_details": {"cached_tokens": counts["prompt_tokens"] * 3 // 4}}


@mutant(
    "usage-invented", breaks={"chat.usage.completion-bounded"}, source="xpyd-sim 0.5.0: 89 tokens for 40 characters"
)
class UsageInvented(Generations):
    """For a finished JSON text, `completion_tokens` is one less than the token limit of the request."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        limit = request.get("max_completion_tokens", None) or request.get("max_tokens", None)
        if request.guide is None or not isinstance(limit, int) or counts["completion_tokens"] >= limit:
            return counts
        return {**counts, "completion_tokens": limit - 1, "total_tokens": counts["prompt_tokens"] + limit - 1}
