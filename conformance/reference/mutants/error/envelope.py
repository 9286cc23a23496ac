"""Mutants with faulty error responses: a wrong format, a wrong status, or a 200 instead of an error."""

from __future__ import annotations

from typing import Any

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.intake import Intake
from conformance.reference.models import Models
from conformance.reference.mutants.error.invalid import INVALID
from conformance.reference.mutants.registry import mutant
from conformance.reference.refusals import Refusals

_ENVELOPE = "error.envelope"


@mutant(
    "error-flat",
    breaks={_ENVELOPE},
    defects=("d006",),
    source="vllm-project/vllm#12886",
)
class ErrorFlat(Refusals):
    """The fields of an error are at the top level of the body instead of in `error`."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        return {"object": "error", **body["error"]} if "error" in body else body


@mutant(
    "error-type-server", breaks={"error.type-client"}, source="plausible: one type for every exception of the engine"
)
class ErrorTypeServer(Refusals):
    """The `type` of every error is `server_error`, even if the request is faulty."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        if "error" in body:
            body["error"]["type"] = "server_error"
        return body


@mutant("error-string", breaks={_ENVELOPE}, source="Venice, xAI")
class ErrorString(Refusals):
    """The `error` in an error response is a string instead of an object."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return {"error": error.message}


@mutant(
    "error-code-int",
    breaks={
        "auth.key-wrong-code",
        "chat.context.overflow-code",
        "error.field-types",
        "error.unknown-model-status",
        "models.retrieve.unknown-code",
    },
    defects=("d320",),
    source="ggml-org/llama.cpp#14352",
)
class ErrorCodeInt(Refusals):
    """The `code` of an error is the HTTP status as a number."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        if "error" in body:
            body["error"]["code"] = error.status
        return body


@mutant(
    "error-without-param",
    breaks={"error.fields", "error.param"},
    defects=("d320",),
    source="ggml-org/llama.cpp#14352",
)
class ErrorWithoutParam(Refusals):
    """The `error` object has no key `param`."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        body = super().error_body(error, dialect)
        body.get("error", {}).pop("param", None)
        return body


@mutant(
    "error-detail-list",
    breaks={_ENVELOPE, "error.status-400"},
    source="FastAPI default",
)
class ErrorDetailList(Refusals):
    """On OpenAI's routes, an error is FastAPI's 422 with a `detail` list instead of OpenAI's `error` object."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return {"detail": [{"loc": ["body", error.param or ""], "msg": error.message, "type": "value_error"}]}

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 422 if error.status == 400 else error.status


@mutant(
    "error-list",
    breaks={_ENVELOPE},
    defects=("d221",),
    source="FuzzAnything/PromptFuzz#42",
)
class ErrorList(Refusals):
    """The body of an error response is a list that contains the error."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return [super().error_body(error, dialect)]


@mutant(
    "error-vendor-envelope",
    breaks={_ENVELOPE},
    defects=("d254",),
    source="cloudflare/cloudflare-docs#15116",
)
class ErrorVendorEnvelope(Refusals):
    """Error bodies have a proprietary format with the keys `result`, `success` and `errors`."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return {
            "result": None,
            "success": False,
            "errors": [{"code": error.status, "message": error.message}],
            "messages": [],
        }


@mutant(
    "error-text-plain",
    breaks={_ENVELOPE},
    source="rig; DeepSeek octet-stream",
)
class ErrorTextPlain(Refusals):
    """Error bodies are plain text instead of JSON."""

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        return error.message

    def error_media_type(self, error: ApiError) -> str:
        return "text/plain"


