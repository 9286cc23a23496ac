"""Mutants of what chunks carry: text, calls, counts and reasons that are right when the answer comes whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.completions import Completions
from conformance.reference.errors import ApiError, envelope
from conformance.reference.generate import Generation, Piece
from conformance.reference.http import Http
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.stream import TEXT, Chunks, EachChunk
from conformance.reference.prompt import Json


@mutant(
    "finish-with-content",
    breaks={"chat.stream.finish-empty"},
    defects=("d215",),
    source="end-4/dots-hyprland#1329",
)
class FinishWithContent(Chat):
    """The finish reason comes in the chunk of the last text, or of the last fragment of a call."""

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
    """Chunks have `message` beside `delta`."""

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
    "stream-mojibake",
    breaks={"chat.messages.unicode"},
    defects=("d183",),
    source="sveneisenschmidt/n8n-openai-bridge#66",
)
class StreamMojibake(Chat):
    """The bytes of streamed characters are taken for characters themselves."""

    def text_delta(self, piece: Piece) -> Json:
        return {key: text.encode().decode("latin-1") for key, text in super().text_delta(piece).items()}


@mutant(
    "tools-cut-stream",
    breaks={"chat.guided.tools", "chat.tools.stream-whole"},
    defects=("d343",),
    source="mudler/LocalAI#9988",
)
class ToolsCutStream(Chat):
    """With tools declared only the first piece of text is streamed."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        told = False
        for choice in super().choice_deltas(request, index, generation):
            text = choice["delta"].get("content")
            if text and told and request.body.get("tools"):
                continue
            told = told or bool(text)
            yield choice


@mutant(
    "logprobs-off-with-tools",
    breaks={"chat.logprobs.with-tools"},
    defects=("d199",),
    source="sgl-project/sglang#28601",
)
class LogprobsOffWithTools(Chat):
    """Streams have no log probabilities when tools are declared."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for choice in super().choice_deltas(request, index, generation):
            yield {**choice, "logprobs": None} if request.body.get("tools") else choice


@mutant(
    "stream-undercounted",
    breaks={"chat.stream.same-completion"},
    defects=("d217",),
    source="vllm-project/vllm#8625",
)
class StreamUndercounted(EachChunk):
    """The usage of a stream lacks the last token."""

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
    """An answer with calls says `stop` before the calls, and `tool_calls` after them."""

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
    """A stream does not say what it is."""

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
    """What only the engine refuses (`n: 0`) is refused inside of a stream that began with 200."""

    def chat(self, body: Json, dialect: Any) -> Any:
        try:
            return super().chat(body, dialect)
        except ApiError as error:
            if body.get("stream") is not True or body.get("n") != 0:
                raise
            return self.http.stream_response(self.chat_frames(iter([envelope(error)])))


@mutant(
    "completion-stop-leaks",
    breaks={"completions.stream.stop"},
    defects=("d030",),
    source="SharpAI/SwiftLM#133",
)
class CompletionStopLeaks(Completions):
    """The beginning of a stop sequence is streamed before the rest of it arrives."""

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
    """A chunk without choices is dropped from a streamed completion, and the usage with it."""

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
    """Of several prompts only the first gets its log probabilities."""

    def text_choice(self, request: Any, index: int, output: Any) -> Json:
        choice = super().text_choice(request, index, output)
        return choice if index < self.text_count(request) else {**choice, "logprobs": None}


@mutant("role-empty-later", breaks={"chat.stream.role-once"}, defects=("d112",), source="MiniMax-AI/MiniMax-M2.5#2")
class RoleEmptyLater(Chat):
    """Deltas after the first have an empty role."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for number, choice in enumerate(super().choice_deltas(request, index, generation)):
            yield {**choice, "delta": {"role": "", **choice["delta"]}} if number else choice


@mutant("empty-data-event", breaks={"chat.stream.json"}, defects=("d212",), source="caozhiyuan/copilot-api#88")
class EmptyDataEvent(Chat):
    """Streams are kept alive by events without data."""

    def chat_frames(self, chunks: Chunks) -> Iterator[bytes]:
        yield self.http.frame_event("")
        yield from super().chat_frames(chunks)


@mutant("chunk-without-id", breaks={"chat.stream.chunk-schema"}, defects=("d341",), source="mudler/LocalAI#340")
class ChunkWithoutId(EachChunk):
    """Chunks have no id and no time."""

    def each(self, number: int, chunk: Json) -> Json:
        return {name: value for name, value in chunk.items() if name not in {"id", "created"}}


@mutant(
    "nested-arguments-broken",
    breaks={"chat.tools.arguments-json", "chat.tools.strict"},
    defects=("d350",),
    source="vllm-project/vllm#21046",
)
class NestedArgumentsBroken(Chat):
    """The brace that opens an object inside streamed arguments is lost."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        opened = False
        for choice in super().choice_deltas(request, index, generation):
            for call in choice["delta"].get("tool_calls") or ():
                text = call["function"]["arguments"]
                first, brace, rest = text.rpartition("{") if opened or text.count("{") > 1 else (text, "", "")
                opened = opened or "{" in text
                call["function"]["arguments"] = first + rest if brace else text
            yield choice
