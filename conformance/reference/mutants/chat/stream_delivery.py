"""Mutants with faults in the framing or delivery of a stream."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Generation
from conformance.reference.mutants.chat.stream import Chunks, EachChunk
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("event-lines", breaks={"chat.stream.data-only"}, defects=("d341",), source="mudler/LocalAI#340")
class EventLines(Http):
    """Chat chunks are sent as server-sent events with an `event:` line."""

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        return super().frame_event(data, event or "chunk")


@mutant("not-json-line", breaks={"chat.stream.json"}, defects=("d212",), source="caozhiyuan/copilot-api#88")
class NotJsonLine(Chat):
    """A stream begins with an event whose data is `ping`, which is not JSON."""

    def chat_frames(self, chunks: Chunks) -> Iterator[bytes]:
        yield self.http.frame_event("ping")
        yield from super().chat_frames(chunks)


@mutant("json-lines", breaks={"chat.stream.done"}, source="Ollama's native form")
class JsonLines(Http):
    """A stream consists of lines of JSON without the prefix `data:`."""

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        return f"{data}\n".encode()


@mutant(
    "stream-content-type",
    breaks={"chat.stream.media-type", "completions.stream.done", "responses.stream.media-type"},
    defects=("d207",),
    source="vllm-project/vllm-ascend#5033",
)
class StreamContentType(Http):
    """A stream has `Content-Type: application/json`."""

    def stream_media_type(self) -> str:
        return "application/json"


@mutant(
    "stream-buffered",
    breaks={"chat.stream.incremental", "responses.stream.incremental"},
    defects=("d104",),
    source="kekzl/imp#762",
)
class StreamBuffered(Http):
    """All events of a stream are sent together at the end of the generation."""

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        held = []
        async for frame in super().deliver(frames):
            held.append(frame)
            await asyncio.sleep(0.06)
        yield b"".join(held)


@mutant(
    "stream-ignored",
    breaks={"chat.stream.media-type"},
    source="liar",
)
class StreamIgnored(ChatRequests):
    """A request with `stream: true` gets one JSON object instead of a stream."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return {**body, "stream": False, "stream_options": None} if body.get("stream") is True else body


@mutant(
    "error-inside-stream",
    breaks={"error.before-stream", "chat.stream.no-error"},
    defects=("d013",),
    source="apache/rocketmq-dashboard#2178",
)
class ErrorInsideStream(Chat):
    """The error for an invalid streamed request is sent inside a stream with status 200."""

    def chat(self, body: Json, dialect: Any) -> Any:
        from conformance.reference.errors import ApiError, envelope

        try:
            return super().chat(body, dialect)
        except ApiError as error:
            if body.get("stream") is not True:
                raise
            return self.http.stream_response(self.chat_frames(iter([envelope(error)])))


@mutant(
    "stream-cut",
    breaks={"chat.stream.done", "chat.stream.finish-once"},
    defects=("d103",),
    source="CommandCodeAI/command-code#785",
)
class StreamCut(EachChunk):
    """A stream ends after five chunks, without a finish reason and without `[DONE]`."""

    def each(self, number: int, chunk: Json) -> Json | None:
        return chunk if number < 5 else None

    def end_of_stream(self) -> Iterator[bytes]:
        yield from ()


@mutant("chunks-before-role", breaks={"chat.stream.role-first"}, source="plausible: the role once the model has begun")
class ChunksBeforeRole(Chat):
    """A stream has the first piece of text before the delta with the role."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        found = super().choice_deltas(request, index, generation)
        if generation.plan.calls:
            yield from found
            return
        role = next(found)
        yield from itertools.islice(found, 1)
        yield role
        yield from found


@mutant("done-late", breaks={"chat.stream.done-in-time"}, source="gateways that close late")
class DoneLate(Http):
    """`[DONE]` is sent some time after the last chunk."""

    async def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        async for frame in super().deliver(frames):
            if frame == self.frame_event("[DONE]"):
                await asyncio.sleep(1.2)
            yield frame
