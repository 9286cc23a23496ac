"""Telnyx conversations in the reference endpoint, and how requests to the Responses API read and extend them."""

from __future__ import annotations

import datetime
import fnmatch
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.accounts import ByAccount
from conformance.reference.errors import ApiError, refuse
from conformance.reference.fields import Field, one_of, require, wrong_type
from conformance.reference.http import Http
from conformance.reference.prompt import Call, Json, Message, text_of
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import output_messages
from conformance.reference.responses.threads import Conversing
from conformance.reference.routes import serves
from conformance.reference.settings import Settings
from conformance.reference.store import Store

_ROLES = ("user", "assistant", "tool", "system")


@dataclass(slots=True)
class StoredConversation:
    """A stored Telnyx conversation and its messages, both as the JSON objects that the API returns."""

    body: Json
    messages: list[Json] = field(default_factory=list)


class TelnyxConversations(Conversing):
    """Serves /v2/ai/conversations, and handles the `conversation` parameter."""

    http: Http

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without conversations."""
        super().__init__(settings, store)
        self.kept_of: ByAccount[StoredConversation] = ByAccount()
        self.idempotent: dict[str, Json] = {}

    @property
    def kept(self) -> dict[str, StoredConversation]:
        """The conversations of the account whose request is being answered."""
        return self.kept_of.own

    def timestamp(self) -> str:
        """Return the current time as RFC 3339 text."""
        return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")

    @serves("POST", "/v2/ai/conversations", TELNYX)
    def create_conversation(self, body: Json, idempotency_key: str | None) -> Response:
        """POST /ai/conversations.

        Create a conversation; requests with the same idempotency key get the same conversation.
        """
        if idempotency_key and idempotency_key in self.idempotent:
            return self.http.json_response(self.idempotent[idempotency_key])
        Field(("string",)).check(body.get("name"), "name")
        now = self.timestamp()
        conversation: Json = {
            "id": str(uuid.uuid4()), "created_at": now, "last_message_at": now, "metadata": _metadata(body), "name": body.get("name"),
        }  # fmt: skip
        self.kept[conversation["id"]] = StoredConversation(conversation)
        if idempotency_key:
            self.idempotent[idempotency_key] = conversation
        return self.http.json_response(conversation)

    @serves("GET", "/v2/ai/conversations", TELNYX)
    def list_conversations(self, query: Mapping[str, str]) -> Response:
        """Answer GET /ai/conversations, with filters in the style of PostgREST."""
        found = [stored.body for stored in self.kept.values()]
        for key, condition in query.items():
            if key not in {"limit", "order", "or"}:
                found = [body for body in found if _meets(body, key, condition)]
        if either := query.get("or"):
            conditions = [part.split(".", 1) for part in either.strip("()").split(",") if "." in part]
            found = [body for body in found if any(_meets(body, key, condition) for key, condition in conditions)]
        key, _, direction = query.get("order", "created_at.desc").partition(".")
        found.sort(key=lambda body: str(body.get(key)), reverse=direction.startswith("desc"))
        limit = query.get("limit", "100")
        if not limit.isdigit():
            refuse("value is not a valid integer", "limit", "type_error.integer")
        return self.http.json_response({"data": found[: int(limit)]})

    def conversation(self, identifier: str) -> StoredConversation:
        """Return the conversation with the given id."""
        try:
            uuid.UUID(identifier)
        except ValueError:
            refuse("value is not a valid uuid", "conversation", "type_error.uuid")
        stored = self.kept.get(identifier)
        if stored is None:
            raise ApiError(404, f"Conversation '{identifier}' not found.", "conversation", "not_found")
        return stored

    @serves("GET", "/v2/ai/conversations/{identifier}", TELNYX)
    def retrieve_conversation(self, identifier: str) -> Response:
        """GET /ai/conversations/{id}."""
        return self.http.json_response({"data": self.conversation(identifier).body})

    @serves("PUT", "/v2/ai/conversations/{identifier}", TELNYX)
    def update_conversation(self, identifier: str, body: Json) -> Response:
        """PUT /ai/conversations/{id}."""
        stored = self.conversation(identifier)
        stored.body["metadata"] = _metadata(body)
        return self.http.json_response({"data": stored.body})

    @serves("DELETE", "/v2/ai/conversations/{identifier}", TELNYX)
    def delete_conversation(self, identifier: str) -> Response:
        """DELETE /ai/conversations/{id}."""
        self.conversation(identifier)
        del self.kept[identifier]
        return Response(None, 204, self.http.headers())

    @serves("GET", "/v2/ai/conversations/{identifier}/messages", TELNYX)
    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        """GET /ai/conversations/{id}/messages."""
        messages = self.conversation(identifier).messages
        number, size = query.get("page[number]", "1"), query.get("page[size]", "20")
        if not number.isdigit() or not size.isdigit() or int(number) < 1 or int(size) < 1:
            refuse("value is not a valid integer", "page", "type_error.integer")
        start = (int(number) - 1) * int(size)
        meta = {
            "total_pages": math.ceil(len(messages) / int(size)), "total_results": len(messages),
            "page_number": int(number), "page_size": int(size),
        }  # fmt: skip
        shown = [{key: value for key, value in message.items() if key != "tool_call_id"} for message in messages]
        return self.http.json_response({"data": shown[start : start + int(size)], "meta": meta})

    @serves("POST", "/v2/ai/conversations/{identifier}/message", TELNYX)
    def add_message(self, identifier: str, body: Json) -> Response:
        """POST /ai/conversations/{id}/message."""
        stored = self.conversation(identifier)
        one_of(require(body, "role", "role", "string"), _ROLES, "role")
        Field(("string", "array")).check(body.get("content"), "content")
        message = {
            "role": body["role"], "text": text_of(body.get("content")), "created_at": self.timestamp(), "sent_at": body.get("sent_at"),
            "metadata": body.get("metadata") or {}, "tool_calls": body.get("tool_calls") or [], "tool_call_id": body.get("tool_call_id"),
        }  # fmt: skip
        stored.messages.append(message)
        stored.body["last_message_at"] = message["created_at"]
        return self.http.json_response({})

    # the conversation parameter of /responses

    def contract(self) -> str:
        """The name of Telnyx's contract."""
        return TELNYX.name

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        """Return the messages of a conversation."""
        if not isinstance(conversation, str):
            wrong_type("conversation", ["string"], conversation)
        stored = self.conversation(conversation)
        if stored.body["metadata"].get("ai_disabled") == "true":
            raise ApiError(400, "AI is disabled for this conversation.", "conversation", "ai_disabled", exact=True)
        return tuple(
            Message(
                message["role"], message["text"],
                tuple(Call(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in message["tool_calls"]),
                message["tool_call_id"],
            )
            for message in stored.messages
        )  # fmt: skip

    def append(self, request: ResponseRequest, response: Json) -> None:
        """Append the input and output of a turn to the conversation; the first turn also adds its instructions."""
        if not request.body.get("conversation"):
            return
        stored = self.conversation(request.body["conversation"])
        turn = request.chat.conversation.messages[len(request.earlier) :]
        if request.body.get("instructions") and request.earlier:
            turn = request.chat.conversation.messages[len(request.earlier) + 1 :]
        said = [self.conversation_message(message) for message in output_messages(response["output"])]
        if thoughts := _thoughts(response["output"]):
            said = said or [self.conversation_message(Message("assistant", ""))]
            said[0]["reasoning"] = thoughts
        stored.messages += [*map(self.conversation_message, turn), *said]
        stored.body["last_message_at"] = self.timestamp()

    def conversation_message(self, message: Message) -> Json:
        """Return a message in the form of the Conversations API."""
        calls = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in message.calls
        ]
        return {
            "role": message.role, "text": message.text, "created_at": self.timestamp(), "sent_at": None, "metadata": {},
            "tool_calls": calls, "tool_call_id": message.call_id,
        }  # fmt: skip


