"""Which operations need a key by a document, and what an answer without one says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.checks.generated.secured import Door, door, secured
from conformance.config import load_profile
from conformance.contract import Document, load_document
from conformance.wire import Exchange, Request


def document(security: Any, **paths: Any) -> Document:
    data = {"openapi": "3.1.0", "info": {}, "security": security, "paths": {f"/v1/{k}": v for k, v in paths.items()}}
    return Document("acme", Path("acme.json"), data, "/v1")


def names(found: Document) -> list[str]:
    return [each.name for each in secured(found, load_profile("openai"))]


KEY = [{"bearer": []}]


def test_the_documents_security_holds_for_each_operation_without_one_of_its_own() -> None:
    """An empty list, or an empty alternative, says that no key is needed."""
    open_paths = {"embeddings": {"post": {"security": []}}, "models": {"get": {"security": [{}, *KEY]}}}
    assert names(document(KEY, completions={"post": {}}, **open_paths)) == ["post /v1/completions"]
    assert names(document(None, models={"get": {"security": KEY}}, responses={"post": {}})) == ["get /v1/models"]


def test_what_nobody_knows_is_not_asked() -> None:
    """A POST that the profile has no name for may do anything; a GET of a plain path may not."""
    found = document(KEY, shutdown={"post": {}, "get": {}, "parameters": []}, **{"jobs/{id}": {"get": {}}})
    assert names(found) == ["get /v1/shutdown"]


@pytest.mark.parametrize(("profile", "least"), [("openai", 20), ("telnyx", 8)])
def test_every_operation_of_our_documents_is_secured(profile: str, least: int) -> None:
    """Each with the names that its path needs."""
    found = secured(load_document(profile), load_profile(profile))
    assert len(found) >= least
    for each in found:
        load_profile(profile).url("http://h/v1", each.path, **dict.fromkeys(each.parts, "x"))


@pytest.mark.parametrize(
    ("status", "shut", "found"),
    [
        (401, True, Door.SHUT),
        (403, False, Door.SHUT),
        (200, True, Door.OPEN),
        (201, False, Door.OPEN),
        (422, True, Door.AJAR),
        (400, False, Door.UNCLEAR),
        (404, True, Door.UNCLEAR),
        (405, True, Door.UNCLEAR),
        (500, True, Door.UNCLEAR),
        (None, True, Door.UNCLEAR),
    ],
)
def test_an_answer_without_a_key_says_whether_the_door_is_shut(status: int | None, shut: bool, found: Door) -> None:
    """A body that is refused tells only where chat refuses the same one for the key."""
    exchange = Exchange("x1", Request("POST", "http://h/v1/embeddings"), status=status)
    assert door(exchange, chat_is_shut=shut) is found