@mutant(
    "error-status-200",
    breaks=INVALID
    | {"auth.key-missing", "auth.key-wrong", "chat.error-in-success", "error.unknown-model", "models.retrieve.unknown"}
    | {
        "chat.tools.empty-list",
        "completions.unknown-model",
        "embeddings.unknown-model",
        "error.image-damaged",
        "http.content-type.checked",
        "http.method.refused",
        "responses.error.model-unknown",
        "responses.store.delete",
        "responses.store.deleted-chain",
        "responses.store.false",
        "responses.store.unknown",
        "responses.truncation.disabled",
    }
    | {"conversations.delete", "conversations.unknown"}
    | {"conversations.create.limit", "conversations.items.limit", "conversations.metadata.limit"}
    | {"responses.conversation.unknown", "responses.conversation.with-previous"}
    | {"responses.input.item-reference-unknown"}
    | {"chat.guided.schema-missing", "error.deep-body"},
    defects=("d066", "d346"),
    source="BerriAI/litellm#27030",
)
class ErrorStatus200(Refusals):
    """Error responses have status 200."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 200


@mutant(
    "invalid-request-500",
    breaks=INVALID
    | {"http.no-server-error"}
    | {"chat.max-tokens.both", "chat.tools.empty-list", "completions.echo.logprobs", "error.image-damaged"}
    | {"chat.guided.survives", "responses.conversation.with-previous"}
    | {"chat.guided.deep-schema", "chat.guided.schema-missing", "error.deep-body"}
    | {"conversations.create.limit", "conversations.items.limit", "conversations.metadata.limit"}
    | {"conversations.items.page-size", "responses.input-items.page-size", "responses.truncation.disabled"},
    defects=("d227", "d230", "d232"),
    source="vllm-project/vllm#42961",
)
class InvalidRequest500(Refusals):
    """A request that should be rejected with a 400 causes a 500."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 500 if error.status == 400 else error.status


@mutant(
    "malformed-json-500",
    breaks={
        "error.deep-body",
        "error.invalid-utf8",
        "error.malformed-json",
        "http.no-server-error",
        "generated.invalid.json",
    }
    | {f"generated.{operation}.invalid" for operation in ("responses", "completions", "embeddings")},
    defects=("d227", "d228"),
    source="sgl-project/sglang#5599",
)
class MalformedJson500(Intake):
    """A body that is not valid JSON causes a 500."""

    def parse_body(self, raw: bytes) -> dict[str, Any]:
        try:
            return super().parse_body(raw)
        except ApiError as error:
            if "object" in error.message:
                raise
            raise ApiError(500, "Expecting value: line 1 column 1 (char 0)", type="server_error") from error


@mutant(
    "non-object-body-500",
    breaks={"error.body-not-object", "http.no-server-error"},
    defects=("d230",),
    source="vllm-project/vllm#42961",
)
class NonObjectBody500(Intake):
    """A JSON body that is not an object causes a 500."""

    def parse_body(self, raw: bytes) -> dict[str, Any]:
        try:
            return super().parse_body(raw)
        except ApiError as error:
            if "object" in error.message:
                raise ApiError(500, "'list' object has no attribute 'get'", type="server_error") from error
            raise


@mutant(
    "unknown-model-400",
    breaks={
        "completions.unknown-model",
        "embeddings.unknown-model",
        "error.unknown-model-status",
        "http.trailing-slash",
        "models.retrieve.unknown",
    },
    defects=("d068",),
    source="ollama/ollama#14949",
)
class UnknownModel400(Refusals):
    """A request for an unknown model causes a 400 instead of a 404."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 400 if error.code == "model_not_found" else super().error_status(error, dialect)


@mutant(
    "unknown-model-503",
    breaks={"error.unknown-model-status"},
    defects=("d067",),
    source="Wei-Shaw/sub2api#1489",
)
class UnknownModel503(Refusals):
    """A request for an unknown model causes a 503, after which clients retry."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 503 if error.code == "model_not_found" else super().error_status(error, dialect)


@mutant(
    "unknown-model-answered",
    breaks={
        "completions.unknown-model",
        "embeddings.unknown-model",
        "error.unknown-model",
        "models.retrieve.unknown",
        "responses.error.model-unknown",
    },
    source="liar",
)
class UnknownModelAnswered(Models):
    """Requests for unknown models are accepted."""

    def check_model(self, name: str, known: tuple[str, ...], param: str | None = None) -> None:
        return
