"""OpenAPI Overlay 1.0: targets, updates and removals, and the overlays that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.contract import SpecError
from conformance.contract.openapi import apply_overlay, load_overlay

HEAD = 'overlay: "1.0.0"\ninfo: {title: t, version: "1"}\nactions:\n'
DOCUMENT: dict[str, Any] = {
    "paths": {"/a": {"get": {"tags": ["x"]}, "post": {"tags": ["y"]}}, "/b": {"get": {"tags": []}}},
    "list": [{"name": "a", "n": 1}, {"name": "b", "n": 2}],
    "required": ["a", "b", "c", "b"],
    "text": "old",
}


def applied(folder: Path, action: str) -> dict[str, Any]:
    file = folder / "overlay.yaml"
    file.write_text(HEAD + action)
    return apply_overlay(DOCUMENT, load_overlay(file))


def action(target: str, what: str) -> str:
    return f'  - target: "{target}"\n    description: d\n    x-test: t\n    {what}\n'


def test_mappings_merge(tmp_path: Path) -> None:
    """An update of a mapping adds and replaces keys, deeply; the document given is not changed."""
    result = applied(tmp_path, action("$.paths['/a']", "update: {get: {tags: [z], id: g}}"))
    assert result["paths"]["/a"] == {"get": {"tags": ["x", "z"], "id": "g"}, "post": {"tags": ["y"]}}
    assert DOCUMENT["paths"]["/a"]["get"] == {"tags": ["x"]}


def test_a_list_grows_by_an_update(tmp_path: Path) -> None:
    """A single value is appended, a list is joined."""
    assert applied(tmp_path, action("$.required", "update: d"))["required"] == ["a", "b", "c", "b", "d"]
    assert applied(tmp_path, action("$.required", "update: [d, e]"))["required"][-2:] == ["d", "e"]


def test_a_plain_value_is_replaced(tmp_path: Path) -> None:
    """Also by a list."""
    assert applied(tmp_path, action("$.text", "update: [new]"))["text"] == ["new"]


def test_wildcards_reach_all(tmp_path: Path) -> None:
    """`.*` is every child; children that lack the next name are passed over."""
    result = applied(tmp_path, action("$.paths.*.*.tags", "update: w"))
    assert [
        result["paths"][path][method]["tags"][-1] for path, method in (("/a", "get"), ("/a", "post"), ("/b", "get"))
    ] == [
        "w",
        "w",
        "w",
    ]
    assert applied(tmp_path, action("$.paths[*].post", "remove: true"))["paths"]["/a"] == {"get": {"tags": ["x"]}}


def test_filters_select_list_items(tmp_path: Path) -> None:
    """By the item itself, all that match; or by a field of it."""
    assert applied(tmp_path, action("$.required[?@ == 'b']", "remove: true"))["required"] == ["a", "c"]
    result = applied(tmp_path, action("$.list[?@.name == 'b']", "update: {n: 3}"))
    assert result["list"] == [{"name": "a", "n": 1}, {"name": "b", "n": 3}]


def test_an_index_selects_one_item(tmp_path: Path) -> None:
    """Indices count from 0."""
    assert applied(tmp_path, action("$.list[0]", "remove: true"))["list"] == [{"name": "b", "n": 2}]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (action("$.gone", "remove: true"), 4, r"\$\.gone matches nothing; the document has changed"),
        (action("$..text", "remove: true"), 4, "not a supported JSONPath from 2 on"),
        (action("text", "remove: true"), 4, r"must begin with \$"),
        (action("$.text", "note: x"), 7, "unknown field 'note'"),
        ('  - target: "$.text"\n    description: d\n    remove: true\n', 4, "lacks 'x-test'"),
        ('  - target: "$.text"\n    x-test: t\n    remove: true\n', 4, "lacks 'description'"),
        (action("$.text", "remove: false"), 4, "either 'update' or 'remove: true'"),
    ],
)
def test_a_wrong_action_is_refused_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    """A stale or unreadable correction must not pass silently."""
    with pytest.raises(SpecError, match=message) as caught:
        applied(tmp_path, text)
    assert caught.value.line == line


def test_only_overlay_one_is_read(tmp_path: Path) -> None:
    """Another version may mean something else."""
    file = tmp_path / "overlay.yaml"
    file.write_text('overlay: "2.0.0"\ninfo: {}\nactions: []\n')
    with pytest.raises(SpecError, match=r"must be 1\.0\.x"):
        load_overlay(file)
