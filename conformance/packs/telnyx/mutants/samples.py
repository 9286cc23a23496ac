"""Mutants of the reference endpoint that break the code samples of Telnyx's reference pages."""

from __future__ import annotations

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.requests import ResponseRequests


@mutant(
    "telnyx-limit-required", breaks={"telnyx.samples.chat"}, source="plausible: Anthropic's API requires max_tokens"
)
class TelnyxLimitRequired(ChatRequests):
    """A chat request without `max_tokens` is rejected."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        super().check_fields(body, dialect)
        if dialect is TELNYX and not {"max_tokens", "max_completion_tokens"} & body.keys():
            refuse("Missing required parameter: 'max_tokens'.", "max_tokens", "missing_required_parameter")


@mutant(
    "telnyx-beam-stream-500",
    breaks={"telnyx.samples.php"},
    source="plausible: beam search cannot stream, and nobody checks it",
)
class TelnyxBeamStream500(ChatRequests):
    """A streamed request with `use_beam_search` causes a server error."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        if body.get("use_beam_search") and body.get("stream"):
            raise ApiError(500, "Internal server error", type="server_error", exact=True)
        return body


@mutant(
    "telnyx-response-limit-required",
    breaks={"telnyx.samples.responses"},
    source="plausible: an adapter reads max_output_tokens without a default",
)
class TelnyxResponseLimitRequired(ResponseRequests):
    """A request for a response without `max_output_tokens` is rejected."""

    def prepare_response_body(self, body: Json) -> Json:
        body = super().prepare_response_body(body)
        if body.get("conversation") and "max_output_tokens" not in body:
            refuse(
                "Missing required parameter: 'max_output_tokens'.", "max_output_tokens", "missing_required_parameter"
            )
        return body


@mutant(
    "telnyx-empty-500",
    breaks={"telnyx.samples.empty"},
    source="plausible: the handler reads a member of an empty object",
)
class TelnyxEmpty500(ResponseRequests):
    """A request for a response without any parameter causes a server error."""

    def prepare_response_body(self, body: Json) -> Json:
        if not body:
            raise ApiError(500, "Internal server error", type="server_error", exact=True)
        return super().prepare_response_body(body)
