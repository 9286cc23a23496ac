"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.tools`."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.dialect import Dialect
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.responses.input import Prepared, items_of
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests


@mutant("response-named-ignored", breaks={"responses.tools.named"}, source="ggml-org/llama.cpp: ignored")
class ResponseNamedIgnored(Prepared):
    """A `tool_choice` with a named function is treated as `auto`."""

    def prepared(self, body: Json) -> Json:
        if isinstance(body.get("tool_choice"), dict):
            body["tool_choice"] = "auto"
        return body


@mutant("response-none-ignored", breaks={"responses.tools.none"}, source="plausible")
class ResponseNoneIgnored(ResponseRequests):
    """`tool_choice: none` is treated as `auto`, although the response repeats `none`."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        request = super().response_request(body, dialect)
        if body.get("tool_choice") != "none":
            return request
        called = super().response_request({**body, "tool_choice": "required"}, dialect)
        return replace(request, chat=called.chat)


@mutant("response-required-ignored", breaks={"responses.tools.required"}, source="ggml-org/llama.cpp: ignored")
class ResponseRequiredIgnored(Prepared):
    """`tool_choice: required` is treated as `auto`."""

    def prepared(self, body: Json) -> Json:
        if body.get("tool_choice") == "required":
            body["tool_choice"] = "auto"
        return body


class _Arguments(ResponseObjects):
    """Base of mutants that change the arguments of finished calls."""

    written = ""

    def call_item(self, identifier: str, status: str, call_id: str, name: str, arguments: str) -> Json:
        written = self.written if status == "completed" else arguments
        return super().call_item(identifier, status, call_id, name, written)


@mutant("response-arguments-python", breaks={"responses.tools.arguments-json"}, source="plausible")  # fmt: skip
class ResponseArgumentsPython(_Arguments):
    """The arguments of function calls are in Python syntax instead of JSON."""

    written = "{'hour': 7}"


@mutant("response-arguments-other", breaks={"responses.tools.arguments-schema"}, source="plausible")
class ResponseArgumentsOther(_Arguments):
    """The arguments of function calls do not match the `parameters` schema of the function."""

    written = '{"town": 7}'


@mutant(
    "response-result-lost",
    breaks={"responses.tools.output-counted"},
    defects=("n024",),
    source="NousResearch/hermes-agent#43757",
)
class ResponseResultLost(Prepared):
    """The model does not see the output of a function call."""

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
    """An input with a function call that has no output is accepted."""

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


@mutant(
    "response-orphan-accepted",
    breaks={"responses.tools.orphan-output"},
    defects=("n022",),
    source="openai/gpt-oss#309",
)
class ResponseOrphanAccepted(Prepared):
    """The output of a function call is accepted if no function call has its `call_id`."""

    def prepared(self, body: Json) -> Json:
        called: set[object] = set()
        said: list[Json] = []
        for item in items_of(body):
            called.add(item.get("call_id") if item.get("type") == "function_call" else None)
            if item.get("type") == "function_call_output" and item.get("call_id") not in called:
                said.append(_invented(item))
                called.add(item.get("call_id"))
            said.append(item)
        if said:
            body["input"] = said
        return body


def _invented(output: Json) -> Json:
    """Return a function call to which the output belongs."""
    return {"type": "function_call", "call_id": output.get("call_id"), "name": "unknown", "arguments": "{}"}
