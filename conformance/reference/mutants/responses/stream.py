"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.stream`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.language_model.generate import Generation
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.creation import Responses
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.request import ResponseRequest


class _Events(ResponseEvents):
    """Base of mutants that change events after they were numbered."""

    def sent(self, event: Json) -> Iterator[Json]:
        yield event

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        return super().response_frames(changed for event in events for changed in self.sent(event))


def _terminal(event: Json) -> bool:
    return event["type"] in {"response.completed", "response.incomplete"}


@mutant("response-stream-error", breaks={"responses.stream.no-error"}, defects=("d014",), source="sgl-project/sglang#9963")  # fmt: skip
class ResponseStreamError(_Events):
    """A Responses stream has an `error` event before its last event."""

    def sent(self, event: Json) -> Iterator[Json]:
        if _terminal(event):
            number = event["sequence_number"]
            yield {"type": "error", "sequence_number": number, "code": None, "message": "Oops.", "param": None}
        yield event


@mutant("response-error-unnumbered", breaks={"responses.stream.no-error", "responses.stream.sequence"}, defects=("d054",), source="diegosouzapw/OmniRoute#13964")  # fmt: skip
class ResponseErrorUnnumbered(_Events):
    """A Responses stream has an `error` event without `sequence_number` before its last event."""

    def sent(self, event: Json) -> Iterator[Json]:
        if _terminal(event):
            yield {"type": "error", "code": None, "message": "Oops.", "param": None}
        yield event


@mutant("response-no-in-progress", breaks={"responses.stream.in-progress"}, source="plausible")
class ResponseNoInProgress(ResponseEvents):
    """A Responses stream lacks the event `response.in_progress`."""

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        return super().numbered(event for event in events if event["type"] != "response.in_progress")


@mutant(
    "response-output-index-one",
    breaks={"responses.stream.output-index"},
    source="plausible",
)
class ResponseOutputIndexOne(_Events):
    """The `output_index` of events in a Responses stream counts from 1 instead of 0."""

    def sent(self, event: Json) -> Iterator[Json]:
        yield {**event, "output_index": event["output_index"] + 1} if "output_index" in event else event


@mutant("response-item-id-changes", breaks={"responses.stream.item-id"}, source="plausible")
class ResponseItemIdChanges(_Events):
    """In a Responses stream, the deltas of one output item have different values of `item_id`."""

    def sent(self, event: Json) -> Iterator[Json]:
        yield {**event, "item_id": self.ids.new_id("msg_")} if event["type"].endswith(".delta") else event


@mutant("response-done-text", breaks={"responses.stream.deltas"}, source="plausible")
class ResponseDoneText(_Events):
    """In a Responses stream, the text of `response.output_text.done` differs from the joined deltas."""

    def sent(self, event: Json) -> Iterator[Json]:
        yield {**event, "text": event["text"] + " "} if event["type"] == "response.output_text.done" else event


@mutant("response-final-differs", breaks={"responses.stream.final"}, source="plausible")
class ResponseFinalDiffers(_Events):
    """The output items in the last event of a Responses stream have other ids than in earlier events."""

    def sent(self, event: Json) -> Iterator[Json]:
        if _terminal(event):
            items = [{**item, "id": f"{item['id']}0"} for item in event["response"]["output"]]
            event = {**event, "response": {**event["response"], "output": items}}
        yield event


@mutant("response-delta-without-item", breaks={"responses.stream.schema"}, source="plausible")
class ResponseDeltaWithoutItem(_Events):
    """The deltas of a Responses stream have no `item_id`."""

    def sent(self, event: Json) -> Iterator[Json]:
        lacks = event["type"].endswith(".delta")
        yield {key: value for key, value in event.items() if not lacks or key != "item_id"}


class _First(_Events):
    """Base of mutants that change the response in the first events."""

    def begun(self, response: Json) -> Json:
        return response

    def sent(self, event: Json) -> Iterator[Json]:
        first = event["type"] in {"response.created", "response.in_progress"}
        yield {**event, "response": self.begun(event["response"])} if first else event


@mutant(
    "response-created-bare",
    breaks={"responses.stream.object"},
    defects=("d052",),
    source="diegosouzapw/OmniRoute#13964",
)
class ResponseCreatedBare(_First):
    """The response object in the first events of a stream has no `output`."""

    def begun(self, response: Json) -> Json:
        return {key: value for key, value in response.items() if key != "output"}


@mutant("response-created-completed", breaks={"responses.stream.status"}, source="plausible")
class ResponseCreatedCompleted(_First):
    """The response object in the event `response.created` has status `completed`."""

    def begun(self, response: Json) -> Json:
        return {**response, "status": "completed"}


@mutant("response-stream-id", breaks={"responses.stream.id-stable"}, source="plausible")
class ResponseStreamId(_First):
    """The response object in the first events of a stream has a different id than in the last event."""

    def begun(self, response: Json) -> Json:
        return {**response, "id": self.ids.new_id("resp_")}


@mutant("response-stream-not-json", breaks={"responses.stream.json"}, source="plausible")
class ResponseStreamNotJson(ResponseEvents):
    """A Responses stream has one event whose data is not JSON."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        for number, frame in enumerate(super().response_frames(events)):
            yield frame
            if number == 1:
                yield self.http.frame_event("thinking…", "response.thinking")


@mutant("response-stream-media-type", breaks={"responses.stream.media-type"}, source="plausible")  # fmt: skip
class ResponseStreamMediaType(Responses):
    """A Responses stream has `Content-Type: text/plain`."""

    def respond(self, body: Json, dialect: Dialect) -> Response:
        answer = super().respond(body, dialect)
        if body.get("stream"):
            answer.headers["content-type"] = "text/plain; charset=utf-8"
        return answer


@mutant("response-stream-unasked", breaks={"responses.stream.only-asked"}, source="transformers serve")
class ResponseStreamUnasked(Responses):
    """Every foreground response is streamed, even if the request does not set `stream: true`."""

    def answer_response(self, request: ResponseRequest, generation: Generation, response: Json) -> Response:
        streamed = request
        if not request.get("background", False):
            streamed = replace(request, body={**request.body, "stream": True})
        return super().answer_response(streamed, generation, response)


@mutant(
    "response-stream-indexes-missing",
    breaks={"responses.stream.schema"},
    defects=("n014",),
    source="lemonade-sdk/lemonade#3607",
)
class ResponseStreamIndexesMissing(ResponseEvents):
    """The events of a Responses stream have no `output_index` and no `content_index`."""

    def numbered(self, events: Iterator[Json]) -> Iterator[Json]:
        for event in super().numbered(events):
            yield {key: value for key, value in event.items() if key not in {"output_index", "content_index"}}
