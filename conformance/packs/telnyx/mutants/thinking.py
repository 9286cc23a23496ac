"""Mutants of the reference endpoint that break Telnyx's `enable_thinking`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.packs.telnyx.dialect import TELNYX
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.generate import Output, Plan
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("telnyx-thinking-unswitched", breaks={"telnyx.chat.thinking-off"}, source="liar")
class TelnyxThinkingUnswitched(Generations):
    """`enable_thinking` is silently ignored."""

    def plan(self, request: ChatRequest) -> Plan:
        return super().plan(replace(request, body={**request.body, "enable_thinking": None}))


@mutant(
    "telnyx-thinking-hidden",
    breaks={"telnyx.chat.thinking-off"},
    source="plausible: the reasoning is only removed from the response",
)
class TelnyxThinkingHidden(Generations):
    """With `enable_thinking: false`, the model reasons all the same: the reasoning is hidden, and its tokens are counted."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        if request.get("enable_thinking", True) or not self.thinks(request):
            return counts
        completion = min(counts["completion_tokens"] + 120, self.token_limit(request))
        total = counts["prompt_tokens"] + completion
        return {**counts, "completion_tokens": completion, "total_tokens": total}


@mutant("telnyx-thinking-default-off", breaks={"telnyx.chat.thinking-default"}, source="plausible: a faster default")
class TelnyxThinkingDefaultOff(Generations):
    """Models reason only with `enable_thinking: true`."""

    def plan(self, request: ChatRequest) -> Plan:
        on = request.dialect is not TELNYX or request.get("enable_thinking", False)
        return super().plan(request if on else replace(request, body={**request.body, "enable_thinking": False}))
