"""Serves OpenAI's conversations and their items, and the `conversation` parameter of Responses requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.reference.errors import ApiError, refuse
from conformance.reference.fields import Field, check_metadata, require, wrong_type
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.lists import listed_item, page
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.items import check_items, item_messages
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import conversation_id
from conformance.reference.responses.threads import Conversing
from conformance.reference.routes import serves
from conformance.reference.store import StoredThread

MAX_ITEMS = 20


class Conversations(Conversing):
    """Serves /v1/conversations, and handles the `conversation` parameter of POST /v1/responses."""

    http: Http
    ids: Ids

    @serves("POST", "/v1/conversations")
    def create_thread(self, body: Json) -> Response:
        """Answer POST /conversations, which creates a conversation with at most 20 items."""
        check_metadata(body.get("metadata"))
        thread = StoredThread(
            {
                "id": self.ids.new_id("conv_"),
                "object": "conversation",
                "created_at": self.ids.now(),
                "metadata": body.get("metadata") or {},
            },
            self.new_items(body.get("items") or []),
        )
        self.store.threads[thread.body["id"]] = thread
        return self.http.json_response(thread.body)

    def thread(self, identifier: str) -> StoredThread:
        """Return the conversation with the given id, or reject the request if there is none."""
        stored = self.store.threads.get(identifier)
        if stored is None:
            raise ApiError(404, f"Conversation with id '{identifier}' not found.", "conversation")
        return stored

    @serves("GET", "/v1/conversations/{identifier}")
    def retrieve_thread(self, identifier: str) -> Response:
        """GET /conversations/{id}."""
        return self.http.json_response(self.thread(identifier).body)

    @serves("POST", "/v1/conversations/{identifier}")
    def update_thread(self, identifier: str, body: Json) -> Response:
        """Answer POST /conversations/{id}: replace the metadata of the conversation."""
        stored = self.thread(identifier)
        metadata = require(body, "metadata", "metadata", "object")
        check_metadata(metadata)
        stored.body["metadata"] = metadata
        return self.http.json_response(stored.body)

    @serves("DELETE", "/v1/conversations/{identifier}")
    def delete_thread(self, identifier: str) -> Response:
        """Answer DELETE /conversations/{id}: delete the conversation and its items."""
        self.thread(identifier)
        del self.store.threads[identifier]
        return self.http.json_response({"id": identifier, "object": "conversation.deleted", "deleted": True})

    def new_items(self, raw: Any) -> list[Json]:
        """Return new items in the form in which they are stored, each with a new id."""
        if not isinstance(raw, list):
            wrong_type("items", ["array"], raw)
        if len(raw) > MAX_ITEMS:
            refuse(
                f"Invalid 'items': array too long. Expected an array with maximum length {MAX_ITEMS}.",
                "items",
                "array_above_max_length",
            )
        return [self.kept_item(item) for item in check_items(raw)]

    def kept_item(self, item: Json) -> Json:
        """Return one item in the form in which it is stored, with a new id."""
        prefix = {"function_call": "fc_", "reasoning": "rs_"}.get(item["type"], "msg_")
        return {"id": self.ids.new_id(prefix), **listed_item(item)}

    @serves("GET", "/v1/conversations/{identifier}/items")
    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        """Answer GET /conversations/{id}/items with a page of items, newest first by default."""
        return self.http.json_response(page(self.thread(identifier).items, query))

    @serves("POST", "/v1/conversations/{identifier}/items")
    def create_items(self, identifier: str, body: Json) -> Response:
        """Answer POST /conversations/{id}/items: add the items, and return a list of them."""
        stored = self.thread(identifier)
        made = self.new_items(require(body, "items", "items", "array"))
        stored.items.extend(made)
        return self.http.json_response(
            {
                "object": "list",
                "data": made,
                "has_more": False,
                "first_id": made[0]["id"] if made else None,
                "last_id": made[-1]["id"] if made else None,
            }
        )

    def item_of(self, identifier: str, item_id: str) -> Json:
        """Return one item of a conversation."""
        for item in self.thread(identifier).items:
            if item["id"] == item_id:
                return item
        raise ApiError(404, f"Item with id '{item_id}' not found in conversation '{identifier}'.", "item_id")

    @serves("GET", "/v1/conversations/{identifier}/items/{item_id}")
    def retrieve_item(self, identifier: str, item_id: str) -> Response:
        """GET /conversations/{id}/items/{item_id}."""
        return self.http.json_response(self.item_of(identifier, item_id))

    @serves("DELETE", "/v1/conversations/{identifier}/items/{item_id}")
    def delete_item(self, identifier: str, item_id: str) -> Response:
        """Answer DELETE /conversations/{id}/items/{item_id}: delete the item, and return the conversation."""
        self.thread(identifier).items.remove(self.item_of(identifier, item_id))
        return self.http.json_response(self.thread(identifier).body)

    # the conversation parameter of /responses

    def contract(self) -> str:
        """The name of the contract that the endpoint serves under /v1."""
        return self.settings.dialect.name

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        """Return the items of a conversation as messages."""
        if isinstance(conversation, dict):
            Field(("string",)).check(require(conversation, "id", "conversation.id", "string"), "conversation.id")
            conversation = conversation["id"]
        return item_messages([item for item in self.thread(conversation).items if item["type"] != "reasoning"])

    def append(self, request: ResponseRequest, response: Json) -> None:
        """If the request names a conversation, append its input items and the response's output items."""
        if request.body.get("conversation"):
            stored = self.thread(conversation_id(request.body))
            stored.items.extend([self.kept_item(item) for item in request.items])
            stored.items.extend(response["output"])
