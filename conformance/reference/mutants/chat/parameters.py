"""Mutants that mishandle chat parameters: they reject valid values, ignore parameters, or crash."""

from __future__ import annotations

import json

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "store-refused",
    breaks={"chat.request.default-values"},
    defects=("d245",),
    source="Gitlawb/openclaude#739",
)
class StoreRefused(ChatRequests):
    """`store` is rejected as unknown."""

    def prepare_body(self, body: Json) -> Json:
        if "store" in body:
            refuse("Unknown parameter: 'store'.", "store", "unknown_parameter")
        return super().prepare_body(body)


_OPTIONAL = (
    "user", "metadata", "service_tier", "prediction", "modalities", "reasoning_effort", "verbosity", "prompt_cache_key", "store",
)  # fmt: skip


@mutant(
    "optional-parameters-crash",
    breaks={
        "chat.user.accepted", "chat.metadata.accepted", "chat.service-tier.accepted", "chat.prediction.accepted",
        "chat.modalities.accepted", "chat.reasoning-effort.accepted", "chat.verbosity.accepted",
        "chat.prompt-cache-key.accepted", "chat.store.accepted",
    },
    source="FuzzAnything/PromptFuzz#42, as a server error",
)  # fmt: skip
class OptionalParametersCrash(ChatRequests):
    """Optional parameters that the engine does not support cause a 500."""

    def prepare_body(self, body: Json) -> Json:
        for key in _OPTIONAL:
            if body.get(key) is not None:
                raise TypeError(f"generate() got an unexpected keyword argument {key!r}")
        return super().prepare_body(body)


@mutant(
    "temperature-up-to-one",
    breaks={"chat.temperature.two"},
    source="Anthropic's range, 0 to 1",
)
class TemperatureUpToOne(ChatRequests):
    """A `temperature` above 1 is rejected."""

    def prepare_body(self, body: Json) -> Json:
        value = body.get("temperature")
        if isinstance(value, (int, float)) and value > 1:
            refuse("Invalid 'temperature': must be at most 1.", "temperature", "decimal_above_max_value")
        return super().prepare_body(body)


@mutant(
    "penalties-up-to-one",
    breaks={"chat.penalties.two"},
    source="plausible: the range of another parameter",
)
class PenaltiesUpToOne(ChatRequests):
    """A penalty above 1 is rejected."""

    def prepare_body(self, body: Json) -> Json:
        for key in ("frequency_penalty", "presence_penalty"):
            value = body.get(key)
            if isinstance(value, (int, float)) and abs(value) > 1:
                refuse(f"Invalid '{key}': must be between -1 and 1.", key, "decimal_above_max_value")
        return super().prepare_body(body)


@mutant(
    "negative-bias-crash",
    breaks={"chat.logit-bias.hundred"},
    source="plausible: an unsigned type",
)
class NegativeBiasCrash(ChatRequests):
    """A negative `logit_bias` crashes the engine."""

    def check_logit_bias(self, body: Json) -> None:
        super().check_logit_bias(body)
        if any(value < 0 for value in (body.get("logit_bias") or {}).values()):
            raise OverflowError("can't convert negative value to unsigned int")


@mutant(
    "seed-32-bit",
    breaks={"chat.seed.large"},
    source="plausible: numpy's seed must be below 2**32",
)
class Seed32Bit(ChatRequests):
    """A `seed` of more than 32 bits crashes the sampler."""

    def prepare_body(self, body: Json) -> Json:
        seed = body.get("seed")
        if isinstance(seed, int) and not -(2**31) <= seed < 2**32:
            raise ValueError("Seed must be between 0 and 2**32 - 1")
        return super().prepare_body(body)


@mutant("functions-ignored", breaks={"chat.functions.named"}, source="engines that know only tools")
class FunctionsIgnored(ChatRequests):
    """`functions` and `function_call` are silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        return {
            key: value for key, value in super().prepare_body(body).items() if key not in {"functions", "function_call"}
        }


@mutant(
    "function-arguments-object", breaks={"chat.functions.arguments"}, source="plausible: parsed for tools, not encoded"
)
class FunctionArgumentsObject(Chat):
    """The `arguments` of a legacy `function_call` are an object instead of a string."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        choice = super().choice(request, index, output)
        call = choice["message"].get("function_call")
        if call:
            choice["message"]["function_call"] = {**call, "arguments": json.loads(call["arguments"])}
        return choice


@mutant(
    "null-parameters-refused",
    breaks={"chat.request.null-optional"},
    defects=("d194",),
    source="ggml-org/llama.cpp#25515",
)
class NullParametersRefused(ChatRequests):
    """An optional parameter that is null is rejected."""

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
    """`stream_options` is rejected as unknown."""

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
    """`max_completion_tokens` is rejected as unknown."""

    def check_keys(self, body: Json, dialect: Dialect) -> None:
        if "max_completion_tokens" in body:
            refuse("Unknown parameter: 'max_completion_tokens'.", "max_completion_tokens", "unknown_parameter")
        super().check_keys(body, dialect)
