"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.logprobs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.language_model.sampler import Step
from conformance.reference.mutants.chat.stream import Chunks
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "logprobs-off-with-tools",
    breaks={"chat.logprobs.with-tools"},
    defects=("d199",),
    source="sgl-project/sglang#28601",
)
class LogprobsOffWithTools(Chat):
    """A stream has no log probabilities if the request declares tools."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for choice in super().choice_deltas(request, index, generation):
            yield {**choice, "logprobs": None} if request.body.get("tools") else choice


@mutant("logprobs-unasked", breaks={"chat.logprobs.unasked"}, source="plausible: a debug setting left on")
class LogprobsUnasked(Chat):
    """Every response has log probabilities, even if the request does not set `logprobs`."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        return super().logprobs(replace(request, body={**request.body, "logprobs": True}), steps, calls=calls)


@mutant(
    "top-logprobs-of-first-token",
    breaks={"chat.logprobs.greedy-first"},
    defects=("d200",),
    source="sgl-project/sglang#39260",
)
class TopLogprobsOfFirstToken(Chat):
    """The `top_logprobs` of every token are a copy of the first token's `top_logprobs`."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        found = super().logprobs(request, steps, calls=calls)
        if found and found["content"]:
            first = found["content"][0]["top_logprobs"]
            found["content"] = [{**entry, "top_logprobs": first} for entry in found["content"]]
        return found


@mutant("logprobs-missing", breaks={"chat.logprobs.shape"}, defects=("d041", "d304"), source="jjang-ai/vmlx#127")
class LogprobsMissing(Chat):
    """The response to a request with `logprobs: true` has `logprobs: null`."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        return None


@mutant(
    "logprobs-legacy-shape",
    breaks={"chat.logprobs.shape", "chat.response.schema", "chat.stream.chunk-schema"},
    defects=("d038",),
    source="vllm-project/vllm#3179",
)
class LogprobsLegacyShape(Chat):
    """Log probabilities have the format of legacy completions."""

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


@mutant(
    "logprobs-positive", breaks={"chat.logprobs.values", "responses.logprobs.values"}, source="plausible: negated twice"
)
class LogprobsPositive(Chat):
    """Log probabilities are positive numbers."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "logprob": -entry["logprob"] + 0.25}


@mutant("logprobs-count", breaks={"chat.logprobs.text"}, source="plausible")
class LogprobsCount(Chat):
    """The list of log probabilities lacks the first token of each text."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        choice = super().choice(request, index, output)
        return self._without_first(choice) if choice["logprobs"] else choice

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        told = False
        for choice in super().choice_deltas(request, index, generation):
            first = bool(choice["logprobs"]) and not told
            told = told or first
            yield self._without_first(choice) if first else choice

    def _without_first(self, choice: Json) -> Json:
        return {**choice, "logprobs": {**choice["logprobs"], "content": choice["logprobs"]["content"][1:]}}


@mutant(
    "logprobs-off-in-stream",
    breaks={"chat.logprobs.shape"},
    defects=("d204",),
    source="abetlen/llama-cpp-python#197",
)
class LogprobsOffInStream(Chat):
    """Streams have no log probabilities."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(index, delta, None)


@mutant("logprobs-bytes-wrong", breaks={"chat.logprobs.text"}, defects=("d206",), source="vllm-project/vllm#2918")
class LogprobsBytesWrong(Chat):
    """The `bytes` of a token in `logprobs` have SentencePiece's mark `▁` instead of a space."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "bytes": list(entry["token"].replace(" ", "▁").encode())}


@mutant("top-logprobs-unsorted", breaks={"chat.logprobs.top-order"}, source="plausible")
class TopLogprobsUnsorted(Chat):
    """The `top_logprobs` of a token are sorted from least to most likely."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "top_logprobs": entry["top_logprobs"][::-1]}
