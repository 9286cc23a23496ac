"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.object`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest


class Object(ResponseObjects):
    """The base class of mutants that change every response object when it is created."""

    def changed(self, response: Json) -> Json:
        return response

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        return self.changed(super().response_object(request, identifier, created))


@mutant("response-null-keys-missing", breaks={"responses.object.nullable"}, source="vllm-project/vllm: no `error`")
class ResponseNullKeysMissing(Object):
    """A response omits `error` and `incomplete_details` if they are null."""

    def changed(self, response: Json) -> Json:
        return {key: value for key, value in response.items() if key not in {"error", "instructions"}}


@mutant("response-null-for-absent", breaks={"responses.object.absent-not-null"}, source="vllm-project/vllm: text null")
class ResponseNullForAbsent(Object):
    """The `text` of a response is null if the request has no `text`."""

    def changed(self, response: Json) -> Json:
        return {**response, "text": None if response["text"]["format"]["type"] == "text" else response["text"]}


@mutant("response-object-name", breaks={"responses.object.name"}, source="plausible")
class ResponseObjectName(Object):
    """The `object` of a response is `chat.completion` instead of `response`."""

    def changed(self, response: Json) -> Json:
        return {**response, "object": "chat.completion"}


@mutant(
    "response-id-empty",
    breaks={"generated.sequence.response", "responses.object.id"},
    source="plausible",
)
class ResponseIdEmpty(Object):
    """`id` is empty."""

    def changed(self, response: Json) -> Json:
        return {**response, "id": ""}


@mutant("response-created-ms", breaks={"responses.object.created-at"}, source="plausible")
class ResponseCreatedMs(Object):
    """The `created_at` of a response is in milliseconds instead of seconds."""

    def changed(self, response: Json) -> Json:
        return {**response, "created_at": response["created_at"] * 1000}


@mutant("response-output-text", breaks={"responses.object.output-text"}, source="SDK-only property")
class ResponseOutputText(Object):
    """The response object has the field `output_text`, which only client libraries should add."""

    def changed(self, response: Json) -> Json:
        return {**response, "output_text": ""}


class Finished(ResponseObjects):
    """The base class of mutants that change the response object when generation is finished."""

    def changed(self, response: Json) -> Json:
        return response

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        return self.changed(super().finished(request, response, items, output))


@mutant(
    "response-status-unknown",
    breaks={"responses.object.status"},
    source="plausible",
)
class ResponseStatusUnknown(Finished):
    """A finished response has status `success` instead of `completed`."""

    def changed(self, response: Json) -> Json:
        return {**response, "status": "success" if response["status"] == "completed" else response["status"]}


@beside("response-status-unknown")
class _EventsAsEver(ResponseEvents):
    """Keeps the name of the last event, although the status changes."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        def renamed() -> Iterator[Json]:
            for event in events:
                kind = event["type"].replace("response.success", "response.completed")
                yield {**event, "type": kind}

        return super().response_frames(renamed())


@mutant(
    "response-fields-missing",
    breaks={"responses.object"},
    source="ggml-org/llama.cpp: no tools, tool_choice, parallel_tool_calls",
)
class ResponseFieldsMissing(ResponseObjects):
    """The response object lacks `metadata`, `tools` and `parallel_tool_calls`."""

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        found = super().response_object(request, identifier, created)
        return {k: v for k, v in found.items() if k not in {"metadata", "tools", "parallel_tool_calls"}}
