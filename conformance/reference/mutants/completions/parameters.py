"""Mutants of text completions with faults in parameters, prompts and streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.completions import Completions, TextRequest
from conformance.reference.errors import ApiError
from conformance.reference.language_model.generate import Generation, Output, Piece
from conformance.reference.language_model.sampler import Step
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.mutants.chat.stream import Chunks
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.unknown_tokens import has_unknown_token
from conformance.reference.prompt import Json


@mutant(
    "completion-stop-leaks",
    breaks={"completions.stream.stop"},
    defects=("d030",),
    source="SharpAI/SwiftLM#133",
)
class CompletionStopLeaks(Completions):
    """A streamed text completion contains the beginning of a stop sequence, sent before the rest is generated."""

    def text_deltas(self, request: Any, index: int, generation: Generation) -> Chunks:
        stop = request.get("stop", [])
        leaked = stop[0][:2] if isinstance(stop, list) and stop else ""
        for choice in super().text_deltas(request, index, generation):
            if choice["finish_reason"] == "stop" and leaked:
                yield {**choice, "text": leaked, "finish_reason": None}
            yield choice


@mutant(
    "completion-usage-not-streamed",
    breaks={"completions.stream.usage"},
    defects=("d018",),
    source="ogx-ai/ogx#6541",
)
class CompletionUsageNotStreamed(Completions):
    """A streamed text completion has no usage chunk although the request sets `include_usage`."""

    def text_chunks(self, request: Any) -> Iterator[Json]:
        for chunk in super().text_chunks(request):
            if chunk["choices"]:
                yield chunk


@mutant(
    "completion-logprobs-first",
    breaks={"completions.prompt-array.logprobs"},
    defects=("d299",),
    source="PaddlePaddle/FastDeploy#3618",
)
class CompletionLogprobsFirst(Completions):
    """If a text completion has several prompts, only choices of the first prompt have log probabilities."""

    def text_choice(self, request: Any, index: int, output: Any) -> Json:
        choice = super().text_choice(request, index, output)
        return choice if index < self.text_count(request) else {**choice, "logprobs": None}


@mutant("completion-object-chat", breaks={"completions.schema"}, source="gateways that answer with chat completions")
class CompletionObjectChat(Completions):
    """A text completion has the `object` of a chat completion."""

    def text_envelope(self, request: TextRequest) -> Json:
        return {**super().text_envelope(request), "object": "chat.completion"}


@mutant("completion-reason-null", breaks={"completions.finish-reason"}, source="sgl-project/sglang#446")
class CompletionReasonNull(Completions):
    """Without streaming, the choices of a text completion have `finish_reason: null`."""

    def text_choice(self, request: TextRequest, index: int, output: Output) -> Json:
        return {**super().text_choice(request, index, output), "finish_reason": None}


class _Asked(Completions):
    """Base of mutants that ignore one parameter of a text completion."""

    lost = ""

    def text_request(self, body: Json) -> TextRequest:
        return super().text_request({name: value for name, value in body.items() if name != self.lost})


@mutant(
    "completion-limit-ignored",
    breaks={"completions.max-tokens"},
    source="gateways that map parameters by hand",
)
class CompletionLimitIgnored(_Asked):
    """`max_tokens` of a text completion is ignored."""

    lost = "max_tokens"


@mutant(
    "completion-stop-ignored",
    breaks={"completions.stop", "completions.stream.stop"},
    source="SharpAI/SwiftLM#133",
)
class CompletionStopIgnored(_Asked):
    """`stop` of a text completion is ignored."""

    lost = "stop"


@mutant("completion-echo-ignored", breaks={"completions.echo"}, defects=("d301",), source="raullenchai/Rapid-MLX#461")
class CompletionEchoIgnored(_Asked):
    """`echo` of a text completion is ignored."""

    lost = "echo"


@mutant("completion-n-ignored", breaks={"completions.n"}, source="ROCm/ATOM#647")
class CompletionNIgnored(_Asked):
    """`n` of a text completion is ignored."""

    lost = "n"


@mutant(
    "completion-usage-sum",
    breaks={"completions.usage"},
    source="plausible: the sum without the prompt",
)
class CompletionUsageSum(Completions):
    """The `total_tokens` of a text completion does not include the tokens of the prompt."""

    def text_usage(self, request: TextRequest, completion: int) -> Json:
        return {**super().text_usage(request, completion), "total_tokens": completion}


@mutant(
    "completion-first-prompt", breaks={"completions.prompt-array"}, defects=("d298",), source="vllm-project/vllm#2529"
)
class CompletionFirstPrompt(Completions):
    """If the request for a text completion has several prompts, only the first is completed."""

    def text_request(self, body: Json) -> TextRequest:
        request = super().text_request(body)
        return replace(request, prompts=request.prompts[:1])


@mutant(
    "completion-prompts-crash",
    breaks={"completions.prompt-array", "http.no-server-error"},
    defects=("d298",),
    source="llama-cpp-python",
)
class CompletionPromptsCrash(Completions):
    """A request for a text completion with an array of prompts causes a 500."""

    def text_request(self, body: Json) -> TextRequest:
        request = super().text_request(body)
        if len(request.prompts) > 1:
            raise TypeError("the prompt is no string")
        return request


@mutant(
    "completion-prompts-swapped",
    breaks={"completions.prompt-array"},
    source="PaddlePaddle/FastDeploy#3618",
)
class CompletionPromptsSwapped(Completions):
    """If a text completion has several prompts, its choices are in the wrong order."""

    def text_request(self, body: Json) -> TextRequest:
        request = super().text_request(body)
        return replace(request, prompts=request.prompts[::-1])


@mutant("completion-logprobs-chat", breaks={"completions.logprobs"}, source="llama.cpp: chat's shape")
class CompletionLogprobsChat(Completions):
    """The log probabilities of a text completion have the format of chat completions."""

    def text_logprobs(self, request: TextRequest, steps: Sequence[Step], offset: int) -> Json | None:
        if request.logprobs is None:
            return None
        return {"content": [{"token": TOKENIZER.text(step.token), "logprob": step.logprob} for step in steps]}


@mutant("completion-best-of-all", breaks={"completions.best-of"}, source="plausible: best_of is taken for n")
class CompletionBestOfAll(Completions):
    """A text completion returns all `best_of` candidates instead of the best `n`."""

    def text_count(self, request: TextRequest) -> int:
        return max(super().text_count(request), int(request.get("best_of", 0)))


@mutant(
    "completion-any-model",
    breaks={"completions.unknown-model"},
    source="llama.cpp: any name is answered",
)
class CompletionAnyModel(Completions):
    """A text completion is returned for any model name."""

    def text_request(self, body: Json) -> TextRequest:
        return super().text_request({**body, "model": self.models.chat_models()[0]})


@mutant("completion-stream-without-done", breaks={"completions.stream.done"}, source="transformers serve")
class CompletionStreamWithoutDone(Completions):
    """A streamed text completion ends without `[DONE]`."""

    def text_frames(self, chunks: Iterator[Json]) -> Iterator[bytes]:
        yield from list(super().text_frames(chunks))[:-1]


@mutant(
    "completion-stream-ids",
    breaks={"completions.stream.id-stable"},
    defects=("d193", "d302"),
    source="BerriAI/litellm#14429",
)
class CompletionStreamIds(Completions):
    """Every chunk of a streamed text completion has a different `id`."""

    def text_chunks(self, request: TextRequest) -> Iterator[Json]:
        for chunk in super().text_chunks(request):
            yield {**chunk, "id": self.new_text_id()}


@mutant(
    "completion-stream-reasons", breaks={"completions.stream.finish-once"}, source="plausible: the default of a field"
)
class CompletionStreamReasons(Completions):
    """Every chunk of a streamed text completion has a finish reason."""

    def text_fragment(self, request: TextRequest, index: int, piece: Piece, offset: int) -> Json:
        return {**super().text_fragment(request, index, piece, offset), "finish_reason": "stop"}


@mutant(
    "completion-stream-piece-lost",
    breaks={"completions.stream.equals-json"},
    source="plausible: the last piece goes with the finish reason",
)
class CompletionStreamPieceLost(Completions):
    """The last piece of a streamed text completion is lost."""

    def text_deltas(self, request: TextRequest, index: int, generation: Generation) -> Iterator[Json]:
        found: list[Any] = list(super().text_deltas(request, index, generation))
        yield from [*found[:-2], found[-1]]


@mutant(
    "completions-wedged-by-token",
    breaks={"completions.still-serving"},
    source="engines that look up a token id outside the embedding table",
)
class CompletionsWedgedByToken(Completions):
    """After a prompt with a token id beyond the vocabulary, a text completion that succeeded before gets a 403."""

    _wedged = False
    _seen: frozenset[str] = frozenset()

    def text_request(self, body: Json) -> TextRequest:
        self._wedged = self._wedged or has_unknown_token(body.get("prompt"))
        request = super().text_request(body)
        text = self.http.dumps(body)
        if self._wedged and text in self._seen:
            raise ApiError(403, "The engine is dead.", None, "engine_dead")
        self._seen |= {text}
        return request


@mutant("completion-seed-ignored", breaks={"completions.seed"}, defects=("d152",), source="sgl-project/sglang#15481")
class CompletionSeedIgnored(Completions):
    """`seed` of a text completion is ignored."""

    def text_request(self, body: Json) -> TextRequest:
        return super().text_request({name: value for name, value in body.items() if name != "seed"})
