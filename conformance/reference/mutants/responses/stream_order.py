"""Mutants with faulty events in a Responses stream, or events in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.reference.errors import refuse
from conformance.reference.http import Http
from conformance.reference.language_model.generate import Generation, Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.responses.input import Prepared
from conformance.reference.prompt import Json
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


@mutant("response-stream-usage", breaks={"responses.stream.same-usage"}, source="plausible")
class ResponseStreamUsage(ResponseObjects):
    """The `input_tokens` of a streamed response is one too high."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        more = 1 if request.get("stream", False) else 0
        spent, total = usage["input_tokens"] + more, usage["total_tokens"] + more
        return {**usage, "input_tokens": spent, "total_tokens": total}


@mutant(
    "response-stream-refused",
    breaks={"responses.stream.offered"},
    defects=("d255",),
    source="cloudflare/cloudflare-docs#32116",
)
class ResponseStreamRefused(Prepared):
    """A Responses request with `stream: true` is rejected."""

    def prepared(self, body: Json) -> Json:
        if body.get("stream") is True:
            refuse("Parameter 'stream' is not supported for this model.", "stream", "unsupported_parameter")
        return body


@mutant(
    "response-sequence-missing", breaks={"responses.stream.sequence"}, defects=("d051",), source="Blaizzy/mlx-vlm#494"
)
class ResponseSequenceMissing(ResponseEvents):
    """The events of a Responses stream have no `sequence_number`."""

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        for event in super().numbered(events):
            yield {key: value for key, value in event.items() if key != "sequence_number"}


@mutant(
    "response-sequence-repeats",
    breaks={"responses.stream.sequence"},
    defects=("d056",),
    source="ggml-org/llama.cpp#24957",
)
class ResponseSequenceRepeats(ResponseEvents):
    """The last event of a Responses stream has `sequence_number: 0`."""

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        for event in super().numbered(events):
            yield (
                {**event, "sequence_number": 0}
                if event["type"] in {"response.completed", "response.incomplete"}
                else event
            )


class _Without(ResponseEvents):
    dropped: frozenset[str] = frozenset()

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        yield from super().response_frames(event for event in events if event["type"] not in self.dropped)


@mutant(
    "response-no-terminal",
    breaks={"responses.stream.terminal"},
    defects=("d164",),
    source="vllm-project/vllm#52418",
)
class ResponseNoTerminal(_Without):
    """A Responses stream ends without `response.completed` or `response.incomplete`."""

    dropped = frozenset({"response.completed", "response.incomplete"})


@mutant(
    "response-no-created",
    breaks={"responses.stream.created"},
    source="plausible",
)
class ResponseNoCreated(_Without):
    """A Responses stream lacks the event `response.created`."""

    dropped = frozenset({"response.created"})


@mutant(
    "response-no-item-done",
    breaks={"responses.stream.order"},
    defects=("d165",),
    source="sgl-project/sglang#12653",
)
class ResponseNoItemDone(_Without):
    """A Responses stream lacks the event `response.output_item.done`."""

    dropped = frozenset({"response.output_item.done"})


@mutant(
    "response-content-index-counts",
    breaks={"responses.stream.content-index"},
    defects=("d163",),
    source="vllm-project/vllm#29947",
)
class ResponseContentIndexCounts(ResponseEvents):
    """`content_index` increases with each delta of the same text."""

    def response_events(self, request: ResponseRequest, generation: Generation, response: Json) -> Iterator[Json]:
        count = 0
        for event in super().response_events(request, generation, response):
            if event["type"] == "response.output_text.delta":
                yield {**event, "content_index": count}
                count += 1
            else:
                yield event


@mutant("response-event-name-missing", breaks={"responses.stream.event-name"}, source="plausible")
class ResponseEventNameMissing(Http):
    """The events of a Responses stream have no `event:` line."""

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        return super().frame_event(data, None)


@mutant("response-done-sentinel", breaks={"responses.stream.no-done"}, source="OpenRouter; a warning")
class ResponseDoneSentinel(ResponseEvents):
    """A Responses stream ends with `[DONE]`."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        yield from super().response_frames(events)
        yield self.http.frame_event("[DONE]")


@mutant(
    "response-stream-item-without-status",
    breaks={"responses.stream.item-status"},
    defects=("d053",),
    source="diegosouzapw/OmniRoute#13964",
)
class ResponseStreamItemWithoutStatus(ResponseEvents):
    """The items in the events `response.output_item.added` and `response.output_item.done` have no `status`."""

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        for event in super().numbered(events):
            item = {key: value for key, value in event.get("item", {}).items() if key != "status"}
            yield {**event, "item": item} if "item" in event else event
