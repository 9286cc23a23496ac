"""Reads and checks Responses requests, with their input and the earlier turns that they continue."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.chat.nested import VERBOSITIES, check_reasoning, check_text
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.chat.tools import read_tool_choice
from conformance.reference.dialect import SERVICE_TIERS, Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.fields import Field, check_metadata, one_of, require, wrong_type
from conformance.reference.language_model.constraint import Guide
from conformance.reference.models import Models
from conformance.reference.part import Part
from conformance.reference.prompt import Conversation, Json, Message, Tool, message_tokens, prompt_tokens
from conformance.reference.responses.items import check_call_order, check_items, item_messages
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.responses.threads import Threads
from conformance.reference.responses.tools import (
    CHOICE_TYPES,
    chosen_custom_tool,
    read_tools,
    with_strict_functions,
)

_FIELDS = {
    "model": Field(("string",)), "instructions": Field(("string",)), "stream": Field(("boolean",)),
    "store": Field(("boolean",)), "previous_response_id": Field(("string",)), "conversation": Field(("string", "object")),
    "max_output_tokens": Field(("integer",), 16), "temperature": Field(("number",), 0, 2), "top_p": Field(("number",), 0, 1),
    "tools": Field(("array",), 0, 128), "tool_choice": Field(("string", "object")), "parallel_tool_calls": Field(("boolean",)),
    "text": Field(("object",)), "metadata": Field(("object",)), "include": Field(("array",)),
    "top_logprobs": Field(("integer",), 0, 20), "truncation": Field(("string",), values=("auto", "disabled")),
    "user": Field(("string",)), "service_tier": Field(("string",), values=SERVICE_TIERS),
    "reasoning": Field(("object",)), "background": Field(("boolean",)), "max_tool_calls": Field(("integer",), 1),
    "prompt_cache_key": Field(("string",)), "prompt_cache_retention": Field(("string",)), "prompt_cache_options": Field(("object",)),
    "safety_identifier": Field(("string",)), "stream_options": Field(("object",)), "input": Field(("string", "array")),
    "prompt": Field(("object",)), "context_management": Field(("array",), 1), "moderation": Field(("object",)),
    "image": Field(("object",)), "background_options": Field(("object",)), "access_programs": Field(("array",)),
    "client_metadata": Field(("object",)),  # in no document; Codex sends it with every request
}  # fmt: skip
_UNSUPPORTED = ("context_management", "moderation", "image", "background_options", "access_programs")
_INCLUDABLE = (
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
    "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    "reasoning.encrypted_content", "message.output_text.logprobs",
)  # fmt: skip


class ResponseRequests(Part):
    """Reads Responses requests."""

    chat_requests: ChatRequests
    models: Models
    stored_responses: StoredResponses
    threads: Threads

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        """Check a request body and read it."""
        body = self.prepare_response_body(body)
        if body.get("model") is None and dialect.default_model is None:
            refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter")
        for key in body:
            if dialect.strict_keys and key not in _FIELDS:
                refuse(f"Unknown parameter: '{key}'.", key, "unknown_parameter")
        for key, field in _FIELDS.items():
            if key in body:
                field.check(body[key], key)
        self._check_values(body, dialect)
        if dialect.strict_keys:
            body = with_strict_functions(body)
        tools = self.response_tools(body, dialect)
        guide = self.text_format(body)
        if dialect.strict_keys:
            check_text(body.get("text"))
        model = body.get("model") or dialect.default_model
        self.models.check_model(str(model), self.models.chat_models(), "model")
        earlier = self.earlier_messages(body, dialect)
        if body.get("input") is None and not earlier:
            refuse("Missing required parameter: 'input'.", "input", "missing_required_parameter")
        items = self.input_items_of(body, dialect)
        messages = (*earlier, *item_messages(items))
        check_call_order(messages)
        conversation = self.fitting(body, messages, tools, str(model))
        length = prompt_tokens(conversation)
        if length > self.models.context_window(str(model)):
            refuse(
                "Your input exceeds the context window of this model. Please adjust your input and try again.",
                "input", "context_length_exceeded",
            )  # fmt: skip
        parallel = body.get("parallel_tool_calls") is not False
        custom = chosen_custom_tool(body)
        choice = read_tool_choice(
            "none" if custom else body.get("tool_choice"),
            [t.name for t in tools],
            parallel=parallel,
            others=CHOICE_TYPES,
        )
        chat = ChatRequest(self._chat_body(body), dialect, str(model), conversation, choice, guide, length)
        return ResponseRequest(body, items, earlier, chat, custom)

    def input_items_of(self, body: Json, dialect: Dialect) -> list[Json]:
        """Check the `input` of a request, and return its items. Each item reference is replaced by the stored item."""
        if body.get("input") is None:
            return []
        return self.resolved(check_items(body["input"], strict_keys=dialect.strict_keys))

    def fitting(self, body: Json, messages: tuple[Message, ...], tools: tuple[Tool, ...], model: str) -> Conversation:
        """Return the conversation that the model reads.

        With `truncation: auto`, messages that exceed the context window are dropped, oldest first.
        """
        whole = Conversation(self.instructed(body, messages), tools)
        excess = prompt_tokens(whole) - self.models.context_window(model)
        if excess <= 0 or body.get("truncation") != "auto":
            return whole
        dropped = 0
        while excess > 0 and dropped < len(messages) - 1:
            excess -= message_tokens(messages[dropped])
            dropped += 1
        return Conversation(self.instructed(body, messages[dropped:]), tools)

    def prepare_response_body(self, body: Json) -> Json:
        """Return the body of a Responses request unchanged.

        The endpoint calls `prepare_response_body` before it reads the parameters in the body.

        Mutants override `prepare_response_body` to drop or change parameters.
        """
        return body

    def instructed(self, body: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Return the messages, preceded by the `instructions` of the request.

        The `instructions` of earlier requests in the conversation do not apply.
        """
        return (Message("system", body["instructions"]), *messages) if body.get("instructions") else messages

    def earlier_messages(self, body: Json, dialect: Dialect) -> tuple[Message, ...]:
        """Return the messages of the earlier turns to which `previous_response_id` or `conversation` refers."""
        if body.get("conversation") is not None and body.get("previous_response_id") is not None:
            refuse(
                "'previous_response_id' and 'conversation' cannot be used together.",
                "previous_response_id",
                "mutually_exclusive_parameters",
            )
        previous = body.get("previous_response_id")
        if previous is not None:
            return self.stored_responses.previous_messages(previous)
        if body.get("conversation") is not None:
            return self.threads.conversation_messages(body["conversation"], dialect)
        return ()

    def resolved(self, items: list[Json]) -> list[Json]:
        """Return the items, with each reference replaced by the item that it refers to."""
        return [self.referred(item["id"]) if item["type"] == "item_reference" else item for item in items]

    def referred(self, identifier: str) -> Json:
        """Return the item with the given id.

        The endpoint searches for the item in stored conversations, and in the input and output of stored responses.
        """
        kept: list[list[Json]] = [thread.items for thread in self.store.threads.values()]
        for stored in self.store.responses.values():
            kept += [stored.input_items, stored.body["output"]]
        for item in (item for items in kept for item in items):
            if item["id"] == identifier:
                return item
        raise ApiError(404, f"Item with id '{identifier}' not found.", "input")

    def text_format(self, body: Json) -> Guide | None:
        """Return the constraint that `text.format` sets on the output, or None."""
        wanted = (body.get("text") or {}).get("format")
        if wanted is None:
            return None
        if not isinstance(wanted, dict):
            wrong_type("text.format", ["object"], wanted)
        kind = require(wanted, "type", "text.format.type", "string")
        one_of(kind, ("text", "json_object", "json_schema"), "text.format.type")
        if kind == "json_schema":
            return replace(
                self.chat_requests.schema_guide(wanted, "text.format", "text.format"), param="text.format.schema"
            )
        return Guide("json_object", param="text.format") if kind == "json_object" else None

    def response_tools(self, body: Json, dialect: Dialect) -> tuple[Tool, ...]:
        """Check the `tools` of a request, and return the functions among them."""
        if not body.get("tools") and body.get("tool_choice") not in (None, "none", "auto"):
            refuse("Tool choice requires 'tools' to be specified.", "tool_choice")
        return read_tools(body.get("tools"), dialect)

    def _check_values(self, body: Json, dialect: Dialect) -> None:
        check_metadata(body.get("metadata"))
        for index, item in enumerate(body.get("include") or ()):
            one_of(item, _INCLUDABLE, f"include[{index}]")
        for key, value in (body.get("stream_options") or {}).items():
            if key != "include_obfuscation":
                refuse(f"Unknown parameter: 'stream_options.{key}'.", f"stream_options.{key}", "unknown_parameter")
            Field(("boolean",)).check(value, f"stream_options.{key}")
        check_reasoning(body.get("reasoning"), strict_keys=dialect.strict_keys)
        verbosity = (body.get("text") or {}).get("verbosity")
        Field(("string",), values=VERBOSITIES).check(verbosity, "text.verbosity")
        for name in _UNSUPPORTED:
            if body.get(name) is not None:
                refuse(
                    f"Unsupported parameter: '{name}' is not supported with this model.", name, "unsupported_parameter"
                )
        if body.get("prompt") is not None:
            identifier = require(body["prompt"], "id", "prompt.id", "string")
            raise ApiError(404, f"Prompt with id '{identifier}' not found.", "prompt")

    def _chat_body(self, body: Json) -> Json:
        logprobs = "message.output_text.logprobs" in (body.get("include") or ())
        return {
            "temperature": body.get("temperature"), "top_p": body.get("top_p"), "logprobs": logprobs,
            "max_completion_tokens": body.get("max_output_tokens"), "top_logprobs": body.get("top_logprobs"),
            "reasoning_effort": (body.get("reasoning") or {}).get("effort"),
        }  # fmt: skip
