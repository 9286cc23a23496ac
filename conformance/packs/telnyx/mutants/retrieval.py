"""Mutants of the reference endpoint that break Telnyx's tool `retrieval`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.packs.telnyx.retrieval import RetrievingRequests
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.mutants.registry import mutant
from conformance.reference.prompt import Json


def without_retrieval(body: Json) -> Json:
    """Return the body without tools of the type `retrieval`.

    If all tools have the type `retrieval`, the returned body has no `tools`.
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
        "telnyx.chat.retrieval",
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


@mutant(
    "telnyx-retrieval-unsearched",
    breaks={"telnyx.chat.retrieval"},
    source="plausible: the tool is validated, but the search was never written",
)
class TelnyxRetrievalUnsearched(RetrievingRequests):
    """The documents of a bucket are not added to the prompt."""

    def found(self, retrieval: Json, question: str) -> list[str]:
        return []


@mutant(
    "telnyx-retrieval-results-ignored",
    breaks={"telnyx.chat.retrieval-results"},
    source="plausible: the search always returns its default number of results",
)
class TelnyxRetrievalResultsIgnored(RetrievingRequests):
    """`max_num_results` is silently ignored."""

    def found(self, retrieval: Json, question: str) -> list[str]:
        return super().found({**retrieval, "max_num_results": None}, question)


@mutant(
    "telnyx-buckets-pooled",
    breaks={"telnyx.chat.retrieval-other-bucket"},
    source="plausible: one index for all buckets, searched without a filter",
)
class TelnyxBucketsPooled(RetrievingRequests):
    """The tool `retrieval` returns documents of all buckets, not only of the buckets in the request."""

    def found(self, retrieval: Json, question: str) -> list[str]:
        return super().found({**retrieval, "bucket_ids": list(self.buckets.kept)}, question)


@mutant(
    "telnyx-retrieval-alone",
    breaks={"telnyx.chat.retrieval-beside"},
    source="plausible: retrieval has its own path, which knows no functions",
)
class TelnyxRetrievalAlone(RetrievingRequests):
    """The functions of a request that also has a `retrieval` tool are silently ignored."""

    def prepare_body(self, body: Json) -> Json:
        body = super().prepare_body(body)
        tools = body.get("tools")
        kept = without_retrieval(body).get("tools")
        if not kept or kept == tools or not isinstance(tools, list):
            return body
        alone = {**body, "tools": [tool for tool in tools if tool not in kept]}
        return {name: value for name, value in alone.items() if name != "tool_choice"}


@mutant(
    "telnyx-retrieval-rejected",
    breaks={"telnyx.chat.retrieval", "telnyx.chat.retrieval-beside"},
    source="vLLM: Input should be 'function'",
)
class TelnyxRetrievalRejected(RetrievingRequests):
    """The endpoint knows no tools but functions, and rejects the tool `retrieval`."""

    def check_chat_tools(self, body: Json, dialect: Dialect) -> None:
        super().check_chat_tools(body, replace(dialect, tool_kinds=("function",)))
