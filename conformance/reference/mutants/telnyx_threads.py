"""Mutants of Telnyx's conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.reference.dialect import TELNYX, Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.telnyx import StoredConversation, TelnyxConversations
from conformance.reference.threads import Threads


@mutant("telnyx-conversation-bare", breaks={"telnyx.conversations.create"}, source="plausible")
class TelnyxConversationBare(TelnyxConversations):
    """A new conversation has no time of its last message."""

    def create_conversation(self, body: Json, idempotency_key: str | None) -> Response:
        answer = super().create_conversation(body, idempotency_key)
        made = next(reversed(self.kept.values())).body
        del answer
        return self.http.json_response({key: value for key, value in made.items() if key != "last_message_at"})


@mutant("telnyx-conversation-other", breaks={"telnyx.conversations.retrieve"}, source="plausible")
class TelnyxConversationOther(TelnyxConversations):
    """Another conversation is retrieved."""

    def retrieve_conversation(self, identifier: str) -> Response:
        body = self.conversation(identifier).body
        return self.http.json_response({"data": {**body, "id": "00000000-0000-4000-8000-000000000001"}})


@mutant(
    "telnyx-update-lost",
    breaks={"telnyx.conversations.update"},
    source="plausible",
)
class TelnyxUpdateLost(TelnyxConversations):
    """New metadata is confirmed and not kept."""

    def update_conversation(self, identifier: str, body: Json) -> Response:
        before = self.conversation(identifier).body["metadata"]
        answer = super().update_conversation(identifier, body)
        self.conversation(identifier).body["metadata"] = before
        return answer


@mutant("telnyx-filter-ignored", breaks={"telnyx.conversations.filter"}, source="plausible")
class TelnyxFilterIgnored(TelnyxConversations):
    """Filters of the list have no effect."""

    def list_conversations(self, query: Mapping[str, str]) -> Response:
        return super().list_conversations({key: value for key, value in query.items() if "->" not in key})


@mutant("telnyx-delete-kept", breaks={"telnyx.conversations.delete"}, source="plausible")
class TelnyxDeleteKept(TelnyxConversations):
    """A deleted conversation is still there."""

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
    """The list of messages says that there are none."""

    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        answer = super().list_messages(identifier, query)
        total = len(self.conversation(identifier).messages)
        body = bytes(answer.body).replace(b'"total_results":%d' % total, b'"total_results":0')
        return Response(body, 200, self.http.headers(), "application/json")


class _Kept(TelnyxConversations):
    """Changes what a response leaves in Telnyx's conversations."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        raise NotImplementedError

    def append(self, request: ResponseRequest, response: Json) -> None:
        named = self.kept.get(str(request.body.get("conversation")))
        before = len(named.messages) if named else 0
        super().append(request, response)
        self.after(request, named.messages[before:] if named else [], named)


@mutant("telnyx-calls-lost", breaks={"telnyx.responses.conversation-tools"}, source="plausible")
class TelnyxCallsLost(_Kept):
    """Tool calls are not appended to the conversation."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        for message in made:
            message["tool_calls"] = []


@mutant("telnyx-conversations-mix", breaks={"telnyx.responses.conversation-separate"}, source="plausible")  # fmt: skip
class TelnyxConversationsMix(_Kept):
    """A turn is appended to all conversations."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        for conversation in self.kept.values():
            if conversation is not named:
                conversation.messages.extend(
                    {**message, "tool_calls": []} for message in made if message["role"] != "tool"
                )


@mutant("telnyx-stray-persisted", breaks={"telnyx.responses.stateless"}, source="plausible")
class TelnyxStrayPersisted(_Kept):
    """A turn without a conversation is appended to those that there are."""

    def after(self, request: ResponseRequest, made: list[Json], named: StoredConversation | None) -> None:
        if named is None and "passing by" in str(request.body.get("input")):
            for conversation in self.kept.values():
                conversation.messages.extend(
                    self.conversation_message(message) for message in request.chat.conversation.messages
                )


@mutant("telnyx-malformed-accepted", breaks={"telnyx.responses.conversation-malformed"}, source="plausible")
class TelnyxMalformedAccepted(ResponseRequests):
    """A conversation that is no uuid is ignored."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        dropped = "conversation" if str(body.get("conversation", "-" * 4)).count("-") < 4 else ""
        return {key: value for key, value in body.items() if key != dropped or str(value).startswith("conv_")}


@mutant("telnyx-disabled-answered", breaks={"telnyx.responses.ai-disabled"}, source="plausible")
class TelnyxDisabledAnswered(Threads):
    """A conversation with AI switched off is answered."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        try:
            return super().conversation_messages(conversation, dialect)
        except ApiError as error:
            if error.code != "ai_disabled":
                raise
            return ()


@mutant("telnyx-next-turn-blind", breaks={"telnyx.responses.conversation-next"}, source="plausible")  # fmt: skip
class TelnyxNextTurnBlind(Threads):
    """A turn sees the first message of its conversation alone."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return found[:1] if dialect is TELNYX else found


@mutant("telnyx-pages-ignored", breaks={"telnyx.conversations.messages-paging"}, source="plausible")
class TelnyxPagesIgnored(TelnyxConversations):
    """All messages are on every page."""

    def list_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_messages(identifier, {"page[size]": "100"} if query else {})


@mutant("telnyx-unknown-422", breaks={"telnyx.conversations.unknown"}, source="plausible")
class TelnyxUnknown422(TelnyxConversations):
    """A conversation that never was is an invalid request."""

    def retrieve_conversation(self, identifier: str) -> Response:
        if identifier.startswith("00000000-"):
            refuse("conversation not found", "conversation_id", "value_error")
        return super().retrieve_conversation(identifier)


@mutant("telnyx-instructions-forgotten", breaks={"telnyx.responses.instructions"}, source="plausible")
class TelnyxInstructionsForgotten(Threads):
    """Instructions hold for the response that brings them."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return tuple(message for message in found if message.role != "system")
