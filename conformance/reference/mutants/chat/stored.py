"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.stored`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from conformance.reference.auth import Auth
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.chat.stored import StoredChat, StoredChats
from conformance.reference.errors import refuse
from conformance.reference.mutants.pages import without_first, without_more
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json

PLAUSIBLE = "plausible"


@mutant("stored-chat-other-text", breaks={"chat.stored.retrieve"}, source=PLAUSIBLE)
class StoredChatOtherText(StoredChats):
    """A stored completion has no text when it is retrieved."""

    def retrieve_chat(self, identifier: str) -> Response:
        body = self.stored_chat(identifier).body
        message = {**body["choices"][0]["message"], "content": "…"}
        return self.http.json_response({**body, "choices": [{**body["choices"][0], "message": message}]})


@mutant("stored-chat-retrieved-anew", breaks={"chat.stored.retrieve-whole"}, source=PLAUSIBLE)
class StoredChatRetrievedAnew(StoredChats):
    """The `created` of a stored completion is an hour too early when it is retrieved."""

    def retrieve_chat(self, identifier: str) -> Response:
        body = self.stored_chat(identifier).body
        return self.http.json_response({**body, "created": body["created"] - 3600})


@mutant("stored-stream-empty", breaks={"chat.stored.streamed"}, source=PLAUSIBLE)
class StoredStreamEmpty(StoredChats):
    """A streamed completion is stored without its text."""

    def put_together(self, chunks: list[Json]) -> Json:
        return super().put_together([chunks[0], chunks[-1]])


@mutant("stored-chat-always", breaks={"chat.stored.false", "chat.stored.default"}, source=PLAUSIBLE)
class StoredChatAlways(StoredChats):
    """Every completion is stored, even with `store: false`."""

    def keeps_chat(self, request: ChatRequest) -> bool:
        return True


@mutant("stored-chat-by-default", breaks={"chat.stored.default"}, source=PLAUSIBLE)
class StoredChatByDefault(StoredChats):
    """Completions are stored unless the request has `store: false`."""

    def keeps_chat(self, request: ChatRequest) -> bool:
        return bool(request.get("store", True))


@mutant("stored-chat-unknown-400", breaks={"chat.stored.unknown"}, source=PLAUSIBLE)
class StoredChatUnknown400(StoredChats):
    """Retrieving an unknown completion returns 400 instead of 404."""

    def stored_chat(self, identifier: str) -> StoredChat:
        if identifier.endswith("0" * 8):
            refuse("Invalid completion id.", "completion_id")
        return super().stored_chat(identifier)


@mutant("stored-chat-bare-404", breaks={"chat.stored.unknown.message"}, source=PLAUSIBLE)
class StoredChatBare404(StoredChats):
    """The 404 for an unknown completion has no body."""

    def retrieve_chat(self, identifier: str) -> Response:
        if identifier not in self.kept:
            return Response(None, 404, self.http.headers())
        return super().retrieve_chat(identifier)


@mutant("stored-chats-unlisted", breaks={"chat.stored.list"}, source=PLAUSIBLE)  # fmt: skip
class StoredChatsUnlisted(StoredChats):
    """The list of stored completions is always empty."""

    def list_chats(self, query: Mapping[str, str]) -> Response:
        return self.http.json_response(self.chat_page([], query))


@mutant("stored-chats-as-text", breaks={"chat.stored.list.schema"}, source=PLAUSIBLE)
class StoredChatsAsText(StoredChats):
    """Completions in the list of stored completions have the `object` of legacy text completions."""

    def list_chats(self, query: Mapping[str, str]) -> Response:
        answer = super().list_chats(query)
        answer.body = bytes(answer.body).replace(b'"chat.completion"', b'"text_completion"')
        return answer


@mutant("stored-chats-newest", breaks={"chat.stored.list.order"}, source=PLAUSIBLE)  # fmt: skip
class StoredChatsNewest(StoredChats):
    """Lists of stored completions and of their messages are ordered newest first by default."""

    def chat_page(self, items: list[Json], query: Mapping[str, str]) -> Json:
        return super().chat_page(items, {"order": "desc", **query})


