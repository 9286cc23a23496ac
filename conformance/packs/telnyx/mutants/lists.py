"""Mutants of the reference endpoint that break Telnyx's list of conversations."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from conformance.packs.telnyx.conversations import TelnyxConversations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("telnyx-list-empty", breaks={"telnyx.conversations.list"}, source="plausible")
class TelnyxListEmpty(TelnyxConversations):
    """Without filters, the list of conversations is empty."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        return super().list_conversations(query or {"id": "eq.none"})


@mutant("telnyx-list-unlimited", breaks={"telnyx.conversations.list-limit"}, source="plausible")
class TelnyxListUnlimited(TelnyxConversations):
    """`limit` has no effect on the list of conversations."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        return super().list_conversations({key: value for key, value in query.items() if key != "limit"})


@mutant("telnyx-list-unordered", breaks={"telnyx.conversations.list-order"}, source="plausible")
class TelnyxListUnordered(TelnyxConversations):
    """`order` has no effect on the list of conversations."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        return super().list_conversations({key: value for key, value in query.items() if key != "order"})


@mutant("telnyx-one-filter", breaks={"telnyx.conversations.filter-pairs"}, source="plausible")
class TelnyxOneFilter(TelnyxConversations):
    """Only the first metadata filter of the query has an effect."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        ignored = [key for key in query if key.startswith("metadata->")][1:]
        return super().list_conversations({key: value for key, value in query.items() if key not in ignored})


@mutant("telnyx-name-lost", breaks={"telnyx.conversations.name"}, source="plausible")
class TelnyxNameLost(TelnyxConversations):
    """The `name` of a new conversation is not stored."""

    def create_conversation(self, body: Json, idempotency_key: str | None) -> Response:
        return super().create_conversation({**body, "name": None}, idempotency_key)


@mutant("telnyx-idempotency-ignored", breaks={"telnyx.conversations.idempotent"}, source="plausible")
class TelnyxIdempotencyIgnored(TelnyxConversations):
    """`Idempotency-Key` has no effect on the creation of a conversation."""

    def create_conversation(self, body: Json, idempotency_key: str | None) -> Response:
        return super().create_conversation(body, None)


@mutant("telnyx-roles-merged", breaks={"telnyx.conversations.message-roles"}, source="plausible")
class TelnyxRolesMerged(TelnyxConversations):
    """Every added message is stored as a message of the user."""

    def add_message(self, identifier: str, body: Json) -> Response:
        return super().add_message(identifier, {**body, "role": "user"} if body.get("role") == "assistant" else body)
