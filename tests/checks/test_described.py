"""Statuses and media types are held to the target's own document; errors only where it describes some."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.described import Described
from conformance.contract import Document, load_document
from conformance.recordings import Found, read_recording
from conformance.wire import Exchange, Request

BASE = "http://h/v1"


def described(responses: Any) -> Described:
    """What a document says whose chat operation has these responses."""
    operation = {"responses": responses}
    shared = {"responses": {"Bad": {"description": "d", "content": {"application/problem+json": {}}}}}
    data = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {"/v1/chat/completions": {"post": operation}},
        "components": shared,
    }
    return Described(Document("acme", Path("acme.json"), data, "/v1"), BASE)


def answered(status: int, media_type: str = "application/json", path: str = "/chat/completions") -> Exchange:
    headers = (("content-type", media_type),) if media_type else ()
    return Exchange("x1", Request("POST", BASE + path), status=status, headers=headers, body=b"{}")


def causes(judgements: Any) -> list[str | None]:
    """The cause of each break, None for what holds; [] where nothing was judged."""
    return [each.cause if each is not None else None for each in judgements]


JSON: dict[str, Any] = {"description": "d", "content": {"application/json": {}}}
VALIDATION = {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}
AUTOMATIC: dict[str, Any] = {"description": "Validation Error", "content": VALIDATION}


@pytest.mark.parametrize(
    ("responses", "status", "found"),
    [
        ({"200": JSON}, 200, [None]),
        ({200: JSON}, 200, [None]),
        ({"2XX": JSON}, 204, [None]),
        ({"default": JSON}, 302, [None]),
        ({"200": JSON}, 201, ["201 is not described for post /v1/chat/completions"]),
        ({"200": JSON}, 302, ["302 is not described for post /v1/chat/completions"]),
        ({"200": JSON}, 400, []),
        ({"200": JSON, "422": JSON}, 422, [None]),
        ({"200": JSON, "422": JSON}, 400, ["400 is not described for post /v1/chat/completions"]),
        ({"200": JSON, "422": AUTOMATIC}, 404, []),
        ({"200": JSON, "422": AUTOMATIC}, 422, [None]),
        ({"200": JSON, "422": AUTOMATIC}, 201, ["201 is not described for post /v1/chat/completions"]),
        ({"200": JSON, "400": JSON, "422": AUTOMATIC}, 404, ["404 is not described for post /v1/chat/completions"]),
        ({"200": JSON, "4XX": JSON}, 400, [None]),
        ({"200": JSON, "422": JSON}, 401, []),
        ({"200": JSON, "422": JSON}, 429, []),
        ({"200": JSON, "500": JSON}, 502, []),
        ({}, 201, []),
        (None, 200, []),
    ],
)
def test_a_status_is_held_to_what_is_described(responses: Any, status: int, found: list[str | None]) -> None:
    """Successes always; errors where the document describes more than FastAPI does by itself; never what comes before."""
    assert causes(described(responses).status(answered(status))) == found


@pytest.mark.parametrize(
    ("responses", "status", "media_type", "found"),
    [
        ({"200": JSON}, 200, "application/json; charset=utf-8", [None]),
        ({"200": {"content": {"application/*": {}}}}, 200, "application/json", [None]),
        ({"200": {"content": {"Application/JSON; charset=utf-8": {}}}}, 200, "application/json", [None]),
        ({"200": {"$ref": "#/components/responses/Bad"}}, 200, "application/problem+json", [None]),
        (
            {"200": JSON},
            200,
            "text/event-stream",
            ["text/event-stream is not described for 200 of post /v1/chat/completions"],
        ),
        ({"200": {"description": "d"}}, 200, "text/html", []),
        ({"200": JSON}, 201, "text/html", []),
        ({"200": JSON}, 200, "", []),
        (
            {"200": JSON, "400": JSON},
            400,
            "text/plain",
            ["text/plain is not described for 400 of post /v1/chat/completions"],
        ),
    ],
)
def test_a_media_type_is_held_to_what_is_described_for_its_status(
    responses: Any, status: int, media_type: str, found: list[str | None]
) -> None:
    """Parameters and case do not matter; a status without content, or not described, says nothing of media types."""
    assert causes(described(responses).media_type(answered(status, media_type))) == found


def test_what_the_document_has_no_operation_for_is_not_judged() -> None:
    """An unknown route is no operation."""
    told = described({"200": JSON})
    assert causes(told.status(answered(204, path="/nope"))) == []
    assert causes(told.media_type(answered(200, "text/html", path="/nope"))) == []


def test_errors_are_not_held_to_our_additions_to_openais_document() -> None:
    """OpenAI describes successes alone; the 4XX in our copy are ours."""
    openai = Described(load_document("openai"), BASE)
    assert causes(openai.status(answered(418))) == []
    assert causes(openai.media_type(answered(400, "text/plain"))) == []
    assert causes(openai.status(answered(202))) == ["202 is not described for post /chat/completions"]


@pytest.mark.skipif("CONFORMANCE_SHARED" not in os.environ, reason="CONFORMANCE_SHARED is not set")
def test_all_recorded_answers_of_openai_are_described() -> None:
    """Each status and each media type, of a thousand exchanges and more."""
    told = Described(load_document("openai"), "https://api.openai.com/v1")
    corpus = Path(os.environ["CONFORMANCE_SHARED"]) / "corpus" / "openai.jsonl.gz"
    exchanges = [item.exchange for item in read_recording(corpus) if isinstance(item, Found)]
    statuses = [cause for exchange in exchanges for cause in causes(told.status(exchange))]
    types = [cause for exchange in exchanges for cause in causes(told.media_type(exchange))]
    assert [cause for cause in (*statuses, *types) if cause is not None] == []
    assert len(statuses) > 1000
    assert len(types) > 1000
