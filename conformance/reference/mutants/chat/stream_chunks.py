"""Mutants that change chunks of a stream, and return correct responses to requests without streaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest
from conformance.reference.errors import ApiError, envelope
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Generation
from conformance.reference.mutants.chat.stream import TEXT, Chunks, EachChunk
from conformance.reference.mutants.chat.usage import UsageChunk
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "finish-with-content",
    breaks={"chat.stream.finish-empty"},
    defects=("d215",),
    source="end-4/dots-hyprland#1329",
)
class FinishWithContent(Chat):
    """The last chunk with content also has the finish reason, instead of a separate chunk without content."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        held: Json | None = None
        for choice in super().choice_deltas(request, index, generation):
            if choice["finish_reason"] and held is not None:
                held = {**held, "finish_reason": choice["finish_reason"]}
                continue
            if held is not None:
                yield held
            held = choice
        if held is not None:
            yield held


@mutant(
    "chunk-has-both",
    breaks={"chat.stream.no-message"},
    defects=("d187",),
    source="microsoft/foundry-local#144",
)
class ChunkHasBoth(Chat):
    """Chunks of a stream have both `message` and `delta`."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        choice = super().delta_choice(index, delta, logprobs)
        return {**choice, "message": {"role": "assistant", "content": delta.get("content") or ""}}


@mutant(
    "first-delta-twice",
    breaks=TEXT | {"chat.logprobs.text"},
    defects=("d342",),
    source="mudler/LocalAI#9363",
)
class FirstDeltaTwice(Chat):
    """The first piece of text is streamed twice."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        told = False
        for choice in super().choice_deltas(request, index, generation):
            yield choice
            if not told and choice["delta"].get("content"):
                told = True
                yield {**choice, "logprobs": None}


@mutant(
    "stream-undercounted",
    breaks={"chat.stream.same-completion"},
    defects=("d217",),
    source="vllm-project/vllm#8625",
)
class StreamUndercounted(EachChunk):
    """The token counts at the end of a stream are one token too low."""

    def each(self, number: int, chunk: Json) -> Json:
        usage = chunk.get("usage")
        if not usage:
            return chunk
        less = {name: usage[name] - 1 for name in ("completion_tokens", "total_tokens")}
        return {**chunk, "usage": {**usage, **less}}


@mutant(
    "finish-before-calls",
    breaks={"chat.stream.finish-once", "chat.stream.finish-last"},
    defects=("d306",),
    source="raullenchai/Rapid-MLX#433",
)
class FinishBeforeCalls(Chat):
    """A stream has `finish_reason: stop` before its tool calls and `tool_calls` after them."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        if generation.plan.calls:
            yield {"index": index, "delta": self.role_delta(), "logprobs": None, "finish_reason": "stop"}
        for choice in super().choice_deltas(request, index, generation):
            delta = {name: value for name, value in choice["delta"].items() if name != "role"}
            yield {**choice, "delta": delta} if generation.plan.calls else choice


@mutant(
    "stream-without-content-type",
    breaks={"chat.stream.media-type", "completions.stream.done", "responses.stream.media-type"},
    defects=("d209",),
    source="nearai/private-ml-sdk#20",
)
class StreamWithoutContentType(Http):
    """A stream has no `Content-Type`."""

    def stream_response(self, frames: Iterator[bytes]) -> Response:
        response = super().stream_response(frames)
        del response.headers["content-type"]
        return response


@mutant(
    "n-zero-error-in-stream",
    breaks={"error.before-stream", "chat.stream.no-error"},
    defects=("d010",),
    source="EricLBuehler/mistral.rs#1874",
)
class NZeroErrorInStream(Chat):
    """The error for a streamed request with `n: 0` is sent inside a stream with status 200."""

    def chat(self, body: Json, dialect: Any) -> Any:
        try:
            return super().chat(body, dialect)
        except ApiError as error:
            if body.get("stream") is not True or body.get("n") != 0:
                raise
            return self.http.stream_response(self.chat_frames(iter([envelope(error)])))


@mutant(
    "role-lost-before-emoji",
    breaks={"chat.stream.role-first"},
    source="llama.cpp: the first token of the text is only a part of a character",
)
class RoleLostBeforeEmoji(Chat):
    """If the text of a stream begins with an emoji, no delta has a `role`."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Iterator[Json]:
        deltas = super().choice_deltas(request, index, generation)
        first = next(deltas)
        second = next(deltas, None)
        if second is None:
            yield first
            return
        if (second["delta"].get("content") or " ")[0] > "\uffff":
            first = {**first, "delta": {name: value for name, value in first["delta"].items() if name != "role"}}
        yield first
        yield second
        yield from deltas


@mutant("role-empty-later", breaks={"chat.stream.role-once"}, defects=("d112",), source="MiniMax-AI/MiniMax-M2.5#2")
class RoleEmptyLater(Chat):
    """Deltas after the first delta have a `role` that is an empty string."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for number, choice in enumerate(super().choice_deltas(request, index, generation)):
            yield {**choice, "delta": {"role": "", **choice["delta"]}} if number else choice


@mutant("empty-data-event", breaks={"chat.stream.json"}, defects=("d212",), source="caozhiyuan/copilot-api#88")
class EmptyDataEvent(Chat):
    """A stream begins with a server-sent event whose data is empty."""

    def chat_frames(self, chunks: Chunks) -> Iterator[bytes]:
        yield self.http.frame_event("")
        yield from super().chat_frames(chunks)


@mutant("chunk-without-id", breaks={"chat.stream.chunk-schema"}, defects=("d341",), source="mudler/LocalAI#340")
class ChunkWithoutId(EachChunk):
    """Chunks of a stream have neither `id` nor `created`."""

    def each(self, number: int, chunk: Json) -> Json:
        return {name: value for name, value in chunk.items() if name not in {"id", "created"}}


@mutant(
    "usage-chunk-missing",
    breaks={"chat.stream.usage-asked", "chat.stream.usage-chunk"},
    defects=("d020",),
    source="openvinotoolkit/model_server#2640",
)
class UsageChunkMissing(UsageChunk):
    """A stream has no usage chunk although the request sets `include_usage`."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield from ()


@mutant("usage-chunk-twice", breaks={"chat.stream.usage-chunk"}, source="chained proxies")
class UsageChunkTwice(UsageChunk):
    """A stream has two usage chunks."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield chunk
        yield chunk


@mutant(
    "usage-chunk-with-choices",
    breaks={"chat.stream.usage-null"},
    source="OpenRouter",
)
class UsageChunkWithChoices(UsageChunk):
    """The usage chunk has a choice in `choices`, which should be empty."""

    def usage_chunk(self, chunk: Json) -> Iterator[Json]:
        yield {**chunk, "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": None}]}


@mutant("usage-unasked", breaks={"chat.stream.usage-unasked"}, defects=("d016",), source="Arthur-Ficial/apfel#100")
class UsageUnasked(Chat):
    """A stream has a usage chunk although the request does not set `include_usage`."""

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
    """Every chunk of a stream has a `usage` with the token counts so far."""

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Iterator[Json]:
        for chunk in super().chat_chunks(request, generations):
            yield {**chunk, "usage": self.generations.usage(request, [generation.output for generation in generations])}
