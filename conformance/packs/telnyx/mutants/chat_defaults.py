"""Mutants of the reference endpoint with other defaults, stop sequences or log probabilities than Telnyx documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.language_model.sampler import Sampling, Step
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("telnyx-default-model-other", breaks={"telnyx.chat.default-model"}, source="plausible: the first model")
class TelnyxDefaultModelOther(ChatRequests):
    """A request without `model` is answered by another model than the documented default."""

    def chat_model(self, body: Json, dialect: Dialect) -> str:
        other = replace(dialect, default_model="reference-1") if dialect is TELNYX else dialect
        return super().chat_model(body, other)


@mutant("telnyx-default-temperature-one", breaks={"telnyx.chat.default-temperature"}, source="OpenAI's default")
class TelnyxDefaultTemperatureOne(Generations):
    """Without `temperature`, text is sampled at temperature 1."""

    def sampling(self, request: ChatRequest) -> Sampling:
        made = super().sampling(request)
        missing = request.dialect is TELNYX and request.get("temperature", None) is None
        return replace(made, temperature=1.0) if missing else made


@mutant(
    "stop-last-only", breaks={"telnyx.chat.four-stops"}, source="plausible: each sequence overwrites the previous one"
)
class StopLastOnly(Generations):
    """Only the last stop sequence of an array applies."""

    def stops(self, request: ChatRequest) -> Sequence[str]:
        return super().stops(request)[-1:]


@mutant(
    "top-logprobs-zero-off",
    breaks={"chat.top-logprobs.zero", "telnyx.chat.top-logprobs-zero"},
    source="plausible: 0 is read as false",
)
class TopLogprobsZeroOff(Chat):
    """A `top_logprobs` of 0 switches log probabilities off."""

    def logprobs(self, request: ChatRequest, steps: Sequence[Step], *, calls: bool = False) -> Json | None:
        off = request.body.get("top_logprobs") == 0
        return None if off else super().logprobs(request, steps, calls=calls)