def _thoughts(output: list[Json]) -> str:
    """Return the reasoning text in the output of a response."""
    items = [item for item in output if item["type"] == "reasoning"]
    return "".join(str(part["text"]) for item in items for part in item["content"])


def _metadata(body: Json) -> Json:
    metadata = body.get("metadata") or {}
    Field(("object",)).check(metadata, "metadata")
    for key, value in metadata.items():
        if not isinstance(value, str):
            wrong_type(f"metadata.{key}", ["string"], value)
    return dict(metadata)


def _meets(body: Json, key: str, condition: str) -> bool:
    """Whether a conversation meets one PostgREST condition such as `eq.value`."""
    operator, _, wanted = condition.partition(".")
    value = body["metadata"].get(key.split("->")[1].lstrip(">")) if key.startswith("metadata->") else body.get(key)
    if value is None:
        return False
    text = str(value)
    if operator in {"like", "ilike"}:
        fold = str.lower if operator == "ilike" else str
        return fnmatch.fnmatchcase(fold(text), fold(wanted).replace("%", "*"))
    outcomes = {
        "eq": text == wanted, "neq": text != wanted, "gt": text > wanted, "gte": text >= wanted, "lt": text < wanted, "lte": text <= wanted,
    }  # fmt: skip
    if operator not in outcomes:
        refuse(f"unknown operator '{operator}'", key, "value_error")
    return outcomes[operator]
