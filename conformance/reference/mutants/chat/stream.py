"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.stream`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

Chunks = Iterator[Json]


@mutant("no-done", breaks={"chat.stream.done"}, defects=("d100", "d341"), source="waybarrios/vllm-mlx#101")
class NoDone(Chat):
    """The stream ends without `[DONE]`."""

    def end_of_stream(self) -> Iterator[bytes]:
        yield from ()


@mutant("done-twice", breaks={"chat.stream.done"}, source="chained proxies")
class DoneTwice(Chat):
    """The stream has two `[DONE]` events."""

    def end_of_stream(self) -> Iterator[bytes]:
        yield from super().end_of_stream()
        yield from super().end_of_stream()


@mutant("role-repeated", breaks={"chat.stream.role-once"}, defects=("d111",), source="ollama/ollama#17166")
class RoleRepeated(Chat):
    """Every delta of a stream has a `role`, not only the first."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(index, {"role": "assistant", **delta}, logprobs)


@mutant(
    "role-missing",
    breaks={"chat.stream.role-first"},
    defects=("d106", "d107", "d109"),
    source="tensorzero/tensorzero#1265",
)
class RoleMissing(Chat):
    """No delta of a stream has a `role`."""

    def role_delta(self) -> Json:
        return {"content": ""}


@mutant("role-empty", breaks={"chat.stream.role-first"}, defects=("d112",), source="MiniMax-AI/MiniMax-M2.5#2")
class RoleEmpty(Chat):
    """The `role` in a stream is an empty string."""

    def role_delta(self) -> Json:
        return {**super().role_delta(), "role": ""}


class EachChunk(Chat):
    """The base class of mutants that change or drop single chunks of a stream."""

    def each(self, number: int, chunk: Json) -> Json | None:
        return chunk

    def chat_chunks(self, request: ChatRequest, generations: Sequence[Generation]) -> Chunks:
        for number, chunk in enumerate(super().chat_chunks(request, generations)):
            changed = self.each(number, chunk)
            if changed is not None:
                yield changed


@mutant(
    "chunk-id-changes",
    breaks={"chat.stream.id-stable"},
    defects=("d184", "d189", "d191"),
    source="ggml-org/llama.cpp#5876",
)
class ChunkIdChanges(EachChunk):
    """Every chunk of a stream has a different `id`."""

    def each(self, number: int, chunk: Json) -> Json:
        return {**chunk, "id": self.completion_id()}


@mutant("chunk-created-changes", breaks={"chat.stream.created-stable"}, source="fastapi clones: time.time() per chunk")
class ChunkCreatedChanges(EachChunk):
    """The `created` of each chunk in a stream is greater than in the chunk before."""

    def each(self, number: int, chunk: Json) -> Json:
        return {**chunk, "created": chunk["created"] + number}


@mutant("chunk-model-changes", breaks={"chat.stream.model-stable"}, source="routing gateways")
class ChunkModelChanges(EachChunk):
    """The first chunk of a stream has a different `model` than all later chunks."""

    def each(self, number: int, chunk: Json) -> Json:
        return {**chunk, "model": "router"} if number == 0 else chunk


@mutant(
    "null-for-absent-in-stream",
    breaks={"chat.stream.absent-not-null"},
    source="vLLM: fields dumped with their defaults",
)
class NullForAbsentInStream(Chat):
    """Deltas without tool calls have `tool_calls: null` instead of omitting it."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return super().delta_choice(index, {"tool_calls": None, **delta}, logprobs)


@mutant("chunk-object-wrong", breaks={"chat.stream.object"}, source="Perplexity")
class ChunkObjectWrong(EachChunk):
    """Chunks of a stream have `object: chat.completion` instead of `chat.completion.chunk`."""

    def each(self, number: int, chunk: Json) -> Json:
        return {**chunk, "object": "chat.completion"}


# A stream whose text is not the text breaks what is promised of the text, too.
TEXT = frozenset(
    {
        "chat.stream.equals-json",
        "chat.json-object.enforced",
        "chat.json-schema.enforced",
        "guided.json.enforced",
        "guided.regex.enforced",
        "guided.choice.enforced",
    }
)


