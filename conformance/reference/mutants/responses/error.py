"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `responses.error`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.responses.creation import Responses


@mutant("response-fault-in-stream", breaks={"responses.error.before-stream"}, source="plausible")
class ResponseFaultInStream(Responses):
    """The error for an invalid streamed request is sent inside a stream with status 200."""

    def respond(self, body: Json, dialect: Dialect) -> Response:
        try:
            return super().respond(body, dialect)
        except ApiError as error:
            if not body.get("stream"):
                raise
            event: dict[str, Any] = {
                "type": "error",
                "code": error.code,
                "message": error.message,
                "param": error.param,
            }
            return self.http.stream_response(
                self.response_events.response_frames(self.response_events.numbered(iter([event])))
            )


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
