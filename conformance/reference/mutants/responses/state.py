"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.state`."""

from __future__ import annotations

from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.responses.input import Prepared, items_of
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.stored import StoredResponses


@mutant("response-stored-call-unknown", breaks={"responses.state.tool-output"}, source="plausible")
class ResponseStoredCallUnknown(Prepared):
    """The output of a function call is rejected unless the call is in the same request."""

    def prepared(self, body: Json) -> Json:
        if body.get("previous_response_id") and any(i.get("type") == "function_call_output" for i in items_of(body)):
            refuse("No tool call found for function call output.", "input")
        return body


@mutant("response-branches-mix", breaks={"responses.state.branch"}, source="plausible")
class ResponseBranchesMix(StoredResponses):
    """If two requests continue the same response, the model sees the first request in the context of the second."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        super().keep(request, response)
        previous = self.store.responses.get(request.body.get("previous_response_id") or "")
        if previous is not None and response["id"] in self.store.responses:
            previous.messages = self.store.responses[response["id"]].messages


@mutant(
    "response-previous-ignored",
    breaks={"responses.state.previous", "responses.socket.chain"},
    defects=("d057",),
    source="Blaizzy/mlx-vlm#1046",
)
class ResponsePreviousIgnored(StoredResponses):
    """`previous_response_id` is accepted and ignored."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        super().previous_messages(identifier)
        return ()


@mutant(
    "response-previous-bogus-accepted",
    breaks={
        "responses.state.previous-unknown",
        "responses.socket.chain",
        "responses.socket.local",
        "responses.socket.unknown",
    },
    defects=("d058",),
    source="Blaizzy/mlx-vlm#1046",
)
class ResponsePreviousBogusAccepted(StoredResponses):
    """An unknown `previous_response_id` is accepted."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        return super().previous_messages(identifier) if identifier in self.store.responses else ()


@mutant("response-instructions-carried", breaks={"responses.state.instructions"}, source="plausible")
class ResponseInstructionsCarried(StoredResponses):
    """The `instructions` of an earlier request still apply to responses that continue it."""

    def keep(self, request: ResponseRequest, response: Json) -> None:
        super().keep(request, response)
        stored = self.store.responses.get(response["id"])
        if stored and request.body.get("instructions"):
            stored.messages = (Message("system", request.body["instructions"]), *stored.messages)


@mutant("response-chain-depth-two", breaks={"responses.state.chain"}, source="plausible")
class ResponseChainDepthTwo(StoredResponses):
    """The model sees only the last turn of a chain of responses."""

    def previous_messages(self, identifier: str) -> tuple[Message, ...]:
        return super().previous_messages(identifier)[-2:]
