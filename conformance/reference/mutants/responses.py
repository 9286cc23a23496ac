"""Mutants of the Responses API: events, state, the object. Also of Telnyx conversations and of models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.reference.generate import Generation, Output
from conformance.reference.http import Http
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.response_events import ResponseEvents
from conformance.reference.response_objects import ResponseObjects
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.stored_responses import StoredResponses


@mutant(
    "response-sequence-missing", breaks={"responses.stream.sequence"}, defects=("d051",), source="Blaizzy/mlx-vlm#494"
)
class ResponseSequenceMissing(ResponseEvents):
    """Events have no sequence_number."""

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
    """The last event's sequence_number starts again."""

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
    """The stream ends without response.completed."""

    dropped = frozenset({"response.completed", "response.incomplete"})


@mutant(
    "response-no-created",
    breaks={"responses.stream.created"},
    source="plausible",
)
class ResponseNoCreated(_Without):
    """The stream begins without response.created."""

    dropped = frozenset({"response.created"})


@mutant(
    "response-no-item-done",
    breaks={"responses.stream.order"},
    defects=("d165",),
    source="sgl-project/sglang#12653",
)
class ResponseNoItemDone(_Without):
    """output_item.done never comes."""

    dropped = frozenset({"response.output_item.done"})


@mutant(
    "response-content-index-counts",
    breaks={"responses.stream.content-index"},
    defects=("d163",),
    source="vllm-project/vllm#29947",
)
class ResponseContentIndexCounts(ResponseEvents):
    """content_index grows with each delta."""

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
    """Responses events have no `event:` line."""

    def frame_event(self, data: str, event: str | None = None) -> bytes:
        return super().frame_event(data, None)


@mutant(
    "response-incomplete-reason",
    breaks={"responses.incomplete.reason"},
    defects=("d097",),
    source="earendil-works/pi#7817",
)
class ResponseIncompleteReason(ResponseObjects):
    """incomplete_details.reason is `length`."""

    def finished(self, request: ResponseRequest, response: Json, items: Any, output: Output) -> Json:
        done = super().finished(request, response, items, output)
        return {**done, "incomplete_details": {"reason": "length"}} if done["incomplete_details"] else done


@mutant(
    "response-incomplete-reason-own",
    breaks={"responses.incomplete.reason"},
    source="plausible: the engine's own word for its limit",
)
class ResponseIncompleteReasonOwn(ResponseObjects):
    """incomplete_details.reason is a word that OpenAI does not have, where the limit was reached."""

    def finished(self, request: ResponseRequest, response: Json, items: Any, output: Output) -> Json:
        done = super().finished(request, response, items, output)
        return {**done, "incomplete_details": {"reason": "generation_budget"}} if done["incomplete_details"] else done


@mutant(
    "response-usage-details-missing",
    breaks={"responses.usage"},
    defects=("d043", "d050"),
    source="ggml-org/llama.cpp#22659",
)
class ResponseUsageDetailsMissing(ResponseObjects):
    """usage has no details."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        return {
            key: value for key, value in super().response_usage(request, output).items() if not key.endswith("details")
        }


@mutant(
    "response-fields-missing",
    breaks={"responses.object"},
    source="ggml-org/llama.cpp: no tools, tool_choice, parallel_tool_calls",
)
class ResponseFieldsMissing(ResponseObjects):
    """The object has no metadata, tools and parallel_tool_calls."""

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        found = super().response_object(request, identifier, created)
        return {k: v for k, v in found.items() if k not in {"metadata", "tools", "parallel_tool_calls"}}


@mutant(
    "response-previous-ignored",
    breaks={"responses.state.previous", "responses.socket.chain"},
    defects=("d057",),
    source="Blaizzy/mlx-vlm#1046",
)
class ResponsePreviousIgnored(StoredResponses):
    """previous_response_id is accepted and ignored."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        super().previous_messages(identifier)
        return ()


@mutant(
    "response-previous-bogus-accepted",
    breaks={
        "responses.state.previous-unknown",
        "responses.socket.chain",
        "responses.socket.local",
        "responses.socket.unknown",
    },
    defects=("d058",),
    source="Blaizzy/mlx-vlm#1046",
)
class ResponsePreviousBogusAccepted(StoredResponses):
    """An unknown previous_response_id is accepted."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        return super().previous_messages(identifier) if identifier in self.store.responses else ()


@mutant(
    "response-not-stored",
    breaks={"generated.sequence.response", "responses.store.retrieve"},
    defects=("d059", "d061"),
    source="vllm-project/vllm#22137",
)
class ResponseNotStored(StoredResponses):
    """Nothing is stored."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        return


@mutant(
    "response-store-false-stored",
    breaks={"responses.store.false", "responses.socket.local"},
    source="plausible",
)
class ResponseStoreFalseStored(StoredResponses):
    """store: false is stored all the same."""

    def stored(self, request: ResponseRequest) -> bool:
        return not request.chat.dialect.detail


@mutant("response-instructions-carried", breaks={"responses.state.instructions"}, source="plausible")
class ResponseInstructionsCarried(StoredResponses):
    """Instructions of an earlier response still count."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        super().keep(request, response)
        stored = self.store.responses.get(response["id"])
        if stored and request.body.get("instructions"):
            stored.messages = (Message("system", request.body["instructions"]), *stored.messages)


@mutant("response-chain-depth-two", breaks={"responses.state.chain"}, source="plausible")
class ResponseChainDepthTwo(StoredResponses):
    """A chain remembers only the last turn."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        return super().previous_messages(identifier)[-2:]


@mutant(
    "response-format-ignored",
    breaks={"responses.text-format"},
    defects=("d272",),
    source="lmstudio-ai/lmstudio-bug-tracker#2403",
)
class ResponseFormatIgnored(ResponseRequests):
    """text.format is accepted and ignored."""

    def text_format(self, body: Json) -> Any:
        super().text_format(body)


@mutant("response-done-sentinel", breaks={"responses.stream.no-done"}, source="OpenRouter; a warning")
class ResponseDoneSentinel(ResponseEvents):
    """A Responses stream ends with [DONE]."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        yield from super().response_frames(events)
        yield self.http.frame_event("[DONE]")
