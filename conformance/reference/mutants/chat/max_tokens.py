"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.max-tokens`."""

from __future__ import annotations

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "finish-stop-at-limit",
    breaks={"chat.guided.cut", "chat.max-tokens.finish-reason"},
    defects=("d090", "d091"),
    source="mudler/LocalAI#3533",
)
class FinishStopAtLimit(Generations):
    """Text that the token limit truncates has `finish_reason: stop` instead of `length`."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if reason == "length" else reason


@mutant("larger-limit-counts", breaks={"chat.max-tokens.both"}, source="plausible: max_tokens is read first and wins")
class LargerLimitCounts(ChatRequests):
    """If a request sets both token limits, `max_tokens` applies instead of `max_completion_tokens`."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        old = body.get("max_tokens") is not None
        return {key: value for key, value in body.items() if not (old and key == "max_completion_tokens")}


@mutant(
    "one-token-refused",
    breaks={"chat.max-tokens.one"},
    source="plausible: the Responses API's minimum taken over",
)
class OneTokenRefused(ChatRequests):
    """A request with a token limit of 1 is rejected."""

    def prepare_body(self, body: Json) -> Json:
        if body.get("max_tokens") == 1:
            refuse("Invalid 'max_tokens': below minimum value 2.", "max_tokens", "integer_below_min_value")
        return super().prepare_body(body)


@mutant(
    "limit-beyond-window-empty",
    breaks={"chat.max-tokens.huge"},
    defects=("d093",),
    source="InternLM/lmdeploy#1589",
)
class LimitBeyondWindowEmpty(Generations):
    """If the token limit and the prompt together exceed the context window, the response has no text."""

    def token_limit(self, request: ChatRequest) -> int:
        wanted = int(request.get("max_completion_tokens", request.get("max_tokens", 0)))
        full = wanted + request.prompt_tokens > self.models.context_window(request.model)
        return 0 if full else super().token_limit(request)


@mutant("n-greedy-refused", breaks={"chat.n.greedy"}, defects=("d239",), source="ai-dynamo/dynamo#3914")
class NGreedyRefused(ChatRequests):
    """A request for several choices at temperature 0 is rejected."""

    def check_combinations(self, body: Json) -> None:
        super().check_combinations(body)
        if (body.get("n") or 1) > 1 and body.get("temperature") == 0:
            refuse("n must be 1 when using greedy sampling.", "n")
