"""Mutants of the reference endpoint that break Telnyx's `api_key_ref`."""

from __future__ import annotations

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("telnyx-key-ref-untyped", breaks={"telnyx.chat.api-key-ref-type"}, source="plausible: the field is never read")
class TelnyxKeyRefUntyped(ChatRequests):
    """An `api_key_ref` of any type is accepted and silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return {name: value for name, value in body.items() if name != "api_key_ref"}


@mutant(
    "telnyx-key-ref-500",
    breaks={"telnyx.chat.api-key-ref-unknown"},
    source="plausible: the search for the secret is not guarded",
)
class TelnyxKeyRef500(ChatRequests):
    """An unknown `api_key_ref` causes a server error, whatever the model."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        super().check_fields(body, dialect)
        if dialect is TELNYX and body.get("api_key_ref"):
            raise ApiError(500, "Internal server error", type="server_error", exact=True)


@mutant(
    "telnyx-key-ref-echoed",
    breaks={"telnyx.chat.api-key-ref-secret"},
    source="plausible: the answer echoes the parameters of the request",
)
class TelnyxKeyRefEchoed(Chat):
    """A completion contains the `api_key_ref` of the request."""

    def envelope(self, request: ChatRequest, kind: str) -> Json:
        shared = super().envelope(request, kind)
        named = request.get("api_key_ref", None)
        return shared if named is None else {**shared, "request": {"api_key_ref": named}}
