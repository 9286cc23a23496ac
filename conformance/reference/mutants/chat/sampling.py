"""Mutants that mishandle sampling parameters: seed, temperature, top_p, penalties and logit_bias."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Generation
from conformance.reference.language_model.sampler import Sampling, Step
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("frequency-penalty-ignored", breaks={"chat.frequency-penalty.effect"}, source="liar")
class FrequencyPenaltyIgnored(Generations):
    """`frequency_penalty` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), frequency_penalty=0.0)


@mutant("presence-penalty-ignored", breaks={"chat.presence-penalty.effect"}, source="liar")
class PresencePenaltyIgnored(Generations):
    """`presence_penalty` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), presence_penalty=0.0)


@mutant("top-logprobs-capped", breaks={"chat.top-logprobs.twenty"}, source="plausible: min(top_logprobs, 5)")
class TopLogprobsCapped(Chat):
    """A token has at most five alternatives, even if `top_logprobs` is above 5."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        return {**entry, "top_logprobs": entry["top_logprobs"][:5]}


@mutant(
    "top-logprobs-scaled", breaks={"chat.top-logprobs.sum"}, source="plausible: divided by a temperature afterwards"
)
class TopLogprobsScaled(Chat):
    """Every log probability is a tenth of the correct value."""

    def token_logprob(self, step: Step) -> Json:
        entry = super().token_logprob(step)
        scaled = [{**other, "logprob": other["logprob"] / 10} for other in entry["top_logprobs"]]
        return {**entry, "logprob": entry["logprob"] / 10, "top_logprobs": scaled}


@mutant(
    "seed-ignored",
    breaks={"chat.seed.repeatable"},
    defects=("d153", "d155", "d156", "d256"),
    source="vllm-project/vllm#21310",
)
class SeedIgnored(Generations):
    """`seed` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), seed=self.ids.entropy())


@mutant("seed-constant", breaks={"chat.seed.differs"}, source="plausible")
class SeedConstant(Generations):
    """Every value of `seed` produces the same output."""

    def sampling(self, request: ChatRequest) -> Sampling:
        sampling = super().sampling(request)
        return sampling if request.get("seed", None) is None else replace(sampling, seed=7)


@mutant(
    "temperature-zero-refused",
    breaks={"chat.temperature.zero", "generated.valid-accepted"},
    defects=("d238",),
    source="ai-forever/gigachain#237",
)
class TemperatureZeroRefused(ChatRequests):
    """`temperature: 0` is rejected."""

    def prepare_body(self, body: Json) -> Json:
        if body.get("temperature") == 0 and body.get("temperature") is not False:
            refuse("Invalid 'temperature': must be greater than 0.", "temperature", "decimal_below_min_value")
        return super().prepare_body(body)


@mutant("temperature-ignored", breaks={"chat.temperature.zero-greedy", "responses.temperature.greedy"}, source="liar")
class TemperatureIgnored(Generations):
    """Every response is sampled at a high temperature, whatever `temperature` is."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), temperature=1.6)


@mutant("always-greedy", breaks={"chat.temperature.varies", "responses.temperature"}, source="liar")
class AlwaysGreedy(Generations):
    """Every response is greedy, whatever `temperature` is."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), temperature=0.0)


@mutant("top-p-ignored", breaks={"chat.top-p.greedy", "responses.top-p"}, source="liar")
class TopPIgnored(Generations):
    """`top_p` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), top_p=1.0)


@mutant("logit-bias-ignored", breaks={"chat.logit-bias.honoured"}, defects=("d311",), source="vllm-project/vllm#3027")
class LogitBiasIgnored(Generations):
    """`logit_bias` is accepted and ignored."""

    def sampling(self, request: ChatRequest) -> Sampling:
        return replace(super().sampling(request), logit_bias={})


@mutant(
    "frequency-penalty-refused",
    breaks={"chat.penalties.accepted"},
    defects=("d241",),
    source="mistralai/platform-docs-public#7",
)
class FrequencyPenaltyRefused(ChatRequests):
    """`frequency_penalty` is rejected as unknown."""

    def prepare_body(self, body: Json) -> Json:
        if "frequency_penalty" in body:
            refuse("Unknown parameter: 'frequency_penalty'.", "frequency_penalty", "unknown_parameter")
        return super().prepare_body(body)


@mutant("choices-identical", breaks={"chat.n.differ"}, source="plausible: parallel sequences share the seed")
class ChoicesIdentical(Generations):
    """All choices of a request are sampled with the same random numbers."""

    def generation(self, request: ChatRequest, sampling: Sampling, index: int) -> Generation:
        return super().generation(request, replace(sampling, seed=sampling.seed - 7919 * index), index)


@mutant(
    "stop-null-refused", breaks={"chat.request.null-optional"}, defects=("d194",), source="ggml-org/llama.cpp#25515"
)
class StopNullRefused(ChatRequests):
    """`stop: null` is rejected."""

    def check_stop(self, body: Json) -> None:
        from conformance.reference.errors import refuse

        if "stop" in body and body["stop"] is None:
            refuse("Invalid type for 'stop'.", "stop", "invalid_type")
        super().check_stop(body)
