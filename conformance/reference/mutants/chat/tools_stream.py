"""Mutants whose streamed tool calls differ from those in JSON responses, and mutants that convert or drop tools."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.language_model.generate import Generation, Output, Piece, Plan, PlannedCall
from conformance.reference.mutants.chat.stream import Chunks
from conformance.reference.mutants.registry import beside, mutant
from conformance.reference.prompt import Json


@mutant(
    "tool-delta-letter-lost",
    breaks={"chat.tools.stream-equals-json"},
    source="vllm-project/vllm#21046 and others: fragments lost at the boundary of two deltas",
)
class ToolDeltaLetterLost(Chat):
    """The streamed arguments of a tool call lack the last letter of the word `Paris`."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            text = delta["function"]["arguments"]
            yield {**delta, "function": {**delta["function"], "arguments": re.sub(r"(P?ari)s", r"\1", text)}}


_SAID = "I will look up the weather for you now."


@mutant(
    "tool-text-cut-in-stream",
    breaks={"chat.tools.stream-equals-json"},
    defects=("n042",),
    source="sgl-project/sglang#34214",
)
class ToolTextCutInStream(Generations):
    """The model writes a sentence before each tool call, and a stream has only the beginning of the sentence."""

    def plan(self, request: ChatRequest) -> Plan:
        planned = super().plan(request)
        return replace(planned, text=_SAID, sure=True) if planned.calls else planned


@beside("tool-text-cut-in-stream")
class _TextCut(Chat):
    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        left = len(_SAID) // 2 if generation.plan.calls else 10**9
        for choice in super().choice_deltas(request, index, generation):
            text = choice["delta"].get("content") or ""
            if text:
                choice["delta"]["content"] = text[: max(0, left)]
                left -= len(text)
            yield choice


@mutant(
    "tool-opener-as-text",
    breaks={"chat.tools.stream-cut"},
    defects=("d352",),
    source="vllm-project/vllm#47137",
)
class ToolOpenerAsText(Chat):
    """If the token limit truncates a tool call, an unstreamed response has its markup `<tool_call>` as text."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        cut = output.finish_reason == "length" and not output.text and not output.calls
        return {**message, "content": "<tool_call>"} if cut and output.tokens else message


@mutant(
    "tool-string-to-number",
    breaks={"chat.tools.string-kept"},
    defects=("n044",),
    source="lablup/mlxcel#1336",
)
class ToolStringToNumber(Chat):
    """A string of digits in the arguments of a tool call becomes a number."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        for call in message.get("tool_calls") or ():
            text = call["function"]["arguments"]
            call["function"]["arguments"] = re.sub(r'"(\d+)"', lambda found: json.dumps(int(found[1])), text)
        return message


@mutant(
    "tools-empty-crash",
    breaks={"chat.tools.empty-list", "http.no-server-error"},
    defects=("n047",),
    source="gty111/gLLM#267",
)
class ToolsEmptyCrash(ChatRequests):
    """An empty list of tools causes a 500."""

    def prepare_body(self, body: Json) -> Json:
        if body.get("tools") == []:
            raise IndexError("list index out of range")
        return super().prepare_body(body)
