"""Mutants with faults in OpenAI's conversations: creating, retrieving, updating and deleting them."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.conversations import Conversations
from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.store import StoredThread


@mutant(
    "conversation-without-metadata",
    breaks={"conversations.create"},
    source="plausible",
)
class ConversationWithoutMetadata(Conversations):
    """A conversation is created without the metadata in the request."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({key: value for key, value in body.items() if key != "metadata"})


@mutant("conversation-other", breaks={"conversations.retrieve"}, source="plausible")
class ConversationOther(Conversations):
    """Retrieving a conversation returns it with a different `id`."""

    def retrieve_thread(self, identifier: str) -> Response:
        return self.http.json_response({**self.thread(identifier).body, "id": self.ids.new_id("conv_")})


@mutant(
    "conversation-update-lost", breaks={"generated.sequence.conversation", "conversations.update"}, source="plausible"
)
class ConversationUpdateLost(Conversations):
    """Updating a conversation returns the new metadata but does not store it."""

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
    """A deleted conversation can still be retrieved."""

    def delete_thread(self, identifier: str) -> Response:
        kept = self.thread(identifier)
        answer = super().delete_thread(identifier)
        self.store.threads[identifier] = kept
        return answer


@mutant("conversation-unknown-400", breaks={"conversations.unknown"}, source="plausible")
class ConversationUnknown400(Conversations):
    """Retrieving an unknown conversation returns 400 instead of 404."""

    def thread(self, identifier: str) -> StoredThread:
        if set(identifier.removeprefix("conv_")) == {"0"}:
            refuse(f"Conversation with id '{identifier}' not found.", "conversation")
        return super().thread(identifier)


@mutant("conversation-unlimited", breaks={"conversations.create.limit"}, source="plausible")
class ConversationUnlimited(Conversations):
    """A conversation that is created with more than twenty items silently loses items after the twentieth."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({**body, "items": (body.get("items") or [])[:20]})


@mutant("conversation-update-silent", breaks={"conversations.update.answer"}, source="plausible")
class ConversationUpdateSilent(Conversations):
    """Updating the metadata of a conversation returns the old metadata."""

    def update_thread(self, identifier: str, body: Json) -> Response:
        before = dict(self.thread(identifier).body)
        super().update_thread(identifier, body)
        return self.http.json_response(before)


@mutant("conversation-metadata-unlimited", breaks={"conversations.metadata.limit"}, source="plausible")
class ConversationMetadataUnlimited(Conversations):
    """If a conversation is created with more than 16 metadata pairs, pairs after the sixteenth are silently lost."""

    def create_thread(self, body: Json) -> Response:
        return super().create_thread({**body, "metadata": dict(list((body.get("metadata") or {}).items())[:16])})


@mutant(
    "conversations-blocked-after-faults",
    breaks={"conversations.still-serving"},
    source="gateways that guard against abuse",
)
class ConversationsBlockedAfterFaults(Conversations):
    """After two rejected creations of a conversation, a conversation that was retrieved before cannot be retrieved."""

    _rejected = 0
    _seen: frozenset[str] = frozenset()

    def create_thread(self, body: Json) -> Response:
        try:
            return super().create_thread(body)
        except ApiError:
            self._rejected += 1
            raise

    def retrieve_thread(self, identifier: str) -> Response:
        if self._rejected > 1 and identifier in self._seen:
            raise ApiError(403, "Too many invalid requests.", None, "forbidden")
        self._seen |= {identifier}
        return super().retrieve_thread(identifier)
