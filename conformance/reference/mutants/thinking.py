"""Mutants of reasoning: answers that are taken for it, and reasoning that nobody counts."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest
from conformance.reference.generate import Output
from conformance.reference.generation import Generations
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "reasoning-not-counted",
    breaks={"chat.reasoning.counted"},
    defects=("d220",),
    source="router-for-me/CLIProxyAPI#5224",
)
class ReasoningNotCounted(Generations):
    """reasoning_tokens is 0 in answers that show their reasoning."""

    def usage(self, request: ChatRequest, outputs: Sequence[Output]) -> Json:
        counts = super().usage(request, outputs)
        counts["completion_tokens_details"]["reasoning_tokens"] = 0
        return counts


@mutant(
    "answer-in-reasoning",
    breaks={"chat.reasoning.answered"},
    defects=("d263",),
    source="lmstudio-ai/lmstudio-bug-tracker#1602",
)
class AnswerInReasoning(Chat):
    """What follows the reasoning is taken for reasoning, too, and the content is empty."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        if output.reasoning and not output.calls:
            message = {**message, "content": "", "reasoning_content": f"{output.reasoning}\n{output.text}"}
        return message


@mutant(
    "json-in-reasoning",
    breaks={"chat.json-object.enforced", "chat.json-schema.enforced"},
    defects=("d264",),
    source="vllm-project/vllm#48863",
)
class JsonInReasoning(Chat):
    """Structured output is taken for reasoning, and the content is null."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        choice = super().choice(request, index, output)
        if request.guide is not None:
            choice["message"].update(content=None, reasoning_content=output.text)
        return choice
