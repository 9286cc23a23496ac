"""Mutants of functions as they were declared before there were tools."""

from __future__ import annotations

import json

from conformance.reference.chat import Chat
from conformance.reference.chat_request import ChatRequest, ChatRequests
from conformance.reference.generate import Output
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


@mutant("functions-ignored", breaks={"chat.functions.named"}, source="engines that know only tools")
class FunctionsIgnored(ChatRequests):
    """`functions` and `function_call` are dropped without a word."""

    def prepare_body(self, body: Json) -> Json:
        return {
            key: value for key, value in super().prepare_body(body).items() if key not in {"functions", "function_call"}
        }


@mutant(
    "function-arguments-object", breaks={"chat.functions.arguments"}, source="plausible: parsed for tools, not encoded"
)
class FunctionArgumentsObject(Chat):
    """The arguments of a legacy call are an object."""

    def choice(self, request: ChatRequest, index: int, output: Output) -> Json:
        choice = super().choice(request, index, output)
        call = choice["message"].get("function_call")
        if call:
            choice["message"]["function_call"] = {**call, "arguments": json.loads(call["arguments"])}
        return choice