@mutant(
    "chunk-cumulative",
    breaks=TEXT | {"chat.logprobs.text", "chat.stop.not-early"},
    defects=("d275",),
    source="NVIDIA/TensorRT-LLM#3280",
)
class ChunkCumulative(Chat):
    """Each delta of a stream repeats all previous text."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        told = ""
        for choice in super().choice_deltas(request, index, generation):
            told += choice["delta"].get("content") or ""
            yield (
                {**choice, "delta": {**choice["delta"], "content": told}} if choice["delta"].get("content") else choice
            )


@mutant(
    "first-text-lost",
    breaks=TEXT | {"chat.reasoning.answered"},
    source="defect by design: stream differs from non-stream",
)
class FirstTextLost(Chat):
    """The first piece of text is missing from the stream."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        lost = False
        for choice in super().choice_deltas(request, index, generation):
            if not lost and choice["delta"].get("content"):
                lost = True
                continue
            yield choice


@mutant("choice-index-counts", breaks={"chat.stream.index"}, defects=("d185",), source="microsoft/foundry-local#144")
class ChoiceIndexCounts(Chat):
    """`choices[].index` counts tokens."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for number, choice in enumerate(super().choice_deltas(request, index, generation)):
            yield {**choice, "index": number}


@mutant("choice-index-missing", breaks={"chat.stream.index"}, defects=("d253",), source="vercel/ai#4031")
class ChoiceIndexMissing(Chat):
    """The choices in chunks of a stream have no `index`."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for choice in super().choice_deltas(request, index, generation):
            yield {key: value for key, value in choice.items() if key != "index"}


@mutant("finish-twice", breaks={"chat.stream.finish-once"}, defects=("d306",), source="raullenchai/Rapid-MLX#433")
class FinishTwice(Chat):
    """The chunk with the finish reason is sent twice."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for choice in super().choice_deltas(request, index, generation):
            yield choice
            if choice["finish_reason"]:
                yield choice


@mutant("finish-never", breaks={"chat.stream.finish-once"}, source="sgl-project/sglang#446")
class FinishNever(Chat):
    """No chunk of a stream has a `finish_reason`."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        for choice in super().choice_deltas(request, index, generation):
            yield {**choice, "finish_reason": None}


@mutant(
    "finish-on-every-chunk",
    breaks={"chat.stream.finish-once", "chat.stream.finish-last", "chat.stream.finish-empty"},
    source="common clones",
)
class FinishOnEveryChunk(Chat):
    """Every chunk of a stream has `finish_reason: stop`, not only the last."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return {**super().delta_choice(index, delta, logprobs), "finish_reason": "stop"}


@mutant("finish-key-missing", breaks={"chat.stream.finish-null"}, source="schema: finish_reason is required, nullable")
class FinishKeyMissing(Chat):
    """Chunks before the last one lack the `finish_reason` key."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return {
            key: value for key, value in super().delta_choice(index, delta, logprobs).items() if key != "finish_reason"
        }


@mutant("finish-empty-string", breaks={"chat.stream.finish-once"}, source="Snowflake")
class FinishEmptyString(Chat):
    """In chunks before the last one, `finish_reason` is an empty string instead of null."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        return {**super().delta_choice(index, delta, logprobs), "finish_reason": ""}


@mutant("delta-missing", breaks={"chat.stream.delta"}, defects=("d284",), source="microsoft/autogen#6465")
class DeltaMissing(Chat):
    """The chunk with the finish reason has no delta."""

    def finish_choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        return {key: value for key, value in super().finish_choice(request, index, output).items() if key != "delta"}


@mutant("chunk-has-message", breaks={"chat.stream.delta"}, defects=("d187",), source="microsoft/foundry-local#144")
class ChunkHasMessage(Chat):
    """Chunks of a stream have `message` instead of `delta`."""

    def delta_choice(self, index: int, delta: Json, logprobs: Json | None = None) -> Json:
        choice = super().delta_choice(index, delta, logprobs)
        return {"message": choice.pop("delta"), **choice}


@mutant("body-kept-open", breaks={"chat.stream.body-ends"}, defects=("d010",), source="EricLBuehler/mistral.rs#1874")
class BodyKeptOpen(Http):
    """A stream stays open for a while after its last event."""

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        async for frame in super().deliver(frames):
            yield frame
        await asyncio.sleep(1.2)


@mutant(
    "stream-by-presence",
    breaks={"chat.stream.false"},
    source="plausible: the key is looked for, not its value",
)
class StreamByPresence(ChatRequests):
    """A request with `stream: false` gets a stream."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return {**body, "stream": True} if "stream" in body else body
