"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.conversation`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.dialect import Dialect
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.items import item_messages
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.responses.threads import Threads
from conformance.reference.store import StoredThread


@mutant("conversation-unread", breaks={"responses.conversation.context"}, source="plausible")
class ConversationUnread(Threads):
    """The model does not see the items of the conversation that the request names."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return () if dialect is self.settings.dialect else found


@mutant("conversation-not-persisted", breaks={"responses.conversation.persist"}, source="plausible")
class ConversationNotPersisted(StoredResponses):
    """A response is not added to the conversation that its request names."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        before = {name: list(thread.items) for name, thread in self.store.threads.items()}
        super().keep(request, response)
        for name, items in before.items():
            if name in self.store.threads and request.body.get("conversation"):
                self.store.threads[name].items = items


@mutant("conversations-mix", breaks={"responses.conversation.separate"}, source="plausible")
class ConversationsMix(Threads):
    """The model sees the items of all conversations, not only of the one that the request names."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        if dialect is not self.settings.dialect:
            return found
        items = [item for thread in self.store.threads.values() for item in thread.items]
        return item_messages([item for item in items if item["type"] == "message"])


@mutant("conversation-not-named", breaks={"responses.conversation.echo"}, source="plausible")
class ConversationNotNamed(ResponseObjects):
    """A response has no `conversation` although its request names one."""

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        found = super().response_object(request, identifier, created)
        return {key: value for key, value in found.items() if key != "conversation"}


@mutant("conversation-unknown-accepted", breaks={"responses.conversation.unknown"}, source="plausible")
class ConversationUnknownAccepted(ResponseRequests):
    """A request with an unknown `conversation` is accepted."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        if str(body.get("conversation")).startswith("conv_") and body["conversation"] not in self.store.threads:
            return {key: value for key, value in body.items() if key != "conversation"}
        return body


@mutant("conversation-beats-previous", breaks={"responses.conversation.with-previous"}, source="plausible")
class ConversationBeatsPrevious(ResponseRequests):
    """If a request has both `previous_response_id` and `conversation`, `previous_response_id` is ignored."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        dropped = "previous_response_id" if body.get("conversation") else ""
        return {key: value for key, value in body.items() if key != dropped}


@mutant("conversation-item-remembered", breaks={"responses.conversation.deleted-item"}, source="plausible")
class ConversationItemRemembered(Conversations):
    """The model still sees conversation items that were deleted."""

    def deleted(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = self.__dict__.setdefault("_deleted", {})
        return found

    def delete_item(self, identifier: str, item_id: str) -> Response:
        self.deleted().setdefault(identifier, []).append(self.item_of(identifier, item_id))
        return super().delete_item(identifier, item_id)

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        return (*item_messages(self.deleted().get(str(conversation), [])), *super().turns(conversation))


class _Everyone(Conversations):
    """Can find the conversations of all accounts."""

    everyone = False
    """Whether the request that is being answered finds the conversations of all accounts."""

    def thread(self, identifier: str) -> StoredThread:
        found = self.store.threads_of.everyone.get(identifier) if self.everyone else None
        return found or super().thread(identifier)


@mutant("conversation-other-account-used", breaks={"responses.conversation.other-account"}, source="plausible")
class ConversationOtherAccountUsed(_Everyone):
    """Every account can continue every conversation."""

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        self.everyone = True
        try:
            return super().turns(conversation)
        finally:
            self.everyone = False

    def append(self, request: ResponseRequest, response: dict[str, Any]) -> None:
        self.everyone = True
        try:
            super().append(request, response)
        finally:
            self.everyone = False
