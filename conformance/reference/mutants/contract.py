"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `contract`."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.auth import Auth
from conformance.reference.conversations import Conversations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("conversation-created-201", breaks={"contract.status"}, source="plausible: REST by the book")
class ConversationCreated201(Conversations):
    """Creating a conversation returns status 201 instead of 200."""

    def create_thread(self, body: Json) -> Response:
        response = super().create_thread(body)
        response.status_code = 201
        return response


@mutant("conversation-as-text", breaks={"contract.media-type"}, source="plausible: a framework's default for strings")
class ConversationAsText(Conversations):
    """The response to a request that retrieves a conversation has `Content-Type: text/plain`."""

    def retrieve_thread(self, identifier: str) -> Response:
        response = super().retrieve_thread(identifier)
        response.headers["content-type"] = "text/plain; charset=utf-8"
        return response


@mutant("auth-embeddings-open", breaks={"contract.secured"}, source="plausible: a route that was added later")
class AuthEmbeddingsOpen(Auth):
    """Requests for embeddings require no API key."""

    unguarded = frozenset({("POST", "/v1/embeddings")})


@mutant(
    "auth-conversations-open", breaks={"contract.secured"}, source="plausible: a service of its own behind a gateway"
)
class AuthConversationsOpen(Auth):
    """Creating a conversation requires no API key."""

    unguarded = frozenset({("POST", "/v1/conversations")})
