"""A Responses request read and checked: parameters, input, state to continue from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.constraint import Guide
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.fields import Field, check_metadata, one_of, require, wrong_type
from conformance.reference.prompt import Conversation, Json, Message, Tool, prompt_tokens
from conformance.reference.response_items import check_call_order, check_items, item_messages
from conformance.reference.tools import check_function, read_tool_choice

_FIELDS = {
    "model": Field(("string",)), "instructions": Field(("string",)), "stream": Field(("boolean",)),
    "store": Field(("boolean",)), "previous_response_id": Field(("string",)), "conversation": Field(("string", "object")),
    "max_output_tokens": Field(("integer",), 16), "temperature": Field(("number",), 0, 2), "top_p": Field(("number",), 0, 1),
    "tools": Field(("array",), 0, 128), "tool_choice": Field(("string", "object")), "parallel_tool_calls": Field(("boolean",)),
    "text": Field(("object",)), "metadata": Field(("object",)), "include": Field(("array",)),
    "top_logprobs": Field(("integer",), 0, 20), "truncation": Field(("string",), values=("auto", "disabled")),
    "user": Field(("string",)), "service_tier": Field(("string",), values=("auto", "default", "flex", "scale", "priority")),
    "reasoning": Field(("object",)), "background": Field(("boolean",)), "max_tool_calls": Field(("integer",), 1),
    "prompt_cache_key": Field(("string",)), "prompt_cache_retention": Field(("string",)),
    "safety_identifier": Field(("string",)), "stream_options": Field(("object",)), "input": Field(("string", "array")),
}  # fmt: skip
_INCLUDABLE = ("message.output_text.logprobs", "reasoning.encrypted_content", "message.input_image.image_url")


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """A valid request. `chat` is the same wish in chat's terms; `earlier` are the messages of the thread before it."""

    body: Json
    items: list[Json]
    earlier: tuple[Message, ...]
    chat: ChatRequest

    def get(self, name: str, default: Any) -> Any:
        """A parameter, null standing for absent."""
        value = self.body.get(name)
        return default if value is None else value


