"""Mutants of the response object: its fields, its items, its usage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.reference.generate import Output
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.response_events import ResponseEvents
from conformance.reference.response_objects import ResponseObjects
from conformance.reference.response_request import ResponseRequest
from conformance.reference.sampler import Step


class _Object(ResponseObjects):
    """Changes every response object where it is made."""

    def changed(self, response: Json) -> Json:
        return response

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        return self.changed(super().response_object(request, identifier, created))


@mutant("response-null-keys-missing", breaks={"responses.object.nullable"}, source="vllm-project/vllm: no `error`")
class ResponseNullKeysMissing(_Object):
    """`error` and `incomplete_details` are left out when they are null."""

    def changed(self, response: Json) -> Json:
        return {key: value for key, value in response.items() if key not in {"error", "instructions"}}


@mutant("response-null-for-absent", breaks={"responses.object.absent-not-null"}, source="vllm-project/vllm: text null")
class ResponseNullForAbsent(_Object):
    """`text` is null when the request had none."""

    def changed(self, response: Json) -> Json:
        return {**response, "text": None if response["text"]["format"]["type"] == "text" else response["text"]}


@mutant("response-object-name", breaks={"responses.object.name"}, source="plausible")
class ResponseObjectName(_Object):
    """`object` is chat's word."""

    def changed(self, response: Json) -> Json:
        return {**response, "object": "chat.completion"}


@mutant(
    "response-id-empty",
    breaks={"generated.sequence.response", "responses.object.id"},
    source="plausible",
)
class ResponseIdEmpty(_Object):
    """The id is empty."""

    def changed(self, response: Json) -> Json:
        return {**response, "id": ""}


@mutant(
    "response-id-constant",
    breaks={"responses.id-unique"},
    source="plausible",
)
class ResponseIdConstant(_Object):
    """Every response has the same id."""

    def changed(self, response: Json) -> Json:
        return {**response, "id": "resp_0123456789"}


@mutant("response-created-ms", breaks={"responses.object.created-at"}, source="plausible")
class ResponseCreatedMs(_Object):
    """`created_at` is in milliseconds."""

    def changed(self, response: Json) -> Json:
        return {**response, "created_at": response["created_at"] * 1000}


@mutant("response-output-text", breaks={"responses.object.output-text"}, source="SDK-only property")
class ResponseOutputText(_Object):
    """`output_text` is on the wire."""

    def changed(self, response: Json) -> Json:
        return {**response, "output_text": ""}


class _Finished(ResponseObjects):
    """Changes the response at its end."""

    def changed(self, response: Json) -> Json:
        return response

    def finished(self, request: ResponseRequest, response: Json, items: Sequence[Json], output: Output) -> Json:
        return self.changed(super().finished(request, response, items, output))


@mutant(
    "response-status-unknown",
    breaks={"responses.object.status"},
    source="plausible",
)
class ResponseStatusUnknown(_Finished):
    """A finished response has the status `success`."""

    def changed(self, response: Json) -> Json:
        return {**response, "status": "success" if response["status"] == "completed" else response["status"]}


@beside("response-status-unknown")
class _EventsAsEver(ResponseEvents):
    """The last event is named after the status, and keeps its name."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        def renamed() -> Iterator[Json]:
            for event in events:
                kind = event["type"].replace("response.success", "response.completed")
                yield {**event, "type": kind}

        return super().response_frames(renamed())


@mutant("response-cut-completed", breaks={"responses.incomplete.status"}, source="ggml-org/llama.cpp: always completed")
class ResponseCutCompleted(_Finished):
    """What the limit cut is completed."""

    def changed(self, response: Json) -> Json:
        return {**response, "status": "completed", "incomplete_details": None}


@mutant(
    "response-output-empty",
    breaks={"responses.answer"},
    defects=("d309",),
    source="raullenchai/Rapid-MLX#549",
)
class ResponseOutputEmpty(_Finished):
    """A completed response has no output."""

    def changed(self, response: Json) -> Json:
        return {**response, "output": []}


@mutant(
    "response-message-without-role",
    breaks={"responses.items"},
    source="plausible",
)
class ResponseMessageWithoutRole(ResponseObjects):
    """Messages of the output have no status."""

    def message_item(self, identifier: str, status: str, content: list[Json]) -> Json:
        item = super().message_item(identifier, status, content)
        return {key: value for key, value in item.items() if key != "status"}


@mutant(
    "response-call-id-empty",
    breaks={"responses.items.ids"},
    source="plausible",
)
class ResponseCallIdEmpty(ResponseObjects):
    """Function calls have an empty call_id."""

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        return super().call_item(identifier, status, "", name, arguments)


@mutant(
    "response-text-without-logprobs",
    breaks={"responses.text.logprobs"},
    source="vllm-project/vllm: logprobs null",
)
class ResponseTextWithoutLogprobs(ResponseObjects):
    """Text parts have no `logprobs`."""

    def text_part(self, text: str, steps: Sequence[Step], request: ResponseRequest) -> Json:
        part = super().text_part(text, steps, request)
        return {key: value for key, value in part.items() if key != "logprobs"} | {"logprobs": None}


@mutant("response-usage-total", breaks={"responses.usage.sum"}, source="plausible")
class ResponseUsageTotal(ResponseObjects):
    """The total counts one token more."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        return {**usage, "total_tokens": usage["total_tokens"] + 1}


@mutant("response-usage-cached", breaks={"responses.usage.details"}, source="plausible")
class ResponseUsageCached(ResponseObjects):
    """More tokens were cached than there were."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        return {**usage, "input_tokens_details": {"cached_tokens": usage["input_tokens"] + 1}}


@mutant("response-stream-usage", breaks={"responses.stream.same-usage"}, source="plausible")
class ResponseStreamUsage(ResponseObjects):
    """A streamed response counts one input token more."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        more = 1 if request.get("stream", False) else 0
        spent, total = usage["input_tokens"] + more, usage["total_tokens"] + more
        return {**usage, "input_tokens": spent, "total_tokens": total}


@mutant("response-usage-constant", breaks={"responses.usage.input-grows"}, source="a mock: input_tokens is always 10")
class ResponseUsageConstant(ResponseObjects):
    """input_tokens does not depend on the input."""

    def response_usage(self, request: ResponseRequest, output: Output) -> Json:
        usage = super().response_usage(request, output)
        return {**usage, "input_tokens": 10, "total_tokens": 10 + usage["output_tokens"]}
