"""Mutants in which log probabilities depend on alternatives or on tools."""

from __future__ import annotations

from conformance.reference.chat.request import ChatRequests
from conformance.reference.errors import refuse
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "logprobs-need-alternatives",
    breaks={"chat.logprobs.without-alternatives"},
    defects=("d037",),
    source="vllm-project/vllm#4795",
)
class LogprobsNeedAlternatives(ChatRequests):
    """A request with `logprobs: true` is rejected unless it has `top_logprobs`."""

    def check_combinations(self, body: Json) -> None:
        super().check_combinations(body)
        if body.get("logprobs") and body.get("top_logprobs") is None:
            refuse("Top logprobs must be set when logprobs is.", "top_logprobs")


@mutant(
    "logprobs-with-tools-refused",
    breaks={"chat.logprobs.tools-accepted"},
    defects=("n051",),
    source="ggml-org/llama.cpp#28478",
)
class LogprobsWithToolsRefused(ChatRequests):
    """A streamed request with `logprobs` and `tools` is rejected."""

    def check_combinations(self, body: Json) -> None:
        super().check_combinations(body)
        if body.get("logprobs") and body.get("tools") and body.get("stream"):
            refuse("logprobs is not supported with tools + stream.", "logprobs")
