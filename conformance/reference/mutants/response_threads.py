"""Mutants of OpenAI's conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.dialect import TELNYX, Dialect
from conformance.reference.errors import refuse
from conformance.reference.lists import page
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.response_state import without_first, without_more
from conformance.reference.prompt import Json, Message
from conformance.reference.response_items import item_messages
from conformance.reference.response_objects import ResponseObjects
from conformance.reference.response_request import ResponseRequest
from conformance.reference.response_requests import ResponseRequests
from conformance.reference.store import StoredThread
from conformance.reference.stored_responses import StoredResponses
from conformance.reference.threads import Threads


@mutant(
    "conversation-without-metadata",
    breaks={"conversations.create"},
    source="plausible",
)
class ConversationWithoutMetadata(Conversations):
    """A new conversation forgets its metadata."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({key: value for key, value in body.items() if key != "metadata"})


@mutant("conversation-other", breaks={"conversations.retrieve"}, source="plausible")
class ConversationOther(Conversations):
    """Another conversation is retrieved."""

    def retrieve_thread(self, identifier: str) -> Response:
        return self.http.json_response({**self.thread(identifier).body, "id": self.ids.new_id("conv_")})


@mutant("conversation-created-201", breaks={"contract.status"}, source="plausible: REST by the book")
class ConversationCreated201(Conversations):
    """A conversation that was made is a 201."""

    def create_thread(self, body: Json) -> Response:
        response = super().create_thread(body)
        response.status_code = 201
        return response


@mutant("conversation-as-text", breaks={"contract.media-type"}, source="plausible: a framework's default for strings")
class ConversationAsText(Conversations):
    """A conversation that is looked up is said to be plain text."""

    def retrieve_thread(self, identifier: str) -> Response:
        response = super().retrieve_thread(identifier)
        response.headers["content-type"] = "text/plain; charset=utf-8"
        return response


@mutant(
    "conversation-update-lost", breaks={"generated.sequence.conversation", "conversations.update"}, source="plausible"
)
class ConversationUpdateLost(Conversations):
    """New metadata is confirmed and not kept."""

    def update_thread(self, identifier: str, body: Json) -> Response:
        kept = dict(self.thread(identifier).body)
        answer = super().update_thread(identifier, body)
        self.thread(identifier).body = kept
        return answer


@mutant(
    "conversation-delete-kept",
    breaks={"conversations.delete"},
    # where more than a quick run is asked for
    source="plausible",
)
class ConversationDeleteKept(Conversations):
    """A deleted conversation is still there."""

    def delete_thread(self, identifier: str) -> Response:
        kept = self.thread(identifier)
        answer = super().delete_thread(identifier)
        self.store.threads[identifier] = kept
        return answer


@mutant("conversation-unknown-400", breaks={"conversations.unknown"}, source="plausible")
class ConversationUnknown400(Conversations):
    """A conversation that never was is a 400."""

    def thread(self, identifier: str) -> StoredThread:
        if set(identifier.removeprefix("conv_")) == {"0"}:
            refuse(f"Conversation with id '{identifier}' not found.", "conversation")
        return super().thread(identifier)


@mutant("conversation-unlimited", breaks={"conversations.create.limit"}, source="plausible")
class ConversationUnlimited(Conversations):
    """Any number of items is accepted."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({**body, "items": (body.get("items") or [])[:20]})


@mutant("conversation-items-lost", breaks={"conversations.items.list"}, source="plausible")  # fmt: skip
class ConversationItemsLost(Conversations):
    """The newest item is never listed."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.http.json_response(page(self.thread(identifier).items[:-1], query))


@mutant("conversation-items-oldest", breaks={"conversations.items.order"}, source="plausible")
class ConversationItemsOldest(Conversations):
    """Items come oldest first by default."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_items(identifier, {"order": "asc", **dict(query)})


@mutant(
    "conversation-items-no-more", breaks={"conversations.items.paging"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ConversationItemsNoMore(Conversations):
    """has_more of items is always false."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return without_more(super().list_items(identifier, query))


@mutant("conversation-items-created-bare", breaks={"conversations.items.create"}, source="plausible")
class ConversationItemsCreatedBare(Conversations):
    """Added items are confirmed with an empty list."""

    def create_items(self, identifier: str, body: Json) -> Response:
        super().create_items(identifier, body)
        return self.http.json_response(page([], {}))


@mutant("conversation-item-other", breaks={"conversations.items.retrieve"}, source="plausible")
class ConversationItemOther(Conversations):
    """Another item is retrieved."""

    def retrieve_item(self, identifier: str, item_id: str) -> Response:
        self.item_of(identifier, item_id)
        return self.http.json_response(self.thread(identifier).items[0])


@mutant(
    "conversation-item-kept",
    breaks={"conversations.items.delete"},
    source="plausible",
)
class ConversationItemKept(Conversations):
    """A deleted item is still listed."""

    def delete_item(self, identifier: str, item_id: str) -> Response:
        self.item_of(identifier, item_id)
        return self.http.json_response(self.thread(identifier).body)


