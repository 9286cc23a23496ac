"""Mutants that stop serving one operation after hostile requests to it."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.completions import Completions, TextRequest
from conformance.reference.conversations import Conversations
from conformance.reference.dialect import Dialect
from conformance.reference.embeddings import Embeddings
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.creation import Responses

BEYOND = 10**6
"""A token id that is higher than any token id of the vocabulary."""


def has_unknown_token(value: object) -> bool:
    """Return whether nested lists contain a token id beyond the vocabulary."""
    if isinstance(value, list):
        return any(map(has_unknown_token, value))
    return isinstance(value, int) and value > BEYOND


@mutant(
    "responses-blocked-after-faults",
    breaks={"responses.error.still-serving"},
    source="gateways that guard against abuse",
)
class ResponsesBlockedAfterFaults(Responses):
    """After five rejected requests to the Responses API, a valid request that succeeded before is rejected with 403."""

    _rejected = 0
    _seen: frozenset[str] = frozenset()

    def respond(self, body: Json, dialect: Dialect) -> Response:
        text = self.http.dumps(body)
        if self._rejected >= 5 and text in self._seen:
            raise ApiError(403, "Too many invalid requests.", None, "forbidden")
        try:
            response = super().respond(body, dialect)
        except ApiError:
            self._rejected += 1
            raise
        self._seen |= {text}
        return response


@mutant(
    "completions-wedged-by-token",
    breaks={"completions.still-serving"},
    source="engines that look up a token id outside the embedding table",
)
class CompletionsWedgedByToken(Completions):
    """After a prompt with a token id beyond the vocabulary, a text completion that succeeded before gets a 403."""

    _wedged = False
    _seen: frozenset[str] = frozenset()

    def text_request(self, body: Json) -> TextRequest:
        self._wedged = self._wedged or has_unknown_token(body.get("prompt"))
        request = super().text_request(body)
        text = self.http.dumps(body)
        if self._wedged and text in self._seen:
            raise ApiError(403, "The engine is dead.", None, "engine_dead")
        self._seen |= {text}
        return request


@mutant(
    "embeddings-wedged-by-token",
    breaks={"embeddings.still-serving"},
    source="engines that look up a token id outside the embedding table",
)
class EmbeddingsWedgedByToken(Embeddings):
    """After an input with a token id beyond the vocabulary, an embedding that succeeded before gets a 403."""

    _wedged = False
    _seen: frozenset[str] = frozenset()

    def embeddings(self, body: Json) -> Response:
        self._wedged = self._wedged or has_unknown_token(body.get("input"))
        text = self.http.dumps(body)
        if self._wedged and text in self._seen:
            raise ApiError(403, "The engine is dead.", None, "engine_dead")
        response = super().embeddings(body)
        self._seen |= {text}
        return response


@mutant(
    "conversations-blocked-after-faults",
    breaks={"conversations.still-serving"},
    source="gateways that guard against abuse",
)
class ConversationsBlockedAfterFaults(Conversations):
    """After a conversation was rejected, a conversation that was retrieved before cannot be retrieved again."""

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
