"""Mutants with faults in messages that have tool calls: their arguments, ids or content."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import refuse
from conformance.reference.language_model.generate import Output, Plan, PlannedCall
from conformance.reference.language_model.planner import ToolChoice
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("tool-allowed-ignored", breaks={"chat.tools.allowed"}, source="ggml-org/llama.cpp: seen on a real server")
class ToolAllowedIgnored(Generations):
    """A `tool_choice` of type `allowed_tools` is ignored: the model may call every declared function."""

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        choice = super().tool_mode(request)
        allowed = isinstance(request.body.get("tool_choice"), dict) and choice.mode != "named"
        return replace(choice, names=None) if allowed else choice


@mutant(
    "tool-empty-arguments",
    breaks={"chat.tools.no-parameters"},
    defects=("d350",),
    source="vllm-project/vllm#48852",
)
class ToolEmptyArguments(Generations):
    """The `arguments` of a tool call that needs none are an empty string instead of `{}`."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        return replace(call, draft="", guide=None) if call.draft == "{}" else call


@mutant("tool-without-parameters-refused", breaks={"chat.tools.no-parameters"}, source="parsers that want `parameters`")
class ToolWithoutParametersRefused(ChatRequests):
    """A declared function without `parameters` is rejected."""

    def check_chat_tools(self, body: Json, dialect: Dialect) -> None:
        super().check_chat_tools(body, dialect)
        for index, tool in enumerate(body.get("tools") or ()):
            if tool.get("type") == "function" and "parameters" not in tool["function"]:
                path = f"tools[{index}].function.parameters"
                refuse(f"Missing required parameter: '{path}'.", path, "missing_required_parameter")


@mutant("tool-nested-as-string", breaks={"chat.tools.nested"}, source="parsers of XML-like calls (Qwen3-Coder, GLM)")
class ToolNestedAsString(Generations):
    """In the arguments of tool calls, each nested object is a string that contains JSON."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        found = json.loads(call.draft or "{}")
        if not any(isinstance(value, dict) for value in found.values()):
            return call
        flat = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in found.items()}
        return replace(call, guide=None, draft=json.dumps(flat, ensure_ascii=False))


@mutant(
    "tool-unicode-damaged",
    breaks={"chat.tools.unicode"},
    source="Blaizzy/mlx-vlm#1076, in arguments",
)
class ToolUnicodeDamaged(Generations):
    """Non-ASCII characters in the arguments of tool calls become question marks."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        if call.draft.isascii():
            return call
        return replace(call, guide=None, draft=call.draft.encode("ascii", "replace").decode())


@mutant("tool-ids-counted", breaks={"chat.tools.call-id-unique"}, defects=("d168",), source="InternLM/lmdeploy#3412")
class ToolIdsCounted(Generations):
    """In every response, the ids of tool calls are `call_0`, `call_1` and so on."""

    _calls = 0

    def plan(self, request: ChatRequest) -> Plan:
        self._calls = 0
        return super().plan(request)

    def new_call_id(self) -> str:
        self._calls += 1
        return f"call_{self._calls - 1}"


@mutant("tool-content-empty", breaks={"chat.tools.content-null"}, source="Ollama, DeepSeek, Mistral, llama.cpp")
class ToolContentEmpty(Chat):
    """The `content` of a message with tool calls is an empty string instead of null."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "content": message["content"] or ""} if output.calls else message
