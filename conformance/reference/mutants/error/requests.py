"""Mutants that accept invalid requests, or reject them for the wrong reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.intake import Intake
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json
from conformance.reference.refusals import Refusals


@mutant(
    "error-html-type",
    breaks={"error.content-type"},
    source="plausible: a framework's default for errors",
)
class ErrorHtmlType(Refusals):
    """An error response has a JSON body but `Content-Type: text/html`."""

    def error_media_type(self, error: ApiError) -> str:
        return "text/html"


@beside("blocked-after-faults")
class _Counted(Refusals):
    """Base of mutants that count rejected requests."""

    count = 0

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        self.count += 1
        return super().error_body(error, dialect)


@mutant(
    "blocked-after-faults",
    breaks={"error.still-serving"},
    source="gateways that guard against abuse",
)
class BlockedAfterFaults(Chat):
    """After five rejected requests, a valid request that succeeded before is rejected with a 403."""

    refusals: _Counted
    _answered: frozenset[str] = frozenset()

    def completion(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        asked = self.http.dumps(request.body)
        if asked in self._answered and self.refusals.count >= 5:
            raise ApiError(403, "Too many invalid requests.", None, "forbidden")
        self._answered |= {asked}
        return super().completion(request, outputs)


@mutant(
    "error-wrapped-twice",
    breaks={"error.message-plain"},
    defects=("d273",),
    source="CommandCodeAI/command-code#685",
)
class ErrorWrappedTwice(Refusals):
    """The `message` of an error is JSON text that contains an error object."""

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
    """Errors for values of a wrong type have a different format than all other errors."""

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
    """The `error` object has only the key `code`, whose value is the HTTP status."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return {"error": {"code": f"http_{error.status}"}}


@mutant(
    "invalid-utf8-500",
    breaks={"error.invalid-utf8", "http.no-server-error"},
    defects=("d228",),
    source="Atomic-Germ/OpenFlowLM-Next#69",
)
class InvalidUtf8Is500(Intake):
    """A body that is not UTF-8 causes a 500."""

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
    """A user message without `content` passes validation, and then causes a 422."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        if any(message["role"] == "user" and "content" not in message for message in body["messages"]):
            raise ApiError(422, "content is missing", "messages", "unprocessable")
        return super().read_messages(body)


@mutant(
    "refusals-name-no-field",
    breaks={"error.param", "generated.invalid.points"},
    source="vLLM 0.32: \"'bool' object is not iterable\"; openai-style gateways: 'Invalid request'",
)
class RefusalsNameNoField(Refusals):
    """All errors with status 400 have the same `message`, and their `param` is null."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        if error.status == 400:
            error = ApiError(400, "The request is not valid.", None, error.code, error.type)
        return super().error_body(error, dialect)


@mutant("unknown-parameter-accepted", breaks={"error.unknown-parameter"}, source="liar; most engines")
class UnknownParameterAccepted(ChatRequests):
    """Unknown parameters are silently ignored instead of rejected."""

    def check_keys(self, body: Json, dialect: Dialect) -> None:
        return


@mutant(
    "types-not-checked",
    breaks={
        "error.max-tokens-negative",
        "error.max-tokens-type",
        "error.n-zero",
        "error.penalty-range",
        "error.temperature-range",
        "error.temperature-type",
        "error.top-p-range",
        "generated.invalid.type",
        "generated.invalid.bounds",
    },
    defects=("d237",),
    source="Continuum-AI-Corp/OrcaRouter-Lite#103",
)
class TypesNotChecked(ChatRequests):
    """Parameter values of a wrong type or out of range are silently ignored instead of rejected."""

    def prepare_body(self, body: Json) -> Json:
        kept = super().prepare_body(body)
        for key, field in self.settings.dialect.fields.items():
            if key in kept and key not in {"messages", "model"}:
                try:
                    field.check(kept[key], key)
                except ApiError:
                    kept = {name: value for name, value in kept.items() if name != key}
        return kept


@mutant(
    "n-zero-accepted",
    breaks={"error.n-zero"},
    defects=("d237",),
    source="Continuum-AI-Corp/OrcaRouter-Lite#103",
)
class NZeroAccepted(ChatRequests):
    """`n: 0` and `max_completion_tokens: 0` are accepted."""

    def prepare_body(self, body: Json) -> Json:
        return {
            key: value
            for key, value in super().prepare_body(body).items()
            if not (key in {"n", "max_tokens", "max_completion_tokens"} and value == 0)
        }


@mutant(
    "empty-messages-accepted",
    breaks={"error.messages-empty", "generated.invalid.lengths"},
    defects=("d231",),
    source="llm-d/llm-d-inference-sim#674",
)
class EmptyMessagesAccepted(ChatRequests):
    """A request with `messages: []` is accepted."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return {**body, "messages": [{"role": "user", "content": ""}]} if body.get("messages") == [] else body


@mutant(
    "missing-messages-404",
    breaks={"error.status-400", "error.param"},
    defects=("d235",),
    source="diegosouzapw/OmniRoute#6515",
)
class MissingMessages404(ChatRequests):
    """A request without `messages` gets the 404 error for an unknown model."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        if body.get("messages") is None:
            self.models.unknown_model(str(body.get("model")))
        super().check_messages(body, dialect)


@mutant(
    "bad-role-accepted",
    breaks={
        "error.role-missing",
        "error.role-unknown",
        *(f"generated.invalid.{kind}" for kind in ("required", "enum")),
    },
    source="liar",
)
class BadRoleAccepted(ChatRequests):
    """A message with an unknown or missing `role` is treated as a user message."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        if not isinstance(body.get("messages"), list):
            return body
        known = ("system", "assistant", "user", "function", "tool", "developer")
        messages = [
            {**m, "role": "user"} if isinstance(m, dict) and m.get("role") not in known else m for m in body["messages"]
        ]
        return {**body, "messages": messages}


@mutant(
    "deep-body-crash", breaks={"error.deep-body"}, source="plausible: a parser's RecursionError that nobody catches"
)
class DeepBodyCrash(Intake):
    """A request body with more than 1,000 nested arrays causes a 500."""

    def parse_body(self, raw: bytes) -> Json:
        if b"[" * 1000 in raw:
            raise ApiError(500, "maximum recursion depth exceeded", type="server_error")
        return super().parse_body(raw)