@mutant("stored-chats-no-more", breaks={"chat.stored.list.paging"}, source=PLAUSIBLE)
class StoredChatsNoMore(StoredChats):
    """The `has_more` of every page of stored completions is false."""

    def list_chats(self, query: Mapping[str, str]) -> Response:
        return without_more(super().list_chats(query))


@mutant("stored-chats-no-first", breaks={"chat.stored.list.cursors"}, source=PLAUSIBLE)
class StoredChatsNoFirst(StoredChats):
    """A page of stored completions has no `first_id`."""

    def list_chats(self, query: Mapping[str, str]) -> Response:
        return without_first(super().list_chats(query))


@mutant("stored-chats-metadata-ignored", breaks={"chat.stored.list.metadata"}, source=PLAUSIBLE)
class StoredChatsMetadataIgnored(StoredChats):
    """The metadata filter of the list of stored completions is silently ignored."""

    def wanted_metadata(self, query: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        return ()


@mutant("stored-chats-model-ignored", breaks={"chat.stored.list.model"}, source=PLAUSIBLE)
class StoredChatsModelIgnored(StoredChats):
    """The `model` filter of the list of stored completions is silently ignored."""

    def list_chats(self, query: Mapping[str, str]) -> Response:
        return super().list_chats({key: value for key, value in query.items() if key != "model"})


@mutant("stored-chat-update-lost", breaks={"chat.stored.update"}, source=PLAUSIBLE)
class StoredChatUpdateLost(StoredChats):
    """Updating a stored completion returns the new metadata but does not store it."""

    def update_chat(self, identifier: str, body: Json) -> Response:
        kept = self.stored_chat(identifier).body
        answer = super().update_chat(identifier, body)
        self.stored_chat(identifier).body = kept
        return answer


@mutant("stored-chat-update-merged", breaks={"chat.stored.update.replace"}, source=PLAUSIBLE)
class StoredChatUpdateMerged(StoredChats):
    """Updating the metadata of a stored completion keeps old keys instead of replacing all metadata."""

    def update_chat(self, identifier: str, body: Json) -> Response:
        old = self.stored_chat(identifier).body["metadata"]
        return super().update_chat(identifier, {**body, "metadata": {**old, **(body.get("metadata") or {})}})


@mutant("stored-chat-update-silent", breaks={"chat.stored.update.answer"}, source=PLAUSIBLE)
class StoredChatUpdateSilent(StoredChats):
    """Updating a stored completion returns its old metadata."""

    def update_chat(self, identifier: str, body: Json) -> Response:
        before = self.stored_chat(identifier).body
        super().update_chat(identifier, body)
        return self.http.json_response(before)


@mutant("stored-chats-stale-index", breaks={"chat.stored.update.listed"}, source=PLAUSIBLE)
class StoredChatsStaleIndex(StoredChats):
    """The list of stored completions filters by the original metadata even after an update."""

    def keep_chat(self, request: ChatRequest, completion: Json) -> None:
        super().keep_chat(request, completion)
        index: dict[str, Json] = self.__dict__.setdefault("_index", {})
        index[completion["id"]] = request.get("metadata", {})

    def is_asked_for(self, body: Json, query: Mapping[str, str]) -> bool:
        return super().is_asked_for({**body, "metadata": self.__dict__["_index"][body["id"]]}, query)


@mutant("stored-chat-delete-kept", breaks={"chat.stored.delete", "chat.stored.delete.listed"}, source=PLAUSIBLE)
class StoredChatDeleteKept(StoredChats):
    """A deleted stored completion can still be retrieved."""

    def delete_chat(self, identifier: str) -> Response:
        kept = self.stored_chat(identifier)
        answer = super().delete_chat(identifier)
        self.kept[identifier] = kept
        return answer


@mutant("stored-chat-deleted-silently", breaks={"chat.stored.delete.answer"}, source=PLAUSIBLE)
class StoredChatDeletedSilently(StoredChats):
    """Deleting a stored completion returns an empty body."""

    def delete_chat(self, identifier: str) -> Response:
        super().delete_chat(identifier)
        return Response(None, 204, self.http.headers())


@mutant("stored-chat-deleted-again", breaks={"chat.stored.delete.twice"}, source=PLAUSIBLE)
class StoredChatDeletedAgain(StoredChats):
    """Deleting an unknown completion returns a confirmation instead of a 404."""

    def delete_chat(self, identifier: str) -> Response:
        self.kept.pop(identifier, None)
        return self.http.json_response({"object": "chat.completion.deleted", "id": identifier, "deleted": True})


@mutant("stored-messages-last-only", breaks={"chat.stored.messages"}, source=PLAUSIBLE)
class StoredMessagesLastOnly(StoredChats):
    """The list of a stored completion's messages has only the last message of its request."""

    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.http.json_response(self.chat_page(self.stored_chat(identifier).messages[-1:], query))


@mutant("stored-messages-same-id", breaks={"chat.stored.messages.ids"}, source=PLAUSIBLE)
class StoredMessagesSameId(StoredChats):
    """All messages of a stored completion have the id of the completion as `id`."""

    def kept_message(self, identifier: str, message: Json) -> Json:
        return super().kept_message(identifier.rpartition("-")[0], message)


@mutant("stored-messages-one-order", breaks={"chat.stored.messages.order"}, source=PLAUSIBLE)
class StoredMessagesOneOrder(StoredChats):
    """The query parameter `order` is silently ignored when messages of a stored completion are listed."""

    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_chat_messages(identifier, {**query, "order": "asc"})


@mutant("stored-messages-unlimited", breaks={"chat.stored.messages.paging"}, source=PLAUSIBLE)
class StoredMessagesUnlimited(StoredChats):
    """The query parameter `limit` is silently ignored when messages of a stored completion are listed."""

    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return super().list_chat_messages(identifier, {**query, "limit": "100"})


@mutant("stored-messages-no-first", breaks={"chat.stored.messages.schema"}, source=PLAUSIBLE)
class StoredMessagesNoFirst(StoredChats):
    """A page of a stored completion's messages has no `first_id`."""

    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return without_first(super().list_chat_messages(identifier, query))


class CutMetadata(ChatRequests):
    """The base class of mutants that limit metadata to a number of pairs, and truncate keys and values."""

    most = (100, 1000, 1000)

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        if not isinstance(body.get("metadata"), dict):
            return body
        pairs, key, value = self.most
        cut = {name[:key]: str(said)[:value] for name, said in list(body["metadata"].items())[:pairs]}
        return {**body, "metadata": cut}


@mutant("metadata-pairs-dropped", breaks={"chat.stored.metadata.pairs"}, source=PLAUSIBLE)
class MetadataPairsDropped(CutMetadata):
    """Metadata with more than 16 pairs is silently truncated to 16 pairs instead of rejected."""

    most = (16, 1000, 1000)


@mutant("metadata-keys-cut", breaks={"chat.stored.metadata.key"}, source=PLAUSIBLE)
class MetadataKeysCut(CutMetadata):
    """Metadata keys above 64 characters are silently truncated instead of rejected."""

    most = (100, 64, 1000)


@mutant("metadata-values-cut", breaks={"chat.stored.metadata.value"}, source=PLAUSIBLE)
class MetadataValuesCut(CutMetadata):
    """Metadata values above 512 characters are silently truncated instead of rejected."""

    most = (100, 1000, 512)


@mutant("stored-chats-unguarded", breaks={"chat.stored.key-required"}, source=PLAUSIBLE)
class StoredChatsUnguarded(Auth):
    """The list of stored completions requires no API key."""

    unguarded = frozenset({("GET", "/v1/chat/completions")})
