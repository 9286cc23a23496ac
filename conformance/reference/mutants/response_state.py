"""Mutants of what is stored: responses and their input."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from conformance.reference.errors import refuse
from conformance.reference.lists import page
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json, Message
from conformance.reference.response_request import ResponseRequest
from conformance.reference.store import StoredResponse
from conformance.reference.stored_responses import StoredResponses


@mutant("response-branches-mix", breaks={"responses.state.branch"}, source="plausible")
class ResponseBranchesMix(StoredResponses):
    """A continued response takes over the thread of its continuation."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        super().keep(request, response)
        previous = self.store.responses.get(request.body.get("previous_response_id") or "")
        if previous is not None and response["id"] in self.store.responses:
            previous.messages = self.store.responses[response["id"]].messages


@mutant("response-store-off", breaks={"responses.store.default"}, defects=("d061",), source="vllm-project/vllm#22137")
class ResponseStoreOff(StoredResponses):
    """Responses are stored only on request."""

    def stored(self, request: ResponseRequest) -> bool:
        return super().stored(request) and request.body.get("store") is True


@mutant("response-delete-kept", breaks={"responses.store.delete"}, source="plausible")  # fmt: skip
class ResponseDeleteKept(StoredResponses):
    """A deleted response is still there."""

    def delete_response(self, identifier: str) -> Response:
        kept = self.store.responses.get(identifier)
        answer = super().delete_response(identifier)
        if kept is not None:
            self.store.responses[identifier] = kept
        return answer


@mutant("response-deleted-continued", breaks={"responses.store.deleted-chain"}, source="plausible")
class ResponseDeletedContinued(StoredResponses):
    """A deleted response can be continued."""

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
    """An id that never was is a 400."""

    def retrieve_response(self, identifier: str) -> Response:
        if set(identifier.removeprefix("resp_")) == {"0"}:
            refuse(f"Response with id '{identifier}' not found.", "id")
        return super().retrieve_response(identifier)


@mutant("response-input-items-empty", breaks={"responses.input-items"}, defects=("d288",), source="sgl-project/sglang#10387")  # fmt: skip
class ResponseInputItemsEmpty(StoredResponses):
    """The list of input items is empty."""

    def input_items(self, identifier: str, query: Any) -> Response:
        super().input_items(identifier, query)
        return self.http.json_response(page([], {}))


@mutant("response-input-items-oldest", breaks={"responses.input-items.order"}, source="plausible")
class ResponseInputItemsOldest(StoredResponses):
    """Input items come oldest first by default."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return super().input_items(identifier, {"order": "asc", **dict(query)})


def without_more(response: Response) -> Response:
    """A page that says it is the last."""
    response.body = bytes(response.body).replace(b'"has_more":true', b'"has_more":false')
    response.headers["content-length"] = str(len(response.body))
    return response


@mutant(
    "response-input-items-no-more", breaks={"responses.input-items.paging"}, defects=("d333",), source="ogx-ai/ogx#5611"
)
class ResponseInputItemsNoMore(StoredResponses):
    """has_more of input items is always false."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return without_more(super().input_items(identifier, query))


@mutant("response-retrieved-anew", breaks={"responses.store.retrieve-whole"}, source="plausible")
class ResponseRetrievedAnew(StoredResponses):
    """A retrieved response says that it was made an hour before."""

    def retrieve_response(self, identifier: str) -> Response:
        body = self.found(identifier).body
        return self.http.json_response({**body, "created_at": body["created_at"] - 3600})


@mutant(
    "response-unstored-continued",
    breaks={"responses.store.false-chain", "responses.socket.local"},
    source="plausible",
)
class ResponseUnstoredContinued(StoredResponses):
    """What was not to be stored can be continued."""

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
    """A deletion is answered without a word."""

    def delete_response(self, identifier: str) -> Response:
        super().delete_response(identifier)
        return Response(None, 204, self.http.headers())


def without_first(response: Response) -> Response:
    """A page that does not name its first item."""
    body = json.loads(bytes(response.body))
    response.body = json.dumps({**body, "first_id": None}).encode()
    response.headers["content-length"] = str(len(response.body))
    return response


@mutant(
    "response-input-items-no-first",
    breaks={"responses.input-items.cursors"},
    defects=("d333",),
    source="ogx-ai/ogx#5611",
)
class ResponseInputItemsNoFirst(StoredResponses):
    """A page of input items does not name its first item."""

    def input_items(self, identifier: str, query: Any) -> Response:
        return without_first(super().input_items(identifier, query))
