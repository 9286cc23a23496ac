"""Mutants of what a Responses request does: input, instructions, limits, formats, tools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.response_objects import ResponseObjects
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests


class Prepared(ResponseRequests):
    """Changes the body before it is read."""

    def prepared(self, body: Json) -> Json:
        return body

    def prepare_response_body(self, body: Json) -> Json:
        return self.prepared(dict(super().prepare_response_body(body)))


def items_of(body: Json) -> list[Json]:
    """The input items that are objects."""
    said = body.get("input")
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []


@mutant("response-easy-message-refused", breaks={"responses.input.message"}, source="ggml-org/llama.cpp: Cannot determine type of 'item'")  # fmt: skip
class ResponseEasyMessageRefused(Prepared):
    """A message without a type is refused."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if "type" not in item and not isinstance(item.get("content"), list):
                refuse("Cannot determine type of 'item'", f"input[{number}].type", "missing_required_parameter")
        return body


@mutant(
    "response-parts-dropped", breaks={"responses.input.parts"}, defects=("d126",), source="sgl-project/sglang#17853"
)
class ResponsePartsDropped(Prepared):
    """The text in parts is lost."""

    def prepared(self, body: Json) -> Json:
        said = body.get("input")
        if isinstance(said, list):
            body["input"] = [
                {**item, "content": ""} if isinstance(item, dict) and isinstance(item.get("content"), list) else item
                for item in said
            ]
        return body


@mutant(
    "response-history-dropped",
    breaks={"responses.input.history"},
    source="plausible",
)
class ResponseHistoryDropped(Prepared):
    """Only the last message of the input is read."""

    def prepared(self, body: Json) -> Json:
        items = items_of(body)
        if len(items) > 1 and all("role" in item for item in items):
            body["input"] = items[-1:]
        return body


@mutant("response-developer-refused", breaks={"responses.input.developer"}, source="plausible")
class ResponseDeveloperRefused(Prepared):
    """The role developer is not known."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("role") == "developer":
                refuse("Unexpected message role.", f"input[{number}].role", "invalid_value")
        return body


@mutant("response-instructions-ignored", breaks={"responses.instructions"}, source="plausible")
class ResponseInstructionsIgnored(ResponseRequests):
    """Instructions are echoed and never read."""

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return messages


@mutant("response-limit-ignored", breaks={"responses.max-output-tokens"}, source="plausible")  # fmt: skip
class ResponseLimitIgnored(Prepared):
    """max_output_tokens has no effect."""

    def prepared(self, body: Json) -> Json:
        if body.get("max_output_tokens") == 16:
            body["max_output_tokens"] = 160
        return body


@mutant(
    "response-json-object-ignored", breaks={"responses.text-format.json-object"}, source="ggml-org/llama.cpp: ignored"
)
class ResponseJsonObjectIgnored(ResponseRequests):
    """text.format json_object is accepted and ignored."""

    def text_format(self, body: Json) -> Any:
        guide = super().text_format(body)
        return None if guide is not None and guide.kind == "json_object" else guide


@mutant("response-named-ignored", breaks={"responses.tools.named"}, source="ggml-org/llama.cpp: ignored")
class ResponseNamedIgnored(Prepared):
    """A named tool_choice counts as auto."""

    def prepared(self, body: Json) -> Json:
        if isinstance(body.get("tool_choice"), dict):
            body["tool_choice"] = "auto"
        return body


@mutant("response-none-ignored", breaks={"responses.tools.none"}, source="plausible")
class ResponseNoneIgnored(ResponseRequests):
    """tool_choice none counts as auto, and is echoed as none."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        request = super().response_request(body, dialect)
        if body.get("tool_choice") != "none":
            return request
        called = super().response_request({**body, "tool_choice": "required"}, dialect)
        return replace(request, chat=called.chat)


@mutant("response-required-ignored", breaks={"responses.tools.required"}, source="ggml-org/llama.cpp: ignored")
class ResponseRequiredIgnored(Prepared):
    """tool_choice required counts as auto."""

    def prepared(self, body: Json) -> Json:
        if body.get("tool_choice") == "required":
            body["tool_choice"] = "auto"
        return body


class _Arguments(ResponseObjects):
    """Changes the arguments of finished calls."""

    written = ""

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        written = self.written if status == "completed" else arguments
        return super().call_item(identifier, status, call_id, name, written)


@mutant("response-arguments-python", breaks={"responses.tools.arguments-json"}, source="plausible")  # fmt: skip
class ResponseArgumentsPython(_Arguments):
    """Arguments are written as Python writes them."""

    written = "{'hour': 7}"


@mutant("response-arguments-other", breaks={"responses.tools.arguments-schema"}, source="plausible")
class ResponseArgumentsOther(_Arguments):
    """Arguments do not follow the parameters."""

    written = '{"town": 7}'


@mutant(
    "response-result-lost",
    breaks={"responses.tools.output-counted"},
    source="plausible",
)
class ResponseResultLost(Prepared):
    """What a function gave never reaches the model."""

    def prepared(self, body: Json) -> Json:
        for item in items_of(body):
            if item.get("type") == "function_call_output":
                item["output"] = ""
        return body


@mutant(
    "response-unanswered-accepted",
    breaks={"responses.tools.unanswered"},
    source="vllm-project/vllm, ggml-org/llama.cpp",
)
class ResponseUnansweredAccepted(Prepared):
    """A call without its output is accepted."""

    def prepared(self, body: Json) -> Json:
        answered = {item.get("call_id") for item in items_of(body) if item.get("type") == "function_call_output"}
        said: list[Json] = []
        for item in items_of(body):
            said.append(item)
            if item.get("type") == "function_call" and item.get("call_id") not in answered:
                said.append({"type": "function_call_output", "call_id": item["call_id"], "output": ""})
        if said:
            body["input"] = said
        return body


@mutant("response-stored-call-unknown", breaks={"responses.state.tool-output"}, source="plausible")
class ResponseStoredCallUnknown(Prepared):
    """A result is accepted only beside its call."""

    def prepared(self, body: Json) -> Json:
        if body.get("previous_response_id") and any(i.get("type") == "function_call_output" for i in items_of(body)):
            refuse("No tool call found for function call output.", "input")
        return body
