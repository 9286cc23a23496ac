"""Mutants of what a Responses request does: input, instructions, echo, tools, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.response_request import ResponseRequest

# What else changes when a text format, a call or a stored turn is lost.
_CALLS = frozenset(
    {"responses.tools.arguments-json", "responses.tools.arguments-schema", "responses.state.tool-output"}
)


class _Prepared(Endpoint):
    """Changes the body before it is read."""

    def prepared(self, body: Json) -> Json:
        return body

    def prepare_response_body(self, body: Json) -> Json:
        return self.prepared(dict(super().prepare_response_body(body)))


def _items(body: Json) -> list[Json]:
    said = body.get("input")
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []


@mutant("response-easy-message-refused", breaks={"responses.input.message"}, also={
    "responses.input.history", "responses.input.developer",
}, source="ggml-org/llama.cpp: Cannot determine type of 'item'")  # fmt: skip
class ResponseEasyMessageRefused(_Prepared):
    """A message without a type is refused."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(_items(body)):
            if "type" not in item and not isinstance(item.get("content"), list):
                refuse("Cannot determine type of 'item'", f"input[{number}].type", "missing_required_parameter")
        return body


@mutant(
    "response-parts-dropped", breaks={"responses.input.parts"}, defects=("d126",), source="sgl-project/sglang#17853"
)
class ResponsePartsDropped(_Prepared):
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
    also={"responses.input-items", "responses.input-items.order", "responses.input-items.paging"},
    source="plausible",
)
class ResponseHistoryDropped(_Prepared):
    """Only the last message of the input is read."""

    def prepared(self, body: Json) -> Json:
        items = _items(body)
        if len(items) > 1 and all("role" in item for item in items):
            body["input"] = items[-1:]
        return body


