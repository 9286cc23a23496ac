"""Mutants whose queue outlives a reader: the rest of a stream that was left reaches who comes next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence

from starlette.responses import Response

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.dialect import Dialect
from conformance.reference.generate import Output
from conformance.reference.http import Http
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json

LINE = "Write this line once more"  # prompts that begin so are long answers, for which there is a slot
PREFIX = len(LINE)


class _Queues(Http):
    """A queue for each slot. What was not read of a stream stays in the queue of its slot."""

    slot = ""

    def queues(self) -> dict[str, list[bytes]]:
        """What was left, by slot."""
        found: dict[str, list[bytes]] = self.__dict__.setdefault("_queues", {})
        return found

    def take(self) -> list[bytes]:
        """What the slot's queue holds; it is empty afterwards."""
        return self.queues().pop(self.slot, [])

    def deliver(self, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        return self._queued(self.slot, frames)

    async def _queued(self, slot: str, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        whole = False
        try:
            async for frame in super().deliver(frames):
                yield frame
                await asyncio.sleep(0.005 if slot else 0)  # so that a reader has time to leave
            whole = True
        finally:
            if not whole and slot:
                self.queues()[slot] = list(frames)


class _Slots(Chat):
    """Chooses the slot of a request by the beginning of its prompt."""

    http: _Queues

    def chat(self, body: Json, dialect: Dialect) -> Response:
        messages = body.get("messages")
        last = messages[-1] if isinstance(messages, list) and messages else None
        text = last.get("content") if isinstance(last, dict) else None
        self.http.slot = text[:PREFIX] if isinstance(text, str) and text.startswith(LINE) else ""
        return super().chat(body, dialect)


beside("hung-up-rest-streamed")(_Slots)
beside("hung-up-rest-in-answer")(_Queues)


@mutant(
    "hung-up-rest-streamed",
    breaks={"http.isolation.hung-up"},
    defects=("d315",),
    source="plausible: one queue of tokens for each slot, kept when its reader leaves",
)
class HungUpRestStreamed(_Queues):
    """The next stream begins with the rest of one that was left."""

    async def _queued(self, slot: str, frames: Iterator[bytes]) -> AsyncIterator[bytes]:
        for frame in self.queues().pop(slot, []):
            yield frame
        async for frame in super()._queued(slot, frames):
            yield frame


@mutant(
    "hung-up-rest-in-answer",
    breaks={"http.isolation.hung-up"},
    defects=("d315",),
    source="plausible: one queue of tokens for each slot, kept when its reader leaves",
)
class HungUpRestInAnswer(_Slots):
    """The next whole answer begins with the text of a stream that was left."""

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        body = super().completion(request, outputs)
        rest = "".join(_text(frame) for frame in self.http.take())
        message = body["choices"][0]["message"]
        if rest and isinstance(message.get("content"), str):
            message["content"] = f"{rest}{message['content']}"
        return body


def _text(frame: bytes) -> str:
    """The content of one chunk."""
    data = frame.partition(b"data: ")[2].strip()
    choices = json.loads(data)["choices"] if data.startswith(b"{") else []
    return "".join(choice["delta"].get("content") or "" for choice in choices)