@mutant("conversation-unread", breaks={"responses.conversation.context"}, source="plausible")
class ConversationUnread(Threads):
    """The items of a conversation are no context."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        return found if dialect is TELNYX else ()


@mutant("conversation-not-persisted", breaks={"responses.conversation.persist"}, source="plausible")
class ConversationNotPersisted(StoredResponses):
    """A response leaves its conversation as it was."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        before = {name: list(thread.items) for name, thread in self.store.threads.items()}
        super().keep(request, response)
        for name, items in before.items():
            if name in self.store.threads and request.body.get("conversation"):
                self.store.threads[name].items = items


@mutant("conversations-mix", breaks={"responses.conversation.separate"}, source="plausible")
class ConversationsMix(Threads):
    """A response sees the items of all conversations."""

    def conversation_messages(self, conversation: Any, dialect: Dialect) -> tuple[Message, ...]:
        found = super().conversation_messages(conversation, dialect)
        if dialect is TELNYX:
            return found
        items = [item for thread in self.store.threads.values() for item in thread.items]
        return item_messages([item for item in items if item["type"] == "message"])


@mutant("conversation-not-named", breaks={"responses.conversation.echo"}, source="plausible")
class ConversationNotNamed(ResponseObjects):
    """A response does not name its conversation."""

    def response_object(self, request: ResponseRequest, identifier: str, created: int) -> Json:
        found = super().response_object(request, identifier, created)
        return {key: value for key, value in found.items() if key != "conversation"}


@mutant("conversation-unknown-accepted", breaks={"responses.conversation.unknown"}, source="plausible")
class ConversationUnknownAccepted(ResponseRequests):
    """An unknown conversation is accepted."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        if str(body.get("conversation")).startswith("conv_") and body["conversation"] not in self.store.threads:
            return {key: value for key, value in body.items() if key != "conversation"}
        return body


@mutant("conversation-beats-previous", breaks={"responses.conversation.with-previous"}, source="plausible")
class ConversationBeatsPrevious(ResponseRequests):
    """previous_response_id beside a conversation is dropped."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        dropped = "previous_response_id" if body.get("conversation") else ""
        return {key: value for key, value in body.items() if key != dropped}


@mutant("conversation-update-silent", breaks={"conversations.update.answer"}, source="plausible")
class ConversationUpdateSilent(Conversations):
    """An update is answered with the old metadata."""

    def update_thread(self, identifier: str, body: Json) -> Response:
        before = dict(self.thread(identifier).body)
        super().update_thread(identifier, body)
        return self.http.json_response(before)


@mutant("conversation-metadata-unlimited", breaks={"conversations.metadata.limit"}, source="plausible")
class ConversationMetadataUnlimited(Conversations):
    """Pairs of metadata beyond sixteen are dropped."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({**body, "metadata": dict(list((body.get("metadata") or {}).items())[:16])})


@mutant("conversation-adds-unlimited", breaks={"conversations.items.limit"}, source="plausible")
class ConversationAddsUnlimited(Conversations):
    """Items beyond twenty are dropped when they are added."""

    def create_items(self, identifier: str, body: Json) -> Response:
        return super().create_items(identifier, {**body, "items": (body.get("items") or [])[:20]})


@mutant(
    "conversation-items-no-first", breaks={"conversations.items.cursors"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ConversationItemsNoFirst(Conversations):
    """A page of items does not name its first item."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return without_first(super().list_items(identifier, query))


@mutant("conversation-include-refused", breaks={"conversations.items.include"}, defects=("d335",), source="ogx-ai/ogx")
class ConversationIncludeRefused(Conversations):
    """The query parameter include[] is not known."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        if "include[]" in query:
            refuse("Unknown parameter: 'include[]'.", "include", "unknown_parameter")
        return super().list_items(identifier, query)


@mutant("conversation-item-deleted-bare", breaks={"conversations.items.delete-answer"}, source="plausible")
class ConversationItemDeletedBare(Conversations):
    """The deletion of an item is answered with the item's id."""

    def delete_item(self, identifier: str, item_id: str) -> Response:
        super().delete_item(identifier, item_id)
        return self.http.json_response({"id": item_id, "object": "conversation.item.deleted", "deleted": True})


@mutant("conversation-item-remembered", breaks={"responses.conversation.deleted-item"}, source="plausible")
class ConversationItemRemembered(Conversations):
    """A deleted item is listed no more, and still read."""

    def deleted(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = self.__dict__.setdefault("_deleted", {})
        return found

    def delete_item(self, identifier: str, item_id: str) -> Response:
        self.deleted().setdefault(identifier, []).append(self.item_of(identifier, item_id))
        return super().delete_item(identifier, item_id)

    def turns(self, conversation: Any) -> tuple[Message, ...]:
        return (*item_messages(self.deleted().get(str(conversation), [])), *super().turns(conversation))
