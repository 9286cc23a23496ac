"""Mutants of refusals that real gateways and servers were reported for."""

from __future__ import annotations

import json
from typing import Any

from conformance.reference.chat_request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.intake import Intake
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


@mutant(
    "error-wrapped-twice",
    breaks={"error.message-plain"},
    defects=("d273",),
    source="CommandCodeAI/command-code#685",
)
class ErrorWrappedTwice(Refusals):
    """The message of a refusal is the upstream's whole error as JSON."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        if "error" in body:
            body["error"]["message"] = json.dumps({"error": dict(body["error"])})
        return body


@mutant(
    "error-envelope-mixed",
    breaks={"error.envelope"},
    defects=("d007",),
    source="vllm-project/vllm#57997",
)
class ErrorEnvelopeMixed(Refusals):
    """Values of a wrong type are refused in another envelope than everything else."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        return {"object": "error", **body["error"]} if error.code == "invalid_type" and "error" in body else body


@mutant(
    "error-code-only",
    breaks={
        "auth.key-wrong-code",
        "chat.context.overflow-code",
        "error.envelope",
        "error.fields",
        "error.param",
        "error.unknown-model-status",
        "generated.invalid.points",
        "models.retrieve.unknown-code",
    },
    defects=("d332",),
    source="Augustas11/macprovider#190",
)
class ErrorCodeOnly(Refusals):
    """An error says nothing but its status as a code."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return {"error": {"code": f"http_{error.status}"}}


@mutant(
    "invalid-utf8-500",
    breaks={"error.invalid-utf8", "http.no-server-error"},
    defects=("d228",),
    source="Atomic-Germ/OpenFlowLM-Next#69",
)
class InvalidUtf8Is500(Intake):
    """A body that is not UTF-8 is a 500."""

    def parse_body(self, raw: bytes) -> Json:
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise ApiError(500, str(error), type="server_error") from None
        return super().parse_body(raw)


@mutant(
    "content-missing-422",
    breaks={"error.content-missing"},
    defects=("d236",),
    source="foundation-model-stack/fms-guardrails-orchestrator#382",
)
class ContentMissing422(ChatRequests):
    """A user message without content passes validation, and is a 422 of the next service."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        if any(message["role"] == "user" and "content" not in message for message in body["messages"]):
            raise ApiError(422, "content is missing", "messages", "unprocessable")
        return super().read_messages(body)


@mutant(
    "tool-message-needs-name",
    breaks={"chat.messages.tool-history", "chat.tools.result-used"},
    defects=("d083",),
    source="ayunis-core/ayunis-core#634",
)
class ToolMessageNeedsName(ChatRequests):
    """A tool message without the function's name is refused, as its id says nothing to the engine."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "tool" and not message.get("name"):
                refuse("A function response needs a name.", f"messages[{index}].name", "missing_required_parameter")


@mutant(
    "refusals-name-no-field",
    breaks={"error.param", "generated.invalid.points"},
    source="vLLM 0.32: \"'bool' object is not iterable\"; openai-style gateways: 'Invalid request'",
)
class RefusalsNameNoField(Refusals):
    """Every invalid request is refused with the same words, and without `param`."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        if error.status == 400:
            error = ApiError(400, "The request is not valid.", None, error.code, error.type)
        return super().error_body(error, dialect)


@mutant("type-error-leaks", breaks={"generated.invalid.points"}, source="vLLM 0.32, `messages: true`")
class TypeErrorLeaks(Refusals):
    """A wrong type of the messages, or in them, is told in the words of the programming language."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        if error.code == "invalid_type" and (error.param or "").startswith("messages"):
            error = ApiError(400, "'bool' object is not iterable", None, None, error.type)
        return super().error_body(error, dialect)
