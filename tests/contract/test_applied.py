"""Documents whose schemas multiply are refused; those that repeat a part or two, or refer to themselves, are not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import SpecError, load_document
from conformance.contract.lint import lint_file

REF = "#/components/schemas/"


def document(file: Path, schemas: dict[str, Any]) -> Path:
    """A file with these components."""
    file.write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "paths": {},
                "components": {"schemas": schemas},
            }
        )
    )
    return file


def doubling(levels: int, keyword: str = "allOf") -> dict[str, Any]:
    """Schemas each of which holds a value to the one below it twice."""
    return {"S0": {"type": "object"}} | {
        f"S{n}": {keyword: [{"$ref": f"{REF}S{n - 1}"}] * 2} for n in range(1, levels + 1)
    }


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_parts_that_multiply_are_refused(tmp_path: Path, keyword: str) -> None:
    """Two to the fortieth validations of one value; said with the place, and soon."""
    file = document(tmp_path / "mine.json", doubling(40, keyword))
    started = time.process_time()
    with pytest.raises(SpecError, match=r"/components/schemas/S\d+ holds one value to more than 10,000 schemas"):
        load_document(file)
    assert time.process_time() - started < 2


def test_a_long_way_to_a_schema_is_refused(tmp_path: Path) -> None:
    """References of references, as deep as a validator would have to recurse."""
    chain = {"S0": {"type": "object"}} | {f"S{n}": {"allOf": [{"$ref": f"{REF}S{n - 1}"}]} for n in range(1, 2_000)}
    with pytest.raises(SpecError, match="too many schemas of the same value"):
        load_document(document(tmp_path / "mine.json", chain))


def test_circles_of_which_each_way_would_be_tried_are_refused(tmp_path: Path) -> None:
    """Sixteen schemas, each of which is any of all others."""
    names = [f"S{n}" for n in range(16)]
    knot = {name: {"anyOf": [{"$ref": f"{REF}{other}"} for other in names if other != name]} for name in names}
    with pytest.raises(SpecError, match="/components/schemas/S"):
        load_document(document(tmp_path / "mine.json", knot))


def test_a_union_whose_members_extend_it_is_usual(tmp_path: Path) -> None:
    """`Pet` is one of `Cat` and `Dog`, and each of them has all of `Pet`: wrong in theory, and in many documents."""
    pets: dict[str, Any] = {"Pet": {"type": "object", "oneOf": [{"$ref": f"{REF}Cat"}, {"$ref": f"{REF}Dog"}]}}
    pets |= {name: {"allOf": [{"$ref": f"{REF}Pet"}, {"required": ["name"]}]} for name in ("Cat", "Dog")}
    assert load_document(document(tmp_path / "mine.json", pets)).data["components"]["schemas"] == pets


def test_linting_visits_each_part_once(tmp_path: Path) -> None:
    """Twelve levels are few enough to be loaded, and were many to be followed again and again."""
    started = time.process_time()
    lint_file(document(tmp_path / "mine.json", doubling(11)))
    assert time.process_time() - started < 5
