"""Generates the events of a Responses stream. Separate events begin each output item, add its content, and end it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.language_model.generate import Generation, Piece
from conformance.reference.language_model.sampler import Step
from conformance.reference.obfuscation import event_text, obfuscated
from conformance.reference.part import Part
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.reasoning import explained, summary_events
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses


@dataclass(slots=True)
class _Open:
    """The output item being written."""

    kind: str
    id: str
    index: int
    text: str = ""
    steps: list[Step] = field(default_factory=list)
    call_id: str = ""
    name: str = ""


class ResponseEvents(Part):
    """Generates all events of a response, for streams and for JSON responses.

    The last event of the stream has the complete response object.
    """

    http: Http
    ids: Ids
    response_objects: ResponseObjects
    stored_responses: StoredResponses

    def padded(self, request: ResponseRequest, events: Iterator[Json]) -> Iterator[Json]:
        """Yield the events.

        If the request sets `include_obfuscation`, delta events get the field `obfuscation`, which hides the
        length of the delta.
        """
        asked = request.get("stream_options", {}).get("include_obfuscation")
        return obfuscated(events, event_text) if asked else events

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        """Yield the bytes of a stream of server-sent events.

        In a stream of the Responses API, each event has an `event:` line, and no `[DONE]` follows the last event.
        """
        for event in events:
            yield self.http.frame_event(self.http.dumps(event), event["type"])

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        """Yield the events, numbered from 0 in `sequence_number`."""
        for number, event in enumerate(events):
            yield {"type": event["type"], "sequence_number": number, **event}

    def response_events(self, request: ResponseRequest, generation: Generation, response: Json) -> Iterator[Json]:
        """Yield all events of a response in order."""
        yield {"type": "response.created", "response": response}
        yield {"type": "response.in_progress", "response": response}
        items: list[Json] = []
        now: _Open | None = None
        written = "custom_tool_call" if request.custom else "message"
        for piece in generation:
            kind = "function_call" if piece.call is not None else "reasoning" if piece.reasoning else written
            if now is None or now.kind != kind or piece.begins:
                yield from self._closed(now, items, request, cut=False)
                now = self._opened(kind, piece, len(items), request.custom)
                yield from self.opening(now)
            yield from self.delta_events(now, piece, request)
        if now is None or (now.kind == "reasoning" and not generation.output.calls):
            yield from self._closed(now, items, request, cut=False)
            now = self._opened(written, Piece(""), len(items), request.custom)
            yield from self.opening(now)
        yield from self._closed(now, items, request, cut=generation.output.finish_reason == "length")
        response = self.response_objects.finished(request, response, items, generation.output)
        self.stored_responses.keep(request, response)
        yield {"type": f"response.{response['status']}", "response": response}

    def _opened(self, kind: str, piece: Piece, index: int, custom: str) -> _Open:
        prefix = {"message": "msg_", "function_call": "fc_", "custom_tool_call": "ctc_", "reasoning": "rs_"}[kind]
        begun = piece.begins
        if kind == "custom_tool_call":
            return _Open(kind, self.ids.new_id(prefix), index, call_id=self.ids.new_id("call_"), name=custom)
        return _Open(
            kind, self.ids.new_id(prefix), index, call_id=begun.id if begun else "", name=begun.name if begun else ""
        )

    def opening(self, now: _Open) -> Iterator[Json]:
        """Yield the events that begin an output item."""
        item = self._item(now, "in_progress", [])
        yield {"type": "response.output_item.added", "output_index": now.index, "item": item}
        if now.kind == "message":
            part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
            yield {"type": "response.content_part.added", **self._place(now), "content_index": 0, "part": part}

    def delta_events(self, now: _Open, piece: Piece, request: ResponseRequest) -> Iterator[Json]:
        """Yield the events for one piece of text."""
        now.text += piece.text
        now.steps.extend(piece.steps)
        if not piece.text:
            return
        if now.kind == "message":
            logprobs = self.response_objects.part_logprobs(piece.steps, request)
            yield {
                "type": "response.output_text.delta",
                **self._place(now),
                "content_index": 0,
                "delta": piece.text,
                "logprobs": logprobs,
            }
        elif now.kind == "function_call":
            yield {"type": "response.function_call_arguments.delta", **self._place(now), "delta": piece.text}
        elif now.kind == "custom_tool_call":
            yield {"type": "response.custom_tool_call_input.delta", **self._place(now), "delta": piece.text}
        else:
            yield {"type": "response.reasoning_text.delta", **self._place(now), "content_index": 0, "delta": piece.text}

    def _closed(self, now: _Open | None, items: list[Json], request: ResponseRequest, *, cut: bool) -> Iterator[Json]:
        if now is None:
            return
        part = self.response_objects.text_part(now.text, now.steps, request)
        item = self._item(now, "incomplete" if cut else "completed", [part])
        if now.kind == "reasoning":
            item = explained(item, now.text, request)
        items.append(item)
        yield from self.closing(now, item, part)

    def closing(self, now: _Open, item: Json, part: Json) -> Iterator[Json]:
        """Yield the events that end an output item."""
        place = self._place(now)
        if now.kind == "message":
            logprobs: Sequence[Json] = part["logprobs"]
            yield {
                "type": "response.output_text.done",
                **place,
                "content_index": 0,
                "text": now.text,
                "logprobs": logprobs,
            }
            yield {"type": "response.content_part.done", **place, "content_index": 0, "part": part}
        elif now.kind == "function_call":
            yield {"type": "response.function_call_arguments.done", **place, "name": now.name, "arguments": now.text}
        elif now.kind == "custom_tool_call":
            yield {"type": "response.custom_tool_call_input.done", **place, "input": now.text}
        else:
            yield {"type": "response.reasoning_text.done", **place, "content_index": 0, "text": now.text}
            yield from summary_events(place, item)
        yield {"type": "response.output_item.done", "output_index": now.index, "item": item}

    def _place(self, now: _Open) -> Json:
        return {"item_id": now.id, "output_index": now.index}

    def _item(self, now: _Open, status: str, content: list[Json]) -> Json:
        if now.kind == "message":
            return self.response_objects.message_item(now.id, status, content)
        if now.kind == "function_call":
            return self.response_objects.call_item(now.id, status, now.call_id, now.name, now.text)
        if now.kind == "custom_tool_call":
            return self.response_objects.custom_call_item(now.id, status, now.call_id, now.name, now.text)
        return self.response_objects.reasoning_item(now.id, now.text)
