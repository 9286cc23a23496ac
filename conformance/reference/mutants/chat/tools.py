"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `chat.tools`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Generation, Output, Piece, PlannedCall
from conformance.reference.mutants.chat.stream import Chunks
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "tools-cut-stream",
    breaks={"chat.guided.tools", "chat.tools.stream-whole"},
    defects=("d343",),
    source="mudler/LocalAI#9988",
)
class ToolsCutStream(Chat):
    """If the request declares tools, the stream has only the first piece of the text; the rest is missing."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        told = False
        for choice in super().choice_deltas(request, index, generation):
            text = choice["delta"].get("content")
            if text and told and request.body.get("tools"):
                continue
            told = told or bool(text)
            yield choice


@mutant(
    "nested-arguments-broken",
    breaks={"chat.tools.arguments-json", "chat.tools.strict"},
    defects=("d350",),
    source="vllm-project/vllm#21046",
)
class NestedArgumentsBroken(Chat):
    """The streamed arguments of a tool call lack the brace that opens a nested object."""

    def choice_deltas(self, request: ChatRequest, index: int, generation: Generation) -> Chunks:
        opened = False
        for choice in super().choice_deltas(request, index, generation):
            for call in choice["delta"].get("tool_calls") or ():
                text = call["function"]["arguments"]
                first, brace, rest = text.rpartition("{") if opened or text.count("{") > 1 else (text, "", "")
                opened = opened or "{" in text
                call["function"]["arguments"] = first + rest if brace else text
            yield choice


@mutant(
    "tool-message-needs-name",
    breaks={"chat.messages.tool-history", "chat.tools.result-used"},
    defects=("d083",),
    source="ayunis-core/ayunis-core#634",
)
class ToolMessageNeedsName(ChatRequests):
    """A tool message is rejected unless it has the function's name in `name`."""

    def check_messages(self, body: Json, dialect: Dialect) -> None:
        super().check_messages(body, dialect)
        for index, message in enumerate(body["messages"]):
            if message["role"] == "tool" and not message.get("name"):
                refuse("A function response needs a name.", f"messages[{index}].name", "missing_required_parameter")


class _Calls(Chat):
    def call_object(self, index: int, call: Json) -> Json:
        return call

    def message(self, output: Output) -> Json:
        message = super().message(output)
        if "tool_calls" in message:
            message["tool_calls"] = [self.call_object(index, call) for index, call in enumerate(message["tool_calls"])]
        return message


@mutant(
    "tool-arguments-object",
    breaks={"chat.functions.arguments", "chat.tools.arguments-string"},
    defects=("d079", "d080", "d081"),
    source="ggml-org/llama.cpp#20198",
)
class ToolArgumentsObject(_Calls):
    """The `arguments` of a tool call are an object instead of a string."""

    def call_object(self, index: int, call: Json) -> Json:
        return {
            **call,
            "function": {**call["function"], "arguments": json.loads(call["function"]["arguments"] or "{}")},
        }


@mutant(
    "tool-arguments-double-encoded",
    breaks={"chat.functions.arguments", "chat.tools.arguments-json", "chat.tools.no-parameters", "chat.tools.strict"},
    source="plausible",
)
class ToolArgumentsDoubleEncoded(_Calls):
    """The `arguments` of a tool call are encoded as JSON twice."""

    def call_object(self, index: int, call: Json) -> Json:
        return {**call, "function": {**call["function"], "arguments": json.dumps(call["function"]["arguments"])}}


@mutant("tool-call-without-id", breaks={"chat.tools.call-id"}, source="common")
class ToolCallWithoutId(_Calls):
    """Tool calls have no `id`."""

    def call_object(self, index: int, call: Json) -> Json:
        return {key: value for key, value in call.items() if key != "id"}

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield {key: value for key, value in delta.items() if key != "id"}


@mutant("tool-call-without-type", breaks={"chat.tools.call-type"}, source="schema: type is required")
class ToolCallWithoutType(_Calls):
    """Tool calls have no `type`."""

    def call_object(self, index: int, call: Json) -> Json:
        return {key: value for key, value in call.items() if key != "type"}


