"""Mutants that ignore custom tools, answer them with a function call, or hide the tool's result from the model."""

from __future__ import annotations

from conformance.reference.mutants.registry import mutant
from conformance.reference.mutants.responses.input import Prepared, items_of
from conformance.reference.prompt import Json
from conformance.reference.responses.objects import ResponseObjects


@mutant(
    "custom-tool-dropped",
    breaks={"responses.tools.custom"},
    defects=("n011", "n012"),
    source="ardeyouxipianyi/workbuddy2api-intl#12",
)
class CustomToolDropped(Prepared):
    """Custom tools are silently ignored, and so is a `tool_choice` that names one."""

    def prepared(self, body: Json) -> Json:
        tools = body.get("tools")
        if isinstance(tools, list):
            body["tools"] = [tool for tool in tools if not isinstance(tool, dict) or tool.get("type") != "custom"]
        choice = body.get("tool_choice")
        if isinstance(choice, dict) and choice.get("type") == "custom":
            body["tool_choice"] = "auto"
        return body


@mutant("custom-tool-as-function", breaks={"responses.tools.custom"}, defects=("n010",), source="antirez/ds4#745")
class CustomToolAsFunction(ResponseObjects):
    """The call of a custom tool is a `function_call` item."""

    def custom_call_item(self, identifier: str, status: str, call_id: str, name: str, text: str) -> Json:
        return self.call_item(identifier.replace("ctc_", "fc_"), status, call_id, name, text)


@mutant(
    "custom-tool-result-lost",
    breaks={"responses.tools.custom-output-counted"},
    defects=("n012",),
    source="unslothai/unsloth#9121",
)
class CustomToolResultLost(Prepared):
    """The model does not see the output of a custom tool."""

    def prepared(self, body: Json) -> Json:
        for item in items_of(body):
            if item.get("type") == "custom_tool_call_output":
                item["output"] = ""
        return body
