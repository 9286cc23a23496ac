"""Mutants of the reference endpoint that break Telnyx's conversations."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from conformance.packs.telnyx.conversations import TelnyxConversations
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("telnyx-conversation-bare", breaks={"telnyx.conversations.create"}, source="plausible")
class TelnyxConversationBare(TelnyxConversations):
    """A new conversation lacks the time of its last message."""

    def create_conversation(self, body: Json, idempotency_key: str | None) -> Response:
        answer = super().create_conversation(body, idempotency_key)
        made = next(reversed(self.kept.values())).body
        del answer
        return self.http.json_response({key: value for key, value in made.items() if key != "last_message_at"})


@mutant("telnyx-conversation-other", breaks={"telnyx.conversations.retrieve"}, source="plausible")
class TelnyxConversationOther(TelnyxConversations):
    """Retrieving a conversation returns the id of a different conversation."""

    def retrieve_conversation(self, identifier: str) -> Response:
        body = self.conversation(identifier).body
        return self.http.json_response({"data": {**body, "id": "00000000-0000-4000-8000-000000000001"}})


@mutant(
    "telnyx-update-lost",
    breaks={"telnyx.conversations.update"},
    source="plausible",
)
class TelnyxUpdateLost(TelnyxConversations):
    """New metadata is confirmed but not stored."""

    def update_conversation(self, identifier: str, body: Json) -> Response:
        before = self.conversation(identifier).body["metadata"]
        answer = super().update_conversation(identifier, body)
        self.conversation(identifier).body["metadata"] = before
        return answer


@mutant("telnyx-filter-ignored", breaks={"telnyx.conversations.filter"}, source="plausible")
class TelnyxFilterIgnored(TelnyxConversations):
    """Filters of the list of conversations have no effect."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        return super().list_conversations({key: value for key, value in query.items() if "->" not in key})


@mutant("telnyx-delete-kept", breaks={"telnyx.conversations.delete"}, source="plausible")
class TelnyxDeleteKept(TelnyxConversations):
    """A deleted conversation can still be retrieved."""

    def delete_conversation(self, identifier: str) -> Response:
        kept = self.conversation(identifier)
        answer = super().delete_conversation(identifier)
        self.kept[identifier] = kept
        return answer


@mutant(
    "telnyx-messages-uncounted",
    breaks={"telnyx.conversations.messages-paging", "telnyx.conversations.messages"},
    source="plausible",
)
class TelnyxMessagesUncounted(TelnyxConversations):
    """The list of messages reports a count of 0."""

    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        answer = super().list_messages(identifier, query)
        total = len(self.conversation(identifier).messages)
        body = bytes(answer.body).replace(b'"total_results":%d' % total, b'"total_results":0')
        return Response(body, 200, self.http.headers(), "application/json")


@mutant("telnyx-pages-ignored", breaks={"telnyx.conversations.messages-paging"}, source="plausible")
class TelnyxPagesIgnored(TelnyxConversations):
    """Every page of the list of messages contains all messages."""

    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_messages(identifier, {"page[size]": "100"} if query else {})


@mutant("telnyx-unknown-422", breaks={"telnyx.conversations.unknown"}, source="plausible")
class TelnyxUnknown422(TelnyxConversations):
    """An unknown conversation is rejected with a 422 instead of a 404."""

    def retrieve_conversation(self, identifier: str) -> Response:
        if identifier.startswith("00000000-"):
            refuse("conversation not found", "conversation_id", "value_error")
        return super().retrieve_conversation(identifier)
