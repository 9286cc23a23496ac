"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `conversations.items`."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.errors import refuse
from conformance.reference.lists import page
from conformance.reference.mutants.pages import NOTHING, largest, unlimited, without_first, without_more
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("conversation-page-empty", breaks={"conversations.items.page-size"}, source="plausible")
class ConversationPageEmpty(Conversations):
    """Listing conversation items with `limit=0` returns an empty page instead of an error."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.http.json_response(NOTHING) if unlimited(query) else super().list_items(identifier, query)


@mutant(
    "conversation-page-small",
    breaks={"conversations.items.page-size"},
    source="plausible",
)
class ConversationPageSmall(Conversations):
    """Listing conversation items with `limit=100` is rejected."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        largest(query)
        return super().list_items(identifier, query)


@mutant("conversation-items-lost", breaks={"conversations.items.list"}, source="plausible")  # fmt: skip
class ConversationItemsLost(Conversations):
    """The list of conversation items lacks the newest item."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.http.json_response(page(self.thread(identifier).items[:-1], query))


@mutant("conversation-items-oldest", breaks={"conversations.items.order"}, source="plausible")
class ConversationItemsOldest(Conversations):
    """Conversation items are listed oldest first by default."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_items(identifier, {"order": "asc", **dict(query)})


@mutant(
    "conversation-items-no-more", breaks={"conversations.items.paging"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ConversationItemsNoMore(Conversations):
    """The `has_more` of every page of conversation items is false."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return without_more(super().list_items(identifier, query))


@mutant("conversation-items-created-bare", breaks={"conversations.items.create"}, source="plausible")
class ConversationItemsCreatedBare(Conversations):
    """Adding items to a conversation returns an empty list."""

    def create_items(self, identifier: str, body: Json) -> Response:
        super().create_items(identifier, body)
        return self.http.json_response(page([], {}))


@mutant("conversation-item-other", breaks={"conversations.items.retrieve"}, source="plausible")
class ConversationItemOther(Conversations):
    """Retrieving any conversation item returns the first item of the conversation."""

    def retrieve_item(self, identifier: str, item_id: str) -> Response:
        self.item_of(identifier, item_id)
        return self.http.json_response(self.thread(identifier).items[0])


@mutant(
    "conversation-item-kept",
    breaks={"conversations.items.delete"},
    source="plausible",
)
class ConversationItemKept(Conversations):
    """A deleted conversation item is still in the list of items."""

    def delete_item(self, identifier: str, item_id: str) -> Response:
        self.item_of(identifier, item_id)
        return self.http.json_response(self.thread(identifier).body)


@mutant("conversation-adds-unlimited", breaks={"conversations.items.limit"}, source="plausible")
class ConversationAddsUnlimited(Conversations):
    """If more than twenty items are added to a conversation at once, items after the twentieth are silently lost."""

    def create_items(self, identifier: str, body: Json) -> Response:
        return super().create_items(identifier, {**body, "items": (body.get("items") or [])[:20]})


@mutant(
    "conversation-items-no-first", breaks={"conversations.items.cursors"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ConversationItemsNoFirst(Conversations):
    """A page of conversation items has no `first_id`."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        return without_first(super().list_items(identifier, query))


@mutant("conversation-include-refused", breaks={"conversations.items.include"}, defects=("d335",), source="ogx-ai/ogx")
class ConversationIncludeRefused(Conversations):
    """Listing conversation items with the query parameter `include[]` is rejected."""

    def list_items(self, identifier: str, query: Mapping[str, str]) -> Response:
        if "include[]" in query:
            refuse("Unknown parameter: 'include[]'.", "include", "unknown_parameter")
        return super().list_items(identifier, query)


@mutant("conversation-item-deleted-bare", breaks={"conversations.items.delete-answer"}, source="plausible")
class ConversationItemDeletedBare(Conversations):
    """Deleting a conversation item returns the item's id instead of the conversation."""

    def delete_item(self, identifier: str, item_id: str) -> Response:
        super().delete_item(identifier, item_id)
        return self.http.json_response({"id": item_id, "object": "conversation.item.deleted", "deleted": True})