@mutant(
    "tool-ids-equal",
    breaks={"chat.tools.call-id", "chat.tools.call-id-unique"},
    defects=("d168",),
    source="InternLM/lmdeploy#3412",
)
class ToolIdsEqual(Generations):
    """All tool calls have the same id."""

    def new_call_id(self) -> str:
        return "call_0"


@mutant(
    "tool-finish-stop",
    breaks={"chat.tools.finish-reason"},
    defects=("d021", "d022", "d023", "d028"),
    source="sgl-project/sglang#2877",
)
class ToolFinishStop(Generations):
    """`finish_reason` is `stop` although the model called tools."""

    def finish_reason(self, request: ChatRequest, output: Output) -> str:
        reason = super().finish_reason(request, output)
        return "stop" if reason == "tool_calls" else reason


@mutant(
    "tool-delta-index-missing",
    breaks={"chat.tools.delta-index"},
    defects=("d002", "d003"),
    source="EricLBuehler/mistral.rs#1507",
)
class ToolDeltaIndexMissing(Chat):
    """Fragments of a streamed tool call have no `index`."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield {key: value for key, value in delta.items() if key != "index"}


@mutant(
    "tool-delta-index-zero",
    breaks={"chat.tools.delta-index"},
    defects=("d004", "d167"),
    source="InternLM/lmdeploy#3412",
)
class ToolDeltaIndexZero(Chat):
    """All parallel tool calls in a stream have `index: 0`."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield {**delta, "index": 0}


@mutant(
    "tool-delta-id-repeated", breaks={"chat.tools.delta-id-once"}, defects=("d168",), source="InternLM/lmdeploy#3412"
)
class ToolDeltaIdRepeated(Chat):
    """Every fragment of a streamed tool call repeats the call's id."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield {**delta, "id": call.id, "type": "function"}


@mutant("tool-delta-name-repeated", breaks={"chat.tools.delta-name-once"}, source="openai-python accumulates strings")
class ToolDeltaNameRepeated(Chat):
    """Every fragment of a streamed tool call repeats the function's name."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield {**delta, "function": {"name": call.name, **delta["function"]}}


@mutant(
    "tool-delta-name-empty",
    breaks={"chat.tools.delta-name-once"},
    defects=("d169", "d170"),
    source="lmstudio-ai/lmstudio-bug-tracker#649",
)
class ToolDeltaNameEmpty(Chat):
    """All fragments of a streamed tool call except the first have an empty `name`."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            yield delta if "name" in delta["function"] else {**delta, "function": {"name": "", **delta["function"]}}


@mutant(
    "tool-delta-arguments-lost",
    breaks={"chat.tools.arguments-json", "chat.tools.no-parameters", "chat.tools.strict"},
    defects=("d349", "d350"),
    source="vllm-project/vllm#21046",
)
class ToolDeltaArgumentsLost(Chat):
    """A stream lacks the last fragment of a tool call's arguments."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            text = delta["function"]["arguments"]
            yield {**delta, "function": {**delta["function"], "arguments": text[:-1] if text.endswith("}") else text}}


@mutant(
    "tool-delta-arguments-null",
    breaks={"chat.tools.call-id"},
    defects=("d171",),
    source="vllm-project/vllm#9693",
)
class ToolDeltaArgumentsNull(Chat):
    """The first fragment of a streamed tool call has no id, and its arguments are null."""

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        for delta in super().tool_call_deltas(piece, call):
            named = {"name": call.name, "arguments": None}
            yield {"index": delta["index"], "type": "function", "function": named} if piece.begins else delta


@mutant(
    "tool-markup-in-content",
    breaks={"chat.tools.no-markup", "chat.tools.stream-equals-json"},
    defects=("d293", "d348"),
    source="vllm-project/vllm#51698",
)
class ToolMarkupInContent(Chat):
    """The content contains the model's markup for tool calls."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        if output.calls:
            message["content"] = f'<tool_call>{{"name": "{output.calls[0].name}"}}</tool_call>'
        return message
