"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.store`."""

from __future__ import annotations

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses
from conformance.reference.store import StoredResponse


@mutant("response-store-off", breaks={"responses.store.default"}, defects=("d061",), source="vllm-project/vllm#22137")
class ResponseStoreOff(StoredResponses):
    """A response is not stored unless the request sets `store: true`."""

    def stored(self, request: ResponseRequest) -> bool:
        return super().stored(request) and request.body.get("store") is True


@mutant("response-delete-kept", breaks={"responses.store.delete"}, source="plausible")  # fmt: skip
class ResponseDeleteKept(StoredResponses):
    """A deleted response can still be retrieved."""

    def delete_response(self, identifier: str) -> Response:
        kept = self.store.responses.get(identifier)
        answer = super().delete_response(identifier)
        if kept is not None:
            self.store.responses[identifier] = kept
        return answer


@mutant("response-deleted-continued", breaks={"responses.store.deleted-chain"}, source="plausible")
class ResponseDeletedContinued(StoredResponses):
    """A deleted response can still be continued."""

    def ghosts(self) -> dict[str, StoredResponse]:
        found: dict[str, StoredResponse] = self.__dict__.setdefault("_ghosts", {})
        return found

    def delete_response(self, identifier: str) -> Response:
        kept = self.store.responses.get(identifier)
        answer = super().delete_response(identifier)
        if kept is not None:
            self.ghosts()[identifier] = kept
        return answer

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        ghost = self.ghosts().get(identifier)
        return ghost.messages if ghost else super().previous_messages(identifier)


@mutant("response-unknown-400", breaks={"responses.store.unknown"}, source="plausible")
class ResponseUnknown400(StoredResponses):
    """Retrieving an unknown response returns 400 instead of 404."""

    def retrieve_response(self, identifier: str) -> Response:
        if set(identifier.removeprefix("resp_")) == {"0"}:
            refuse(f"Response with id '{identifier}' not found.", "id")
        return super().retrieve_response(identifier)


@mutant("response-retrieved-anew", breaks={"responses.store.retrieve-whole"}, source="plausible")
class ResponseRetrievedAnew(StoredResponses):
    """The `created_at` of a stored response is an hour too early when it is retrieved."""

    def retrieve_response(self, identifier: str) -> Response:
        body = self.found(identifier).body
        return self.http.json_response({**body, "created_at": body["created_at"] - 3600})


@mutant(
    "response-unstored-continued",
    breaks={"responses.store.false-chain", "responses.socket.local"},
    source="plausible",
)
class ResponseUnstoredContinued(StoredResponses):
    """A response with `store: false` can be continued."""

    def ghosts(self) -> dict[str, tuple[Message, ...]]:
        found: dict[str, tuple[Message, ...]] = self.__dict__.setdefault("_unstored", {})
        return found

    def keep(self, request: ResponseRequest, response: Json) -> None:
        super().keep(request, response)
        if not self.stored(request):
            self.ghosts()[response["id"]] = request.chat.conversation.messages

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        return self.ghosts().get(identifier) or super().previous_messages(identifier)


@mutant("response-deleted-silently", breaks={"responses.store.delete-answer"}, source="plausible")
class ResponseDeletedSilently(StoredResponses):
    """Deleting a response returns an empty body."""

    def delete_response(self, identifier: str) -> Response:
        super().delete_response(identifier)
        return Response(None, 204, self.http.headers())


@mutant(
    "response-not-stored",
    breaks={"generated.sequence.response", "responses.store.retrieve"},
    defects=("d059", "d061"),
    source="vllm-project/vllm#22137",
)
class ResponseNotStored(StoredResponses):
    """Responses are never stored, not even with `store: true`."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        return


@mutant("response-other-account-read", breaks={"responses.store.other-account"}, source="plausible")
class ResponseOtherAccountRead(StoredResponses):
    """Every account can retrieve every stored response."""

    def found(self, identifier: str) -> StoredResponse:
        return self.store.responses_of.everyone.get(identifier) or super().found(identifier)