class ResponseRequests(Chat):
    """Reads Responses requests."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        """Check a body and read it."""
        body = self.prepare_response_body(body)
        if body.get("model") is None and dialect.default_model is None:
            refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter")
        for key in body:
            if dialect.strict_keys and key not in _FIELDS:
                refuse(f"Unknown parameter: '{key}'.", key, "unknown_parameter")
        for key, field in _FIELDS.items():
            if key in body:
                field.check(body[key], key)
        self._check_values(body)
        tools = self.response_tools(body)
        guide = self.text_format(body)
        model = body.get("model") or dialect.default_model
        self.check_model(str(model), self.chat_models(), "model")
        earlier = self.earlier_messages(body, dialect)
        if body.get("input") is None and not earlier:
            refuse("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        items = self.resolved(check_items(body["input"])) if body.get("input") is not None else []
        messages = (*earlier, *item_messages(items))
        check_call_order(messages)
        conversation = Conversation(self.instructed(body, messages), tools)
        length = prompt_tokens(conversation)
        while length > self.settings.context_window and body.get("truncation") == "auto" and len(messages) > 1:
            messages = messages[1:]
            conversation = Conversation(self.instructed(body, messages), tools)
            length = prompt_tokens(conversation)
        if length > self.settings.context_window:
            refuse(
                "Your input exceeds the context window of this model. Please adjust your input and try again.",
                "input", "context_length_exceeded",
            )  # fmt: skip
        choice = read_tool_choice(
            body.get("tool_choice"), [t.name for t in tools], parallel=body.get("parallel_tool_calls") is not False
        )
        chat = ChatRequest(self._chat_body(body), dialect, str(model), conversation, choice, guide, length)
        return ResponseRequest(body, items, earlier, chat)

    def prepare_response_body(self, body: Json) -> Json:
        """The body as it will be read (mutants lose or change parameters here)."""
        return body

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """The messages behind this request's instructions; earlier requests' instructions are gone."""
        return (Message("system", body["instructions"]), *messages) if body.get("instructions") else messages

    def earlier_messages(self, body: Json, dialect: Dialect) -> tuple[Message, ...]:
        """What previous_response_id or conversation bring."""
        if body.get("conversation") is not None and body.get("previous_response_id") is not None:
            refuse(
                "'previous_response_id' and 'conversation' cannot be used together.",
                "previous_response_id",
                "mutually_exclusive_parameters",
            )
        previous = body.get("previous_response_id")
        if previous is not None:
            return self.previous_messages(previous)
        if body.get("conversation") is not None:
            return self.conversation_messages(body["conversation"], dialect)
        return ()

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        """The thread up to and with an earlier response."""
        stored = self.store.responses.get(identifier)
        if stored is None:
            refuse(
                f"Previous response with id '{identifier}' not found.",
                "previous_response_id",
                "previous_response_not_found",
            )
        return stored.messages

    def resolved(self, items: list[Json]) -> list[Json]:
        """The items, each reference replaced by the item that it names."""
        return [self.referred(item["id"]) if item["type"] == "item_reference" else item for item in items]

    def referred(self, identifier: str) -> Json:
        """A stored item by its id: of a response's input or output, or of a conversation."""
        kept: list[list[Json]] = [thread.items for thread in self.store.threads.values()]
        for stored in self.store.responses.values():
            kept += [stored.input_items, stored.body["output"]]
        for item in (item for items in kept for item in items):
            if item["id"] == identifier:
                return item
        raise ApiError(404, f"Item with id '{identifier}' not found.", "input")

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:  # noqa: ARG002 - Telnyx has them
        """The messages of a conversation."""
        raise ApiError(404, f"Conversation with id '{conversation}' not found.", "conversation")

    def text_format(self, body: Json) -> Guide | None:
        """The wanted form of output, from `text.format`."""
        wanted = (body.get("text") or {}).get("format")
        if wanted is None:
            return None
        if not isinstance(wanted, dict):
            wrong_type("text.format", ["object"], wanted)
        kind = require(wanted, "type", "text.format.type", "string")
        one_of(kind, ("text", "json_object", "json_schema"), "text.format.type")
        if kind == "json_schema":
            return replace(self.schema_guide(wanted, "text.format", "text.format"), param="text.format.schema")
        return Guide("json_object", param="text.format") if kind == "json_object" else None

    def response_tools(self, body: Json) -> tuple[Tool, ...]:
        """The function tools, in their flat form."""
        found = []
        for index, tool in enumerate(body.get("tools") or ()):
            path = f"tools[{index}]"
            if not isinstance(tool, dict):
                wrong_type(path, ["object"], tool)
            one_of(require(tool, "type", f"{path}.type", "string"), ("function",), f"{path}.type")
            check_function(tool, path)
            found.append(
                Tool(
                    tool["name"], tool.get("description") or "", tool.get("parameters") or {}, bool(tool.get("strict"))
                )
            )
        if not found and body.get("tool_choice") not in (None, "none", "auto"):
            refuse("Tool choice requires 'tools' to be specified.", "tool_choice")
        return tuple(found)

    def _check_values(self, body: Json) -> None:
        check_metadata(body.get("metadata"))
        for index, item in enumerate(body.get("include") or ()):
            one_of(item, _INCLUDABLE, f"include[{index}]")
        for key in body.get("stream_options") or {}:
            if key != "include_obfuscation":
                refuse(f"Unknown parameter: 'stream_options.{key}'.", f"stream_options.{key}", "unknown_parameter")
        effort = (body.get("reasoning") or {}).get("effort")
        if effort is not None:
            one_of(
                effort, ("none", "minimal", "low", "medium", "high", "xhigh"), "reasoning.effort", "unsupported_value"
            )

    def _chat_body(self, body: Json) -> Json:
        logprobs = "message.output_text.logprobs" in (body.get("include") or ())
        return {
            "temperature": body.get("temperature"), "top_p": body.get("top_p"), "logprobs": logprobs,
            "max_completion_tokens": body.get("max_output_tokens"), "top_logprobs": body.get("top_logprobs"),
            "reasoning_effort": (body.get("reasoning") or {}).get("effort"),
        }  # fmt: skip
