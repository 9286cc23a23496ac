"""Stores responses, and serves requests that retrieve, delete or continue them or list their input items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from conformance.reference.errors import ApiError, refuse
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.lists import listed_item, page
from conformance.reference.part import Part
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.items import item_messages
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.threads import Threads
from conformance.reference.routes import serves
from conformance.reference.settings import Settings
from conformance.reference.store import Store, StoredResponse

Memory = dict[str, tuple[Message, ...]]
"""The latest response of a connection by its id: the messages that the next one continues."""


class StoredResponses(Part):
    """Implements the operations on stored responses.

    `at_hand` has the latest response on the WebSocket connection for which the endpoint now answers a message.
    """

    http: Http
    ids: Ids
    threads: Threads

    def __init__(self, settings: Settings, store: Store) -> None:
        """Start without connection state."""
        super().__init__(settings, store)
        self.at_hand: Mapping[str, tuple[Message, ...]] = {}

    def stored(self, request: ResponseRequest) -> bool:
        """Return whether a response will be stored.

        As in OpenAI's API, a response is stored unless the request sets `store: false`.
        """
        return bool(request.get("store", True)) and not request.chat.dialect.detail

    def keep(self, request: ResponseRequest, response: Json) -> None:
        """Store a finished response, and add the turn to the conversation that the request names, if any."""
        self.keep_response(request, response)
        self.threads.append(request, response)

    def keep_response(self, request: ResponseRequest, response: Json) -> None:
        """Store a finished response unless the request sets `store: false`.

        A finished background response replaces the queued response, unless a client deleted the queued
        response.
        """
        known = self.store.responses.get(response["id"])
        if not self.stored(request) or (request.get("background", False) and known is None):
            return
        items = known.input_items if known else self.listed_input(request)
        messages = (*request.earlier, *item_messages(request.items), *output_messages(response["output"]))
        self.store.responses[response["id"]] = StoredResponse(response, items, messages, known.job if known else None)

    def listed_input(self, request: ResponseRequest) -> list[Json]:
        """Return the input items in the form that list responses use, each with an id."""
        return [{"id": self.ids.new_id("msg_"), **listed_item(item)} for item in request.items]

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        """Return the messages of all turns up to and including an earlier response.

        The earlier response must be a stored response, or the latest response of the connection.
        """
        if identifier in self.at_hand:
            return self.at_hand[identifier]
        stored = self.store.responses.get(identifier)
        if stored is None:
            refuse(
                f"Previous response with id '{identifier}' not found.",
                "previous_response_id",
                "previous_response_not_found",
            )
        if stored.job is not None:
            stored.job.finish()
        return self.store.responses[identifier].messages

    def retrieve_response(self, identifier: str) -> Response:
        """GET /responses/{id}."""
        return self.http.json_response(self.found(identifier).body)

    @serves("DELETE", "/v1/responses/{identifier}")
    def delete_response(self, identifier: str) -> Response:
        """DELETE /responses/{id}."""
        self.found(identifier)
        del self.store.responses[identifier]
        return self.http.json_response({"id": identifier, "object": "response.deleted", "deleted": True})

    @serves("GET", "/v1/responses/{identifier}/input_items")
    def input_items(self, identifier: str, query: Any) -> Response:
        """Answer GET /responses/{id}/input_items with a page of items, newest first by default."""
        return self.http.json_response(page(self.found(identifier).input_items, query))

    def found(self, identifier: str) -> StoredResponse:
        """Return a stored response, or reject an unknown id."""
        stored = self.store.responses.get(identifier)
        if stored is None:
            raise ApiError(404, f"Response with id '{identifier}' not found.", "id")
        return stored


def output_messages(output: Sequence[Json]) -> tuple[Message, ...]:
    """Convert the output items of a response to messages, except the reasoning items."""
    return item_messages([item for item in output if item["type"] != "reasoning"])


def conversation_id(body: Json) -> str:
    """Return the id of the conversation that the `conversation` parameter of a request names."""
    conversation = body["conversation"]
    return str(conversation["id"] if isinstance(conversation, dict) else conversation)