@mutant("response-developer-refused", breaks={"responses.input.developer"}, source="plausible")
class ResponseDeveloperRefused(_Prepared):
    """The role developer is not known."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(_items(body)):
            if item.get("role") == "developer":
                refuse("Unexpected message role.", f"input[{number}].role", "invalid_value")
        return body


@mutant("response-instructions-ignored", breaks={"responses.instructions"}, source="plausible")
class ResponseInstructionsIgnored(Endpoint):
    """Instructions are echoed and never read."""

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return messages


@mutant("response-limit-ignored", breaks={"responses.max-output-tokens"}, also={
    "responses.incomplete.status", "responses.echo.max-output-tokens", "responses.error.max-output-tokens-small",
}, source="plausible")  # fmt: skip
class ResponseLimitIgnored(_Prepared):
    """max_output_tokens has no effect."""

    def prepared(self, body: Json) -> Json:
        if body.get("max_output_tokens") == 16:
            body["max_output_tokens"] = 160
        return body


@mutant(
    "response-json-object-ignored", breaks={"responses.text-format.json-object"}, source="ggml-org/llama.cpp: ignored"
)
class ResponseJsonObjectIgnored(Endpoint):
    """text.format json_object is accepted and ignored."""

    def text_format(self, body: Json) -> Any:
        guide = super().text_format(body)
        return None if guide is not None and guide.kind == "json_object" else guide


def _echo_mutant(name: str, requirement: str, values: Json) -> None:
    """A mutant whose responses carry defaults in some fields, whatever was asked."""

    class Echo(Endpoint):
        def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
            return {**super().response_object(request, identifier, created), **values}

    Echo.__doc__ = f"A response carries the default of {', '.join(values)}, whatever was asked."
    Echo.__name__ = Echo.__qualname__ = "".join(word.title() for word in name.split("-"))
    mutant(name, breaks={requirement}, source="plausible")(Echo)


_ECHOES: dict[str, tuple[str, Json]] = {
    "response-echo-instructions": ("responses.echo.instructions", {"instructions": None}),
    "response-echo-sampling": ("responses.echo.sampling", {"temperature": 1.0, "top_p": 1.0}),
    "response-echo-limit": ("responses.echo.max-output-tokens", {"max_output_tokens": None}),
    "response-echo-metadata": ("responses.echo.metadata", {"metadata": {}}),
    "response-echo-tools": ("responses.echo.tools", {"tools": []}),
    "response-echo-tool-choice": ("responses.echo.tool-choice", {"tool_choice": "auto"}),
    "response-echo-parallel": ("responses.echo.parallel-tool-calls", {"parallel_tool_calls": True}),
    "response-echo-format": ("responses.echo.text-format", {"text": {"format": {"type": "text"}}}),
    "response-echo-previous": ("responses.echo.previous", {"previous_response_id": None}),
}
for _name, (_requirement, _values) in _ECHOES.items():
    _echo_mutant(_name, _requirement, _values)


@mutant("response-named-ignored", breaks={"responses.tools.named"}, also=_CALLS, source="ggml-org/llama.cpp: ignored")
class ResponseNamedIgnored(_Prepared):
    """A named tool_choice counts as auto."""

    def prepared(self, body: Json) -> Json:
        if isinstance(body.get("tool_choice"), dict):
            body["tool_choice"] = "auto"
        return body


@mutant(
    "response-required-ignored", breaks={"responses.tools.required"}, also=_CALLS, source="ggml-org/llama.cpp: ignored"
)
class ResponseRequiredIgnored(_Prepared):
    """tool_choice required counts as auto."""

    def prepared(self, body: Json) -> Json:
        if body.get("tool_choice") == "required":
            body["tool_choice"] = "auto"
        return body


class _Arguments(Endpoint):
    """Changes the arguments of finished calls."""

    written = ""

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        written = self.written if status == "completed" else arguments
        return super().call_item(identifier, status, call_id, name, written)


@mutant("response-arguments-python", breaks={"responses.tools.arguments-json"}, also={
    "responses.stream.deltas", "responses.tools.arguments-schema", "responses.state.tool-output",
}, source="plausible")  # fmt: skip
class ResponseArgumentsPython(_Arguments):
    """Arguments are written as Python writes them."""

    written = "{'hour': 7}"


@mutant("response-arguments-other", breaks={"responses.tools.arguments-schema"}, also={
    "responses.stream.deltas",
}, source="plausible")  # fmt: skip
class ResponseArgumentsOther(_Arguments):
    """Arguments do not follow the parameters."""

    written = '{"town": 7}'


@mutant("response-result-lost", breaks={"responses.tools.output-counted"}, source="plausible")
class ResponseResultLost(_Prepared):
    """What a function gave never reaches the model."""

    def prepared(self, body: Json) -> Json:
        for item in _items(body):
            if item.get("type") == "function_call_output":
                item["output"] = ""
        return body


@mutant(
    "response-unanswered-accepted",
    breaks={"responses.tools.unanswered"},
    source="vllm-project/vllm, ggml-org/llama.cpp",
)
class ResponseUnansweredAccepted(_Prepared):
    """A call without its output is accepted."""

    def prepared(self, body: Json) -> Json:
        answered = {item.get("call_id") for item in _items(body) if item.get("type") == "function_call_output"}
        said: list[Json] = []
        for item in _items(body):
            said.append(item)
            if item.get("type") == "function_call" and item.get("call_id") not in answered:
                said.append({"type": "function_call_output", "call_id": item["call_id"], "output": ""})
        if said:
            body["input"] = said
        return body


@mutant("response-stored-call-unknown", breaks={"responses.state.tool-output"}, source="plausible")
class ResponseStoredCallUnknown(_Prepared):
    """A result is accepted only beside its call."""

    def prepared(self, body: Json) -> Json:
        if body.get("previous_response_id") and any(i.get("type") == "function_call_output" for i in _items(body)):
            refuse("No tool call found for function call output.", "input")
        return body


def _lenient(name: str, requirement: str, summary: str, repair: Callable[[Json], None], *also: str) -> None:
    """A mutant that repairs a faulty request instead of refusing it."""

    class Lenient(_Prepared):
        def prepared(self, body: Json) -> Json:
            repair(body)
            return body

    Lenient.__doc__ = summary
    Lenient.__name__ = Lenient.__qualname__ = "".join(word.title() for word in name.split("-"))
    mutant(name, breaks={requirement}, also=also, source="plausible")(Lenient)


def _number_as_text(body: Json) -> None:
    if isinstance(body.get("input"), int):
        body["input"] = str(body["input"])


def _any_model(body: Json) -> None:
    if "no-such-model" in str(body.get("model")):
        body["model"] = "reference-1"


def _any_limit(body: Json) -> None:
    limit = body.get("max_output_tokens")
    if isinstance(limit, int) and limit < 1:
        del body["max_output_tokens"]


def _any_temperature(body: Json) -> None:
    if isinstance(body.get("temperature"), str):
        del body["temperature"]


def _clamped(body: Json) -> None:
    value = body.get("temperature")
    if isinstance(value, (int, float)):
        body["temperature"] = max(value, 0)


def _any_role(body: Json) -> None:
    for item in _items(body):
        if item.get("role") == "wizard":
            item["role"] = "user"


def _any_format(body: Json) -> None:
    wanted = body.get("text")
    if isinstance(wanted, dict) and (wanted.get("format") or {}).get("type") == "verse":
        del body["text"]


def _any_metadata(body: Json) -> None:
    if isinstance(body.get("metadata"), str):
        del body["metadata"]


_E = "responses.error"
_lenient("response-no-input", f"{_E}.input-missing", "Without input, nothing is asked.", lambda b: b.setdefault("input", "") and None)  # fmt: skip
_lenient("response-number-input", f"{_E}.input-type", "A number as input is read as text.", _number_as_text, f"{_E}.before-stream")  # fmt: skip
_lenient("response-any-model", f"{_E}.model-unknown", "An unknown model is replaced by another.", _any_model)
_lenient("response-any-limit", f"{_E}.max-output-tokens-small", "A negative limit is dropped.", _any_limit)
_lenient("response-any-temperature", f"{_E}.temperature-type", "A word as temperature is dropped.", _any_temperature)
_lenient("response-temperature-clamped", f"{_E}.temperature-range", "A negative temperature counts as 0.", _clamped)
_lenient("response-any-role", f"{_E}.role-unknown", "An unknown role counts as user.", _any_role)
_lenient("response-any-format", f"{_E}.text-format-unknown", "An unknown text format is dropped.", _any_format)
_lenient("response-any-metadata", f"{_E}.metadata-type", "Metadata that is no object is dropped.", _any_metadata)
