"""Mutants with faults in tool choice, parallel calls, argument schemas or tool messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from conformance.reference.chat.completion import Chat
from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.language_model.generate import Output, Piece, Plan, PlannedCall
from conformance.reference.language_model.planner import ToolChoice
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant(
    "tool-calls-as-text",
    breaks={
        "chat.functions.named",
        "chat.tools.auto",
        "chat.tools.named",
        "chat.tools.required",
        "responses.tools.named",
        "responses.tools.required",
    },
    source="engines without a parser",
)
class ToolCallsAsText(Generations):
    """Tool calls are returned as text, without `tool_calls`."""

    def plan(self, request: ChatRequest) -> Plan:
        plan = super().plan(request)
        if not plan.calls:
            return plan
        return replace(
            plan,
            calls=(),
            text="\n".join(
                f'<tool_call>{{"name": "{c.name}", "arguments": {c.draft}}}</tool_call>' for c in plan.calls
            ),
        )


@mutant(
    "tools-ignored",
    breaks={
        "chat.functions.named",
        "chat.tools.named",
        "chat.tools.required",
        "responses.tools.named",
        "responses.tools.required",
    },
    defects=("d326",),
    source="chenyme/grok2api#219",
)
class ToolsIgnored(Generations):
    """Tools are accepted but never called."""

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        return ToolChoice("none")


class _AsAuto(Generations):
    modes: frozenset[str] = frozenset()

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        choice = super().tool_mode(request)
        return ToolChoice("auto", None, choice.parallel) if choice.mode in self.modes else choice


@mutant(
    "tool-choice-none-ignored",
    breaks={"chat.tools.none", "responses.tools.none"},
    defects=("d130", "d135"),
    source="ayunis-core/ayunis-core#705",
)
class ToolChoiceNoneIgnored(_AsAuto):
    """`tool_choice: none` is treated as `auto`."""

    modes = frozenset({"none"})


@mutant(
    "tool-choice-required-ignored",
    breaks={"chat.tools.allowed", "chat.tools.required", "responses.tools.required"},
    defects=("d129", "d130", "d133"),
    source="Blaizzy/mlx-vlm#1045",
)
class ToolChoiceRequiredIgnored(_AsAuto):
    """`tool_choice: required` is treated as `auto`."""

    modes = frozenset({"required"})


@mutant(
    "tool-choice-named-ignored",
    breaks={"chat.tools.named", "responses.tools.named"},
    defects=("d130", "d133"),
    source="google-ai-edge/LiteRT-LM#2471",
)
class ToolChoiceNamedIgnored(_AsAuto):
    """A `tool_choice` that names a function is treated as `auto`."""

    modes = frozenset({"named"})


@mutant("tool-choice-wrong-function", breaks={"chat.tools.named", "responses.tools.named"}, source="plausible")
class ToolChoiceWrongFunction(Generations):
    """A `tool_choice` that names a function forces a call of a different function."""

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        choice = super().tool_mode(request)
        if choice.mode != "named" or len(request.conversation.tools) < 2:
            return choice
        others = [tool.name for tool in request.conversation.tools if tool.name not in (choice.names or ())]
        return ToolChoice("named", frozenset(others[:1]), parallel=False)


@mutant(
    "tool-choice-undeclared-accepted",
    breaks={"chat.tools.undeclared"},
    defects=("d136",),
    source="experientiallabs/experiential#278",
)
class ToolChoiceUndeclaredAccepted(ChatRequests):
    """A `tool_choice` that names an undeclared function is accepted."""

    def tool_choice_of(self, body: Json) -> ToolChoice:
        choice = body.get("tool_choice")
        names = [tool["function"]["name"] for tool in body.get("tools") or () if "function" in tool]
        if (
            isinstance(choice, dict)
            and isinstance(choice.get("function"), dict)
            and choice["function"].get("name") not in names
        ):
            return ToolChoice("auto")
        return super().tool_choice_of(body)


@mutant(
    "tool-choice-without-tools-accepted",
    breaks={"chat.tools.choice-needs-tools"},
    defects=("d137",),
    source="lablup/mlxcel#1581",
)
class ToolChoiceWithoutToolsAccepted(ChatRequests):
    """`tool_choice: required` is accepted in a request without tools."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        return body if body.get("tools") else {key: value for key, value in body.items() if key != "tool_choice"}


@mutant(
    "tool-parallel-false-ignored",
    breaks={"chat.tools.parallel-false"},
    defects=("d291", "d292"),
    source="sgl-project/sglang#9696",
)
class ToolParallelFalseIgnored(Generations):
    """`parallel_tool_calls: false` is accepted and ignored."""

    def tool_mode(self, request: ChatRequest) -> ToolChoice:
        return replace(super().tool_mode(request), parallel=True)


@mutant(
    "tool-name-with-prefix",
    breaks={
        "chat.functions.named",
        "chat.tools.allowed",
        "chat.tools.declared",
        "chat.tools.named",
        "responses.tools.named",
        "responses.tools.required",
    },
    source="models that write functions.name",
)
class ToolNameWithPrefix(Generations):
    """The function name in a tool call has a prefix that the request did not declare."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        return replace(call, name=f"functions.{call.name}")


@mutant("tool-only-first-call", breaks={"chat.tools.parallel"}, defects=("d293",), source="ggml-org/llama.cpp#14101")
class ToolOnlyFirstCall(Chat):
    """Only the first of several generated tool calls is returned."""

    def message(self, output: Output) -> Json:
        message = super().message(output)
        return {**message, "tool_calls": message["tool_calls"][:1]} if output.calls else message

    def tool_call_deltas(self, piece: Piece, call: PlannedCall) -> Iterator[Json]:
        if not piece.call:
            yield from super().tool_call_deltas(piece, call)


@mutant(
    "tool-strict-not-enforced",
    breaks={"chat.tools.arguments-schema", "chat.tools.strict", "responses.tools.arguments-schema"},
    source="plausible",
)
class ToolStrictNotEnforced(Generations):
    """The arguments of tool calls do not match the function's schema."""

    def planned_call(self, call: PlannedCall) -> PlannedCall:
        return replace(call, guide=None, draft=json.dumps({"input": "anything at all"}))


@mutant("tool-call-history-accepted-unanswered", breaks={"chat.tools.unanswered"}, source="plausible")
class ToolUnansweredAccepted(ChatRequests):
    """A message with tool calls is accepted even if no message in the request has a result of these tool calls."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        messages = body.get("messages")
        if not isinstance(messages, list) or any(isinstance(m, dict) and m.get("role") == "tool" for m in messages):
            return body
        kept = [{k: v for k, v in m.items() if k != "tool_calls"} if isinstance(m, dict) else m for m in messages]
        return {**body, "messages": kept}
