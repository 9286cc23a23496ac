"""Mutants of the reference endpoint that break Telnyx's tool `retrieval`."""

from __future__ import annotations

from typing import Any

from conformance.packs.telnyx.retrieval import RetrievingRequests
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
    breaks={
        "telnyx.chat.retrieval-missing",
        "telnyx.chat.retrieval-type",
        "telnyx.chat.retrieval-empty",
        "telnyx.chat.retrieval-unknown",
        "telnyx.chat.retrieval-results-type",
    },
    source="liar",
)
class TelnyxRetrievalDropped(ChatRequests):
    """The tool `retrieval` is silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        return without_retrieval(super().prepare_body(body))


@mutant(
    "telnyx-retrieval-no-buckets",
    breaks={"telnyx.chat.retrieval-empty"},
    source="plausible: a search in no bucket finds nothing",
)
class TelnyxRetrievalNoBuckets(RetrievingRequests):
    """A `retrieval` tool with an empty `bucket_ids` is accepted, and finds nothing."""

    def check_buckets(self, buckets: list[str], path: str) -> None:
        if buckets:
            super().check_buckets(buckets, path)


@mutant(
    "telnyx-retrieval-unknown-bucket",
    breaks={"telnyx.chat.retrieval-unknown"},
    source="plausible: a search in an unknown bucket finds nothing",
)
class TelnyxRetrievalUnknownBucket(RetrievingRequests):
    """A `retrieval` tool with an unknown bucket is accepted, and finds nothing."""

    def check_bucket(self, bucket: str, path: str) -> None:
        pass


@mutant(
    "telnyx-retrieval-results-untyped",
    breaks={"telnyx.chat.retrieval-results-type"},
    source="plausible: the default replaces a value that is not a number",
)
class TelnyxRetrievalResultsUntyped(RetrievingRequests):
    """A `max_num_results` that is not a number is silently ignored, together with the whole tool."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        tools = body.get("tools")
        if not isinstance(tools, list) or not any(_has_untyped_results(tool) for tool in tools):
            return body
        return without_retrieval(body)


def _has_untyped_results(tool: Any) -> bool:
    retrieval = tool.get("retrieval") if isinstance(tool, dict) else None
    return isinstance(retrieval, dict) and isinstance(retrieval.get("max_num_results"), str)
