"""Reads a chat request, and checks it in the order of OpenAI's API: model, messages, unknown keys, types, values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conformance.reference.chat.messages import check_messages
from conformance.reference.chat.nested import check_response_format
from conformance.reference.chat.tools import check_guide, check_schema, check_tools, read_tool_choice
from conformance.reference.dialect import OPENAI, Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.fields import Field, check_metadata, one_of, require, wrong_type
from conformance.reference.language_model.constraint import Guide
from conformance.reference.language_model.planner import ToolChoice
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.models import Models
from conformance.reference.part import Part
from conformance.reference.prompt import Conversation, Json, chat_messages, chat_tools, prompt_tokens, text_of


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A valid request for a chat completion.

    `body` is the request body as the client sent it. `prompt_tokens` is the number of tokens of the prompt, with the
    chat template applied.
    """

    body: Json
    dialect: Dialect
    model: str
    conversation: Conversation
    tool_choice: ToolChoice
    guide: Guide | None
    prompt_tokens: int

    def get(self, name: str, default: Any) -> Any:
        """Return the value of a request parameter. A parameter that is null counts as absent."""
        value = self.body.get(name)
        return default if value is None else value


class ChatRequests(Part):
    """Reads chat requests."""

    models: Models

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        """Check a request body and read it.

        Raises `ApiError` with the status, `param` and `code` that OpenAI's API returns for the fault.

        """
        body = self.prepare_body(body)
        model = self.chat_model(body, dialect)
        self.check_messages(body, dialect)
        self.check_keys(body, dialect)
        self.check_fields(body, dialect)
        body = with_tools(body)
        self.check_combinations(body)
        self.check_stop(body)
        self.check_logit_bias(body)
        check_metadata(body.get("metadata"))
        self.check_chat_tools(body, dialect)
        guide = self.guide_of(body, dialect)
        if dialect.strict_keys:
            check_response_format(body.get("response_format"))
        self.models.check_model(model, self.models.chat_models())
        messages = self.read_messages(body)
        conversation = Conversation(messages, chat_tools(body.get("tools") or ()))
        length = prompt_tokens(conversation)
        window = self.models.context_window(model)
        if length > window:
            refuse(
                f"This model's maximum context length is {window} tokens. However, your messages resulted in "
                f"{length} tokens. Please reduce the length of the messages.",
                "messages", "context_length_exceeded",
            )  # fmt: skip
        return ChatRequest(body, dialect, model, conversation, self.tool_choice_of(body), guide, length)

    def prepare_body(self, body: Json) -> Json:
        """Return the request body unchanged, before its parameters are read.

        Mutants override `prepare_body` to drop or change parameters of a request.
        """
        return body

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        """Return the messages in the form in which the model reads them."""
        return chat_messages(body["messages"])

    def chat_model(self, body: Json, dialect: Dialect) -> str:
        """Return the model that the request names, or the default model of the dialect if the request names none."""
        model = body.get("model") or dialect.default_model
        if not model:
            refuse("you must provide a model parameter")
        if not isinstance(model, str):
            wrong_type("model", ["string"], model)
        return str(model)

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        """Reject absent or malformed `messages`."""
        if body.get("messages") is None:
            refuse("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
        forms = ("string", "object") if self.settings.image_objects else dialect.image_url
        check_messages(body["messages"], dialect.roles, forms)

    def check_keys(self, body: Json, dialect: Dialect) -> None:
        """Reject unknown keys."""
        for key in body:
            if dialect.strict_keys and key not in dialect.fields:
                refuse(f"Unknown parameter: '{key}'.", key, "unknown_parameter")

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        """Reject parameters of a wrong type or out of range."""
        for key, field in dialect.fields.items():
            if key in body:
                field.check(body[key], key)

    def check_combinations(self, body: Json) -> None:
        """Reject combinations of parameters that are not allowed."""
        options = body.get("stream_options")
        if options is not None:
            if not body.get("stream"):
                refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
            for key, value in options.items():
                if key not in {"include_usage", "include_obfuscation"}:
                    refuse(f"Unknown parameter: 'stream_options.{key}'.", f"stream_options.{key}", "unknown_parameter")
                Field(("boolean",)).check(value, f"stream_options.{key}")
        top = body.get("top_logprobs")
        if top is not None and not body.get("logprobs"):
            refuse("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs")
        if top is not None and top > 20:
            refuse(
                f"Invalid value for 'top_logprobs': must be less than or equal to 20, but got {top}.", "top_logprobs"
            )
        if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
            refuse(
                "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                "max_tokens", "invalid_parameter_combination",
            )  # fmt: skip
        for kind in body.get("modalities") or ():
            one_of(kind, ("text",), "modalities", "unsupported_value")
        for name in ("audio", "moderation"):
            if body.get(name) is not None:
                refuse(
                    f"Unsupported parameter: '{name}' is not supported with this model.", name, "unsupported_parameter"
                )
        if body.get("web_search_options") is not None:
            refuse("Web search options not supported with this model.", "web_search_options")

    def check_stop(self, body: Json) -> None:
        """Reject `stop` unless it is one stop sequence, or an array of one to four stop sequences."""
        stop = body.get("stop")
        if isinstance(stop, list):
            Field(("array",), low=1, high=self.most_stops()).check(stop, "stop")
            for index, item in enumerate(stop):
                if not isinstance(item, str):
                    wrong_type(f"stop[{index}]", ["string"], item)

    def most_stops(self) -> int:
        """Return the maximum number of stop sequences in a request."""
        return 4

    def check_logit_bias(self, body: Json) -> None:
        """Reject `logit_bias` unless it maps token ids to numbers in [-100, 100]."""
        for key, value in (body.get("logit_bias") or {}).items():
            if not key.isdigit() or int(key) >= TOKENIZER.size:
                refuse(
                    f"Invalid key in 'logit_bias': {key}. You should only be submitting token ids.",
                    "logit_bias",
                    "invalid_value",
                )
            if value is None:
                wrong_type(f"logit_bias.{key}", ["number"], value)
            Field(("number",), -100, 100).check(value, f"logit_bias.{key}")

    def check_chat_tools(self, body: Json, dialect: Dialect) -> None:
        """Reject invalid tools, and parameters that are only allowed with tools."""
        if body.get("tools") is not None:
            check_tools(body["tools"], dialect.tool_kinds)
            return
        if body.get("tool_choice") not in {None, "none"} if not isinstance(body.get("tool_choice"), dict) else True:
            if isinstance(body["tool_choice"], str):
                one_of(body["tool_choice"], ("none", "auto", "required"), "tool_choice")
            refuse(
                "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
                "tool_choice",
            )
        if body.get("parallel_tool_calls") is not None:
            refuse(
                "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
                "parallel_tool_calls",
            )

    def tool_choice_of(self, body: Json) -> ToolChoice:
        """Check the `tool_choice` of a request, and return it as a `ToolChoice`."""
        names = [tool["function"]["name"] for tool in body.get("tools") or () if tool["type"] == "function"]
        return read_tool_choice(body.get("tool_choice"), names, parallel=body.get("parallel_tool_calls") is not False)

    def guide_of(self, body: Json, dialect: Dialect) -> Guide | None:
        """Check the constraint that the request sets on the output, and return it."""
        found = [guide for guide in (self._guided(body, dialect), self._formatted(body, dialect)) if guide]
        if len(found) > 1:
            refuse(
                f"'{found[0].param}' and '{found[1].param}' cannot be used together.",
                found[0].param,
                "invalid_parameter_combination",
            )
        return found[0] if found else None

    def _guided(self, body: Json, dialect: Dialect) -> Guide | None:
        wanted: dict[str, Any] = {
            f"guided_{kind}": body.get(f"guided_{kind}") for kind in ("json", "regex", "choice", "grammar")
        }
        wanted = {key: value for key, value in wanted.items() if key in dialect.fields and value is not None}
        if "structured_outputs" in dialect.fields:
            for key, value in (body.get("structured_outputs") or {}).items():
                one_of(
                    key,
                    ("json", "regex", "choice", "grammar", "json_object"),
                    "structured_outputs",
                    "unknown_parameter",
                )
                if value is not None:
                    wanted[f"structured_outputs.{key}"] = value
        if len(wanted) > 1:
            refuse(
                f"Only one kind of guided decoding can be used, but got {', '.join(wanted)}.",
                next(iter(wanted)),
                "invalid_value",
            )
        for param, value in wanted.items():
            kind = param.replace("guided_", "").replace("structured_outputs.", "")
            if kind == "choice":
                Field(("array",), low=1).check(value, param)
                for index, item in enumerate(value):
                    if not isinstance(item, str):
                        wrong_type(f"{param}[{index}]", ["string"], item)
            meant = _parsed(value, param) if kind == "json" and isinstance(value, str) else value
            guide = Guide({"json": "json_schema"}.get(kind, kind), meant, param)
            check_guide(guide, f"Invalid value for '{param}'", "invalid_value")
            return guide
        return None

    def _formatted(self, body: Json, dialect: Dialect) -> Guide | None:
        wanted = body.get("response_format")
        if wanted is None:
            return None
        kind = require(wanted, "type", "response_format.type", "string")
        formats = OPENAI.response_formats if self.settings.sdk_features else dialect.response_formats
        one_of(kind, formats, "response_format.type")
        if kind == "json_schema":
            described = require(wanted, "json_schema", "response_format.json_schema", "object")
            return self.schema_guide(described, "response_format.json_schema", "response_format")
        if kind == "json_object":
            if dialect.strict_keys and not any(
                "json" in text_of(message.get("content")).lower() for message in body["messages"]
            ):
                refuse(
                    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
                    "messages",
                )
            return Guide("json_object")
        return None

    def schema_guide(self, described: Json, path: str, param: str) -> Guide:
        """Return the constraint for a named schema in `response_format` or `text.format`."""
        name = require(described, "name", f"{path}.name", "string")
        Field(("string",), low=1, high=64).check(name, f"{path}.name")
        Field(("boolean",)).check(described.get("strict"), f"{path}.strict")
        schema = require(described, "schema", f"{path}.schema", "object") or {"type": "object"}
        where = f"Invalid schema for {param} '{name}'"
        check_schema(schema, where, param, None, strict=bool(described.get("strict")), lenient=False)
        return Guide("json_schema", schema, param)


def with_tools(body: Json) -> Json:
    """Return the body with legacy `functions` converted to `tools`, and `function_call` to `tool_choice`."""
    if body.get("functions") is None:
        return body
    tools = [{"type": "function", "function": function} for function in body["functions"]]
    choice = body.get("function_call")
    if isinstance(choice, dict):
        choice = {"type": "function", "function": choice}
    return {**body, "tools": tools, "tool_choice": choice}


def _parsed(text: str, param: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(400, f"Invalid value for '{param}': not JSON.", param, "invalid_value") from None
