"""Mutants that accept what must be refused, refuse what must be accepted, or lose part of a request."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat_request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("unknown-parameter-accepted", breaks={"error.unknown-parameter"}, source="liar; most engines")
class UnknownParameterAccepted(ChatRequests):
    """Keys that are no parameters are ignored."""

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
    """Values of a wrong type or range are dropped silently."""

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
    """`n: 0` and `max_completion_tokens: 0` pass."""

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
    """`messages: []` is answered."""

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
    """A request without messages is called an unknown model."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        if body.get("messages") is None:
            self.models.unknown_model(str(body.get("model")))
        super().check_messages(body, dialect)


@mutant(
    "bad-role-accepted",
    breaks={
        "error.role-missing",
        "error.role-unknown",
        *(f"generated.invalid.{kind}" for kind in ("type", "required", "enum")),
    },
    source="liar",
)
class BadRoleAccepted(ChatRequests):
    """Any role is taken for a user's."""

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
    "developer-refused",
    breaks={"chat.messages.developer", "generated.valid-accepted"},
    defects=("d115", "d116"),
    source="sgl-project/sglang#14304",
)
class DeveloperRefused(ChatRequests):
    """The developer role is unknown."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "developer":
                refuse("Unexpected message role.", f"messages[{index}].role", "invalid_value")


@mutant(
    "content-parts-refused",
    breaks={"chat.messages.content-parts", "generated.valid-accepted"},
    defects=("d120", "d122"),
    source="ggml-org/llama.cpp#8367",
)
class ContentPartsRefused(ChatRequests):
    """`content` may only be a string."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if isinstance(message.get("content"), list):
                refuse("type must be string, but is array", f"messages[{index}].content", "invalid_type")


@mutant(
    "content-parts-500",
    breaks={"chat.messages.content-parts", "generated.valid-no-server-error", "http.no-server-error"},
    defects=("d121",),
    source="infiniflow/ragflow#15359",
)
class ContentParts500(ChatRequests):
    """`content` as parts crashes the template."""

    def read_messages(self, body: Json) -> tuple[Any, ...]:
        for message in body["messages"]:
            if isinstance(message.get("content"), list):
                raise TypeError('can only concatenate str (not "list") to str')
        return super().read_messages(body)


@mutant(
    "content-parts-dropped",
    breaks={"chat.messages.content-parts"},
    defects=("d126",),
    source="sgl-project/sglang#17853",
)
class ContentPartsDropped(ChatRequests):
    """Only the first part of a content array is read."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        if not isinstance(body.get("messages"), list):
            return body
        cut = [
            {**m, "content": m["content"][:1]} if isinstance(m, dict) and isinstance(m.get("content"), list) else m
            for m in body["messages"]
        ]
        return {**body, "messages": cut}


@mutant(
    "null-content-refused",
    breaks={"chat.messages.tool-history", "chat.tools.result-used"},
    defects=("d157", "d158", "d161"),
    source="mistralai/mistral-common#324",
)
class NullContentRefused(ChatRequests):
    """An assistant message with tool calls and null content is refused."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message.get("content") is None:
                refuse("Content must be a string.", f"messages[{index}].content", "invalid_type")


@mutant(
    "null-parameters-refused",
    breaks={"chat.request.null-optional"},
    defects=("d194",),
    source="ggml-org/llama.cpp#25515",
)
class NullParametersRefused(ChatRequests):
    """An optional parameter that is null is refused."""

    def check_fields(self, body: Json, dialect: Dialect) -> None:
        for key, value in body.items():
            if value is None:
                refuse(f"Invalid type for '{key}': got null instead.", key, "invalid_type")
        super().check_fields(body, dialect)


@mutant(
    "stream-options-refused",
    breaks={
        "chat.stream.same-completion",
        "chat.request.null-optional",
        "chat.stream.same-usage",
        "chat.stream.usage-asked",
    },
    defects=("d019", "d327"),
    source="continuedev/continue#12936",
)
class StreamOptionsRefused(ChatRequests):
    """`stream_options` is an unknown parameter."""

    def check_keys(self, body: Json, dialect: Dialect) -> None:
        if "stream_options" in body:
            refuse("Unknown parameter: 'stream_options'.", "stream_options", "unknown_parameter")
        super().check_keys(body, dialect)


@mutant(
    "max-completion-tokens-refused",
    breaks={"chat.max-completion-tokens.bounds"},
    defects=("d242",),
    source="editor-code-assistant/eca#231",
)
class MaxCompletionTokensRefused(ChatRequests):
    """`max_completion_tokens` is an unknown parameter."""

    def check_keys(self, body: Json, dialect: Dialect) -> None:
        if "max_completion_tokens" in body:
            refuse("Unknown parameter: 'max_completion_tokens'.", "max_completion_tokens", "unknown_parameter")
        super().check_keys(body, dialect)
