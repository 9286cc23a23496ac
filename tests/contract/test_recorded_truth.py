"""What OpenAI itself sent is right by definition: the corrected document accepts all of it, but for written rules."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.operations import OperationValidator
from conformance.contract.schema_error import SchemaError
from conformance.contract.schemas import Schemas, load_schemas
from conformance.wire.exchange import Request

Row = dict[str, Any]
BASE_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Exclusion:
    """A rule by which a failure is the recording's fault, or that of an API that is no more."""

    why: str
    applies: Callable[[Row, SchemaError], bool]


def recorded(row: Row) -> str:
    """When an exchange was recorded, as an ISO date; the far future when nobody knows, so that no rule applies."""
    return row["recorded_at"] or "9999"


EXCLUSIONS = (
    Exclusion(
        "before July 2025 the Responses API sent neither `sequence_number` nor the `logprobs` of a text",
        lambda row, error: (
            row["endpoint"] == "responses"
            and recorded(row) < "2025-07"
            and error.keyword == "required"
            and any(f'"{name}"' in error.message for name in ("sequence_number", "logprobs"))
        ),
    ),
    Exclusion(
        "gpt-4-vision-preview of 2023 sent `finish_details` instead of `finish_reason`",
        lambda row, error: (
            recorded(row) < "2024"
            and '"finish_reason" is missing' in error.message
            and "finish_details" in row["response_body"]["choices"][0]
        ),
    ),
)
STREAMS = {
    "chat": "post /chat/completions",
    "completions": "post /completions",
    "responses": "post /responses",
}


def operation_of(row: Row, operations: OperationValidator) -> str:
    """The operation that a recorded exchange called."""
    if not row["url_path"]:
        # A stream of the SDK's own tests: only its body is kept.
        return STREAMS[row["endpoint"]]
    found = operations.operation(Request(row["method"], f"https://{row['host']}{row['url_path']}"), BASE_URL)
    assert found is not None, f"{row['method']} {row['url_path']} is no operation of the document"
    return found


def bodies(row: Row, schemas: Schemas, operations: OperationValidator) -> Iterator[tuple[str, Any]]:
    """Each JSON body or event of an exchange, with the schema it must keep."""
    operation = operation_of(row, operations)
    media_type = "text/event-stream" if row["streaming"] else "application/json"
    schema = schemas.response(operation, row["status"], media_type)
    assert schema is not None, f"{operation} {row['status']} {media_type} is not documented"
    if not row["streaming"]:
        yield schema, row["response_body"]
        return
    for line in row["response_body"].splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield schema, json.loads(line.removeprefix("data: "))


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[Row]:
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_all_that_openai_sent_is_valid(rows: list[Row]) -> None:
    """Every recorded body and event of the real API keeps the corrected document."""
    schemas = load_schemas("openai")
    operations = OperationValidator(schemas.document)
    judged: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    failures = []
    for row in rows:
        for schema, body in bodies(row, schemas, operations):
            judged[
                "error" if row["status"] >= 400 else f"{row['endpoint']} {'sse' if row['streaming'] else 'json'}"
            ] += 1
            for error in schemas.errors(schema, body):
                rule = next((each for each in EXCLUSIONS if each.applies(row, error)), None)
                if rule is None:
                    failures.append(f"{row['id']} {error.pointer}: {error.message} ({error.schema_pointer})")
                else:
                    excluded[rule.why] += 1
    assert failures == []
    # The corpus has all these kinds; a reader that finds none of one kind proves nothing about it.
    assert set(judged) == {
        "chat json",
        "chat sse",
        "completions json",
        "completions sse",
        "conversations json",
        "embeddings json",
        "error",
        "models json",
        "responses json",
        "responses sse",
    }
    assert set(excluded) == {each.why for each in EXCLUSIONS}, "a rule that excludes nothing must go"


def test_what_openai_sent_is_not_valid_when_it_is_damaged(rows: list[Row]) -> None:
    """Without a required key, or with a value of a wrong type in its place, no recorded chat completion is valid."""
    schemas = load_schemas("openai")
    required = ("id", "object", "created", "model", "choices")
    whole = [
        row["response_body"]
        for row in rows
        if row["endpoint"] == "chat" and row["status"] == 200 and not row["streaming"]
    ]
    assert len(whole) > 500
    for body in whole:
        for key in required:
            lacking = {name: value for name, value in body.items() if name != key}
            assert not schemas.is_valid("CreateChatCompletionResponse", lacking)
            assert not schemas.is_valid("CreateChatCompletionResponse", {**body, key: {}})
