"""Telnyx's tool `retrieval` in the reference endpoint: what it rejects, and what it adds to the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.packs.telnyx.buckets import Buckets
from conformance.reference.chat.request import ChatRequests
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.fields import Field
from conformance.reference.prompt import Json, Message

RESULTS = 3
"""How many documents are added to the prompt if the request does not say it."""


class RetrievingRequests(ChatRequests):
    """Reads chat requests, with the documents that their `retrieval` tools find."""

    buckets: Buckets

    def check_chat_tools(self, body: Json, dialect: Dialect) -> None:
        """Reject a `retrieval` tool with a wrong number of results, without buckets, or with an unknown bucket."""
        super().check_chat_tools(body, dialect)
        for index, retrieval in retrievals(body):
            path = f"tools[{index}].retrieval"
            self.check_results(retrieval.get("max_num_results"), f"{path}.max_num_results")
            self.check_buckets(retrieval["bucket_ids"], f"{path}.bucket_ids")

    def check_buckets(self, buckets: list[str], path: str) -> None:
        """Reject an empty list of buckets, and a bucket that does not exist."""
        Field(("array",), low=1, high=None).check(buckets, path)
        for number, bucket in enumerate(buckets):
            self.check_bucket(bucket, f"{path}[{number}]")

    def check_bucket(self, bucket: str, path: str) -> None:
        """Reject a `retrieval` tool that names a bucket which does not exist."""
        if not self.buckets.has(bucket):
            raise ApiError(404, f"Bucket '{bucket}' not found.", path, "bucket_not_found", exact=True)

    def check_results(self, most: Any, path: str) -> None:
        """Reject a `max_num_results` that is not a positive integer."""
        Field(("integer",), 1).check(most, path)

    def read_messages(self, body: Json) -> tuple[Message, ...]:
        """Return the messages; a system message with the documents that were found precedes the last message."""
        messages = super().read_messages(body)
        question = next((message.text for message in reversed(messages) if message.role == "user"), "")
        found = [text for _, retrieval in retrievals(body) for text in self.found(retrieval, question)]
        if not found:
            return messages
        excerpts = "\n".join(["Excerpts of documents:", *dict.fromkeys(found)])
        return (*messages[:-1], Message("system", excerpts), *messages[-1:])

    def found(self, retrieval: Json, question: str) -> list[str]:
        """Return the documents that one `retrieval` tool finds."""
        most = retrieval.get("max_num_results")
        return self.buckets.found(retrieval["bucket_ids"], question, RESULTS if most is None else most)


def retrievals(body: Json) -> Iterator[tuple[int, Json]]:
    """Yield the position and the content of each `retrieval` tool of a request with valid tools."""
    for index, tool in enumerate(body.get("tools") or ()):
        if tool["type"] == "retrieval":
            yield index, tool["retrieval"]
