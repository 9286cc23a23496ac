"""A contract is tested before the target: each way in which a document can be wrong is found, and a right one is quiet."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import Document
from conformance.contract.lint import Problem, lint, lint_file
from conformance.contract.lint.problem import RULES

# In our words: a vendor's chat operation as vendors write them.
RIGHT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme Inference", "version": "1"},
    "paths": {
        "/v1/chat/completions": {
            "post": {
                "operationId": "chat",
                "description": "Answers a conversation. Set `stream` to have events.",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Ask"},
                            "example": {"messages": [{"role": "user", "content": "Hi"}]},
                        }
                    },
                },
                "responses": {
                    "200": {
                        "description": "The answer.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}},
                            "text/event-stream": {"schema": {"$ref": "#/components/schemas/Answer"}},
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Ask": {
                "type": "object",
                "required": ["messages"],
                "properties": {
                    "messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
                    "stream": {"type": "boolean", "default": False},
                    "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": "Between 0 and 2."},
                },
            },
            "Message": {
                "type": "object",
                "required": ["role"],
                "properties": {"role": {"enum": ["user", "system"]}, "content": {"type": "string"}},
            },
            "Answer": {"type": "object", "properties": {"text": {"type": "string"}}},
        }
    },
}
ASK = ("components", "schemas", "Ask", "properties")
CHAT = ("paths", "/v1/chat/completions", "post")


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The right document with one value replaced."""
    document = copy.deepcopy(RIGHT)
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = to
    return document


def found(data: dict[str, Any]) -> list[Problem]:
    return lint(Document("acme", Path("acme.yaml"), data, "/v1"))


def test_a_right_document_is_quiet() -> None:
    """Nothing is made up."""
    assert found(RIGHT) == []


@pytest.mark.parametrize(
    ("rule", "error", "pointer", "document"),
    [
        ("openapi", True, "/info", changed("info", to={"title": "Acme"})),
        ("never", True, "/components/schemas/Ask/properties/n", changed(*ASK, "n", to={"type": "integer", "minimum": 5, "maximum": 1})),
        ("never", True, "/components/schemas/Ask/properties/n/enum", changed(*ASK, "n", to={"type": "integer", "enum": ["one"]})),
        (
            "never",
            True,
            "/components/schemas/Ask/properties/n/allOf/1",
            changed(*ASK, "n", to={"allOf": [{"type": "string"}, {"type": "integer"}]}),
        ),
        (
            "never",
            True,
            "/components/schemas/Ask/properties/o/required/0",
            changed(*ASK, "o", to={"type": "object", "required": ["x"], "properties": {}, "additionalProperties": False}),
        ),
        (
            "required",
            False,
            "/components/schemas/Ask/properties/o/required/0",
            changed(*ASK, "o", to={"type": "object", "required": ["x"], "properties": {"y": {"type": "string"}}}),
        ),
        (
            "contradiction",
            False,
            "/components/schemas/Ask/properties/n/enum",
            changed(*ASK, "n", to={"type": "string", "enum": ["a", 1]}),
        ),
        ("example", True, "/components/schemas/Ask/properties/n/default", changed(*ASK, "n", to={"type": "integer", "default": "1"})),
        (
            "example",
            True,
            "/paths/~1v1~1chat~1completions/post/requestBody/content/application~1json/example",
            changed(*CHAT, "requestBody", "content", "application/json", "example", to={"messages": [{"role": "bot"}]}),
        ),
        (
            "undeclared",
            False,
            "/paths/~1v1~1chat~1completions/post/requestBody/content/application~1json/example",
            changed(*CHAT, "requestBody", "content", "application/json", "example", to={"messages": [], "thread": "t1"}),
        ),
        (
            "undeclared",
            False,
            "/paths/~1v1~1chat~1completions/post/description",
            changed(*CHAT, "description", to="To go on, pass `thread_id`, which the answer gives."),
        ),
        (
            "undeclared",
            False,
            "/paths/~1v1~1chat~1completions/post/description",
            changed(*CHAT, "description", to="If `thread` is omitted, nothing is kept."),
        ),
        (
            "undeclared-limit",
            False,
            "/components/schemas/Ask/properties/floor/description",
            changed(*ASK, "floor", to={"type": "number", "description": "The least probability. Must be in [0, 1]."}),
        ),
        (
            "undeclared-limit",
            False,
            "/components/schemas/Ask/properties/stop/description",
            changed(*ASK, "stop", to={"type": "array", "items": {"type": "string"}, "description": "Up to 4 sequences."}),
        ),
        (
            "stream",
            False,
            "/paths/~1v1~1chat~1completions/post",
            changed(*CHAT, "responses", "200", "content", to={"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}),
        ),
        (
            "empty-response",
            False,
            "/paths/~1v1~1chat~1completions/post/responses/200/content/application~1json/schema",
            changed(*CHAT, "responses", "200", "content", "application/json", to={"schema": {"type": "object", "additionalProperties": True}}),
        ),
        ("schema", False, "/components/schemas/Ask/properties/n/pattern", changed(*ASK, "n", to={"type": "string", "pattern": "("})),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is(rule: str, error: bool, pointer: str, document: dict[str, Any]) -> None:
    """By rule, place and weight; and every rule has a meaning."""
    problems = found(document)
    assert (rule, pointer, error) in [(each.rule, each.pointer, each.error) for each in problems], problems
    assert {each.rule for each in problems} <= RULES.keys()


def test_the_parts_of_an_all_of_describe_one_object() -> None:
    """What one part requires, another may describe."""
    whole = {
        "allOf": [{"type": "object", "properties": {"x": {"type": "string"}}}, {"required": ["x"], "properties": {}}]
    }
    assert found(changed(*ASK, "o", to=whole)) == []


def test_a_problem_has_its_line(tmp_path: Path) -> None:
    """In YAML, where lines mean something."""
    file = tmp_path / "acme.yaml"
    data = changed(*ASK, "n", to={"type": "integer", "minimum": 5, "maximum": 1})
    file.write_text(yaml.safe_dump(data, sort_keys=False))
    _, problems = lint_file(file)
    lines = file.read_text().splitlines()
    assert [lines[each.line - 1].strip() for each in problems] == ["n:"]


@pytest.mark.parametrize("name", ["openai", "telnyx"])
def test_our_own_contracts_have_no_errors(name: str) -> None:
    """They are what everything is judged by."""
    _, problems = lint_file(name)
    assert [each for each in problems if each.error] == []
