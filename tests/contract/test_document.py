"""Documents: by the name of a contract or by a path, and the files that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.contract import Schemas, SpecError, load_document

USER = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/v1/chat/completions": {"post": {"responses": {}}}, "/health": {"get": {"responses": {}}}},
}


def test_contracts_have_names() -> None:
    """The two that come with the suite."""
    assert load_document("openai").base_path == ""
    assert load_document("telnyx").base_path == "/ai/openai"


def test_paths_are_relative_to_what_an_sdk_calls(tmp_path: Path) -> None:
    """What stands before `/chat/completions` is in an SDK's base URL; other paths lie next to it."""
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(USER))
    document = load_document(file)
    assert (document.name, document.base_path) == ("mine", "/v1")
    assert document.relative_paths() == {"/chat/completions": "/v1/chat/completions", "/../health": "/health"}


def test_a_document_may_say_its_base_path(tmp_path: Path) -> None:
    """`x-sdk-base-path` decides where the paths do not tell."""
    file = tmp_path / "mine.yaml"
    file.write_text("openapi: 3.1.0\nx-sdk-base-path: /x/\npaths: {/x/ask: {post: {responses: {}}}}\n")
    assert load_document(file).relative_paths() == {"/ask": "/x/ask"}


def test_a_path_without_its_slash_is_none_of_our_folders(tmp_path: Path) -> None:
    """An empty path, or one that begins without a slash, is taken from the root, wherever the suite runs."""
    file = tmp_path / "mine.json"
    paths = {**USER["paths"], "": {"get": {"responses": {}}}, "v1/models": {"get": {"responses": {}}}}
    file.write_text(json.dumps({**USER, "paths": paths}))
    found = load_document(file).relative_paths()
    assert (found["/.."], found["/models"]) == ("", "v1/models")


def test_nullable_of_openapi_30_is_understood(tmp_path: Path) -> None:
    """A user's 3.0 document means null by `nullable`."""
    file = tmp_path / "old.yaml"
    file.write_text(
        "openapi: 3.0.3\npaths: {}\n"
        "components: {schemas: {It: {type: object, properties: {a: {type: string, nullable: true}}}}}\n"
    )
    assert Schemas(load_document(file)).is_valid("It", {"a": None})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON"),
        ("a: [", "is not valid YAML"),
        ("[]", "its top must be a mapping"),
        ("a: 1", "it has no 'openapi' field; give one of version 3.0 to 3.2"),
        ("openapi: 2.0", "openapi is '2.0'"),
        ("openapi: 3.1.0", "has no usable 'paths'"),
        ("openapi: 3.1.0\npaths: {/a: []}", "has no usable 'paths'"),
        ("openapi: 3.1.0\npaths: {}\nx-sdk-base-path: v1", "'x-sdk-base-path' must be a path"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The error begins with the file and says what is wrong with it."""
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(SpecError, match=message) as caught:
        load_document(file)
    assert str(caught.value).startswith(str(file))


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """The names that would do are listed; bytes that are no text are no document."""
    with pytest.raises(SpecError, match="use one of openai, telnyx"):
        load_document("nonsense")
    with pytest.raises(SpecError, match="or the path of an OpenAPI file"):
        load_document(tmp_path / "absent.json")
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="cannot be read"):
        load_document(binary)
