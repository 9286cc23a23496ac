"""Mutants that show users text that they must not see: control tokens, and reasoning sent twice."""

from __future__ import annotations

from conformance.reference.chat.completion import Chat
from conformance.reference.language_model.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "control-token-after-call",
    breaks={"chat.response.control-tokens", "chat.tools.stream-equals-json"},
    defects=("d276",),
    source="NVIDIA/TensorRT-LLM#10651",
)
class ControlTokenAfterCall(Chat):
    """Without streaming, the content next to a tool call is a control token."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "content": "<|call|>"} if output.calls else message


@mutant(
    "end-token-in-text",
    breaks={"chat.logprobs.text", "chat.response.control-tokens", "chat.tools.stream-whole"},
    source="plausible: the end token is decoded",
)
class EndTokenInText(Chat):
    """Text that the token limit truncated ends with an end token."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        cut = output.finish_reason == "length" and output.text and not output.calls
        return {**message, "content": f"{output.text}<|im_end|>"} if cut else message


@mutant("reasoning-repeated", breaks={"chat.reasoning.not-repeated"}, defects=("n049",), source="jundot/omlx#2457")
class ReasoningRepeated(Chat):
    """The content begins with a copy of the reasoning."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        repeated = output.reasoning and not output.calls
        return {**message, "content": f"{output.reasoning} {output.text}"} if repeated else message
