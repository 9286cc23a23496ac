"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.input`."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.requests import ResponseRequests


@mutant(
    "item-reference-ignored",
    breaks={"responses.input.item-reference", "responses.input.item-reference-unknown"},
    source="plausible",
)
class ItemReferenceIgnored(ResponseRequests):
    """Item references in the input are accepted and ignored."""

    def resolved(self, items: list[Json]) -> list[Json]:
        return [item for item in items if item["type"] != "item_reference"]


@mutant("item-reference-empty", breaks={"responses.input.item-reference-unknown"}, source="plausible")
class ItemReferenceEmpty(ResponseRequests):
    """An item reference with an unknown id is silently ignored instead of rejected."""

    def referred(self, identifier: str) -> Json:
        try:
            return super().referred(identifier)
        except ApiError:
            return {"type": "message", "role": "user", "content": ""}


class Prepared(ResponseRequests):
    """The base class of mutants that change the request body before it is parsed."""

    def prepared(self, body: Json) -> Json:
        return body

    def prepare_response_body(self, body: Json) -> Json:
        return self.prepared(dict(super().prepare_response_body(body)))


def items_of(body: Json) -> list[Json]:
    """Return the input items that are objects."""
    said = body.get("input")
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []


@mutant(
    "response-reasoning-refused",
    breaks={"responses.input.output-items"},
    defects=("d286",),
    source="vllm-project/vllm#28248",
)
class ResponseReasoningRefused(Prepared):
    """A reasoning item is rejected as input."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("type") == "reasoning":
                refuse("Unexpected item type in messages: reasoning", f"input[{number}].type", "invalid_value")
        return body


@mutant("response-easy-message-refused", breaks={"responses.input.message"}, source="ggml-org/llama.cpp: Cannot determine type of 'item'")  # fmt: skip
class ResponseEasyMessageRefused(Prepared):
    """An input message without a `type` is rejected."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if "type" not in item and not isinstance(item.get("content"), list):
                refuse("Cannot determine type of 'item'", f"input[{number}].type", "missing_required_parameter")
        return body


@mutant(
    "response-parts-dropped",
    breaks={"responses.input.parts", "responses.input.output-items-counted"},
    defects=("d126",),
    source="sgl-project/sglang#17853",
)
class ResponsePartsDropped(Prepared):
    """The model does not see messages whose content is an array of content parts."""

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
    """Only the last message of the input reaches the model."""

    def prepared(self, body: Json) -> Json:
        items = items_of(body)
        if len(items) > 1 and all("role" in item for item in items):
            body["input"] = items[-1:]
        return body


@mutant("response-developer-refused", breaks={"responses.input.developer"}, source="plausible")
class ResponseDeveloperRefused(Prepared):
    """The role `developer` is rejected."""

    def prepared(self, body: Json) -> Json:
        for number, item in enumerate(items_of(body)):
            if item.get("role") == "developer":
                refuse("Unexpected message role.", f"input[{number}].role", "invalid_value")
        return body


class _Unread(Prepared):
    """The base class of mutants that accept an input message and do not read its text."""

    def unread(self, item: Json) -> bool:
        return False

    def prepared(self, body: Json) -> Json:
        if items_of(body):
            body["input"] = [
                {**item, "content": ""} if isinstance(item, dict) and self.unread(item) else item
                for item in body["input"]
            ]
        return body


@mutant(
    "response-developer-unread",
    breaks={"responses.input.developer-counted"},
    source="plausible: an unknown role is skipped",
)
class ResponseDeveloperUnread(_Unread):
    """The text of a developer message does not reach the model."""

    def unread(self, item: Json) -> bool:
        return item.get("role") == "developer"


@mutant(
    "response-output-unread",
    breaks={"responses.input.output-items-counted"},
    source="plausible: only input_text is read",
)
class ResponseOutputUnread(_Unread):
    """The text of an assistant message with `output_text` parts does not reach the model."""

    def unread(self, item: Json) -> bool:
        return item.get("role") == "assistant" and isinstance(item.get("content"), list)


@mutant("response-input-latin-1", breaks={"responses.input.unicode"}, source="plausible: bytes decoded as Latin-1")
class ResponseInputLatin1(ResponseRequests):
    """The Responses API decodes the UTF-8 text of the input as Latin-1."""

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        damaged = [replace(each, text=each.text.encode("utf-8", "replace").decode("latin-1")) for each in messages]
        return super().instructed(body, tuple(damaged))
