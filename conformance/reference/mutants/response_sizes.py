"""Mutants of what is too long for one answer: inputs beyond the context window, and the pages of lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.stored_responses import StoredResponses


@mutant("response-overflow-cut", breaks={"responses.truncation.disabled"}, source="ollama/ollama#17889")
class ResponseOverflowCut(ResponseRequests):
    """Items are dropped from an input that does not fit, though nobody allowed it."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        asked = super().response_request({**body, "truncation": "auto"}, dialect) if _plain(body) else None
        return asked or super().response_request(body, dialect)


def _plain(body: Json) -> bool:
    return body.get("truncation") is None and isinstance(body.get("input"), list)


@mutant("response-truncation-ignored", breaks={"responses.truncation.auto"}, source="plausible")
class ResponseTruncationIgnored(ResponseRequests):
    """Truncation is echoed, and an input that does not fit is refused all the same."""

    def response_request(self, body: Json, dialect: Dialect) -> ResponseRequest:
        super().response_request(
            {**body, "truncation": "disabled"} if body.get("truncation") == "auto" else body, dialect
        )
        return super().response_request(body, dialect)


def unlimited(query: Mapping[str, str]) -> bool:
    """Whether a page for no item is asked for."""
    return query.get("limit") == "0"


def largest(query: Mapping[str, str]) -> None:
    """Refuse a page for a hundred."""
    if query.get("limit") == "100":
        refuse("Invalid 'limit': expected an integer below 100.", "limit", "invalid_value")


NOTHING = {"object": "list", "data": [], "has_more": True, "first_id": None, "last_id": None}


@mutant("response-page-empty", breaks={"responses.input-items.page-size"}, source="plausible")
class ResponsePageEmpty(StoredResponses):
    """A page of input items for none is given, empty."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return self.http.json_response(NOTHING) if unlimited(query) else super().input_items(identifier, query)


@mutant("response-page-small", breaks={"responses.input-items.page-size"}, source="plausible")
class ResponsePageSmall(StoredResponses):
    """A page of a hundred input items is refused."""

    def input_items(self, identifier: str, query: Any) -> Response:
        largest(query)
        return super().input_items(identifier, query)


@mutant("conversation-page-empty", breaks={"conversations.items.page-size"}, source="plausible")
class ConversationPageEmpty(Conversations):
    """A page of a conversation's items for none is given, empty."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.http.json_response(NOTHING) if unlimited(query) else super().list_items(identifier, query)


@mutant(
    "conversation-page-small",
    breaks={"conversations.items.page-size"},
    source="plausible",
)
class ConversationPageSmall(Conversations):
    """A page of a hundred items of a conversation is refused."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        largest(query)
        return super().list_items(identifier, query)
