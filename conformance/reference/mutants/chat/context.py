"""Mutants that name no context window, and do not reject prompts that exceed it."""

from __future__ import annotations

from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.models import Models
from conformance.reference.mutants.chat.choices import OverflowCut
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals

UNNAMED = {"chat.context.overflow-unnamed"}
BOTH_UNNAMED = UNNAMED | {"responses.truncation.disabled-unnamed"}


@mutant("overflow-unnamed-cut", breaks=UNNAMED, source="ollama/ollama#17889")
class OverflowUnnamedCut(OverflowCut):
    """A prompt that exceeds the context window is truncated, and `/models` names no context window."""


@mutant(
    "overflow-unnamed-500",
    breaks=UNNAMED | {"http.no-server-error"},
    source="plausible: the engine raises, and nothing handles it",
)
class OverflowUnnamed500(ChatRequests):
    """A prompt that exceeds the context window gets a 500, and `/models` names no context window."""

    def chat_request(self, body: Json, dialect: Dialect) -> ChatRequest:
        try:
            return super().chat_request(body, dialect)
        except ApiError as error:
            if error.code == "context_length_exceeded":
                raise ApiError(500, "The prompt does not fit into the cache.") from None
            raise


@mutant(
    "overflow-unnamed-200",
    breaks=BOTH_UNNAMED | {"chat.error-in-success"},
    source="gateways that answer every request with 200",
)
class OverflowUnnamed200(Refusals):
    """The error for a prompt that exceeds the context window has the status 200, and `/models` names no window."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 200 if error.code == "context_length_exceeded" else super().error_status(error, dialect)


@beside("overflow-unnamed-200")
@beside("overflow-unnamed-500")
@beside("overflow-unnamed-cut")
class NoWindow(Models):
    """The objects of models have no `max_model_len`."""

    def model_object(self, name: str) -> Json:
        return {key: value for key, value in super().model_object(name).items() if key != "max_model_len"}
