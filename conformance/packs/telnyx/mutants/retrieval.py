"""Mutants of the reference endpoint that break Telnyx's tool `retrieval`."""

from __future__ import annotations

from typing import Any

from conformance.reference.chat.request import ChatRequests
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


def without_retrieval(body: Json) -> Json:
    """Return the body without tools of the type `retrieval`.

    If no other tool remains, the returned body has no `tools`.
    """
    tools = body.get("tools")
    if not isinstance(tools, list):
        return body
    kept: list[Any] = [tool for tool in tools if not (isinstance(tool, dict) and tool.get("type") == "retrieval")]
    if len(kept) == len(tools):
        return body
    return {**body, "tools": kept} if kept else {name: value for name, value in body.items() if name != "tools"}


@mutant(
    "telnyx-retrieval-dropped",
    breaks={"telnyx.chat.retrieval-missing", "telnyx.chat.retrieval-type"},
    source="liar",
)
class TelnyxRetrievalDropped(ChatRequests):
    """The tool `retrieval` is silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        return without_retrieval(super().prepare_body(body))
