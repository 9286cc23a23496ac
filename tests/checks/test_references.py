"""Texts of the suite that say "see REQUIREMENT" name one that exists, and name it as data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance
from conformance.checks.language import Inconclusive, NotApplicable, premise
from conformance.checks.response_parts import StreamRule
from conformance.contract import load_registry
from conformance.verdict import Reason

PACKAGE = Path(conformance.__file__).parent
# What is passed on: the parameter of the function around it, or a name that stands for an id and is tested below.
PASSED_ON = {"see", "contract", "faults[0].rule.requirement", "feature.answered"}
_SURFACES = "|".join({area.partition(".")[0] for area in load_registry().areas})
_BY_HAND = re.compile(rf"\bsee(?: (?:{_SURFACES})\.[a-z]|$)")


def nodes(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a kind in the package, with its place."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield f"{file.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}", node


def references() -> Iterator[tuple[str, ast.expr]]:
    """Every value that is given as `see`."""
    for place, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        yield from ((place, word.value) for word in node.keywords if word.arg == "see")


def test_every_reference_is_a_requirement() -> None:
    """A premise that is not met names the requirement to read instead."""
    registry = load_registry()
    literal = [(place, node.value) for place, node in references() if isinstance(node, ast.Constant)]
    assert len(literal) > 80
    assert not [f"{place}: {id}" for place, id in literal if id not in registry]
    others = {ast.unparse(node) for _, node in references() if not isinstance(node, ast.Constant)}
    assert others <= PASSED_ON, f"only literal ids can be tested: {others - PASSED_ON}"


def test_the_references_that_are_made_are_requirements() -> None:
    """The rules of a stream, and the spellings of a JSON schema."""
    registry = load_registry()
    assert {rule.requirement for rule in StreamRule} <= set(registry)
    assert {"responses.text-format", "chat.tools.strict"} <= set(registry)


def test_no_text_refers_to_a_requirement_by_hand() -> None:
    """Only `see=` is tested, so only it may be used."""
    by_hand = [
        f"{place}: {node.value}"
        for place, node in nodes(ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
        if _BY_HAND.search(node.value.strip())
    ]
    assert [text.partition(":")[0] for text in by_hand] == ["reply/referring.py"], by_hand


def test_a_reference_is_shown_at_the_end_of_the_detail() -> None:
    """As a reader of a report meets it."""
    with pytest.raises(Inconclusive) as unmet:
        premise(False, "there are not two choices", see="chat.n.count")
    assert unmet.value.reason is Reason.PREMISE_NOT_MET
    assert unmet.value.detail == "there are not two choices: see chat.n.count"
    assert (
        str(NotApplicable("no WebSocket", see="responses.socket.upgrade"))
        == "no WebSocket: see responses.socket.upgrade"
    )
    assert str(NotApplicable("no WebSocket")) == "no WebSocket"
