"""Generated right bodies: right by every contract, small, bounded, different, and the same again."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.generated.cases import contracts_of, valid_bodies
from conformance.checks.generated.positive import canonical, generate, marks, spread
from conformance.checks.generated.repair import repair
from conformance.config.depth import Depth
from conformance.config.profile import load_profile, profile_names
from conformance.contract import load_schemas


@pytest.mark.parametrize("name", profile_names())
def test_every_body_is_right_bounded_and_cheap(name: str) -> None:
    """By OpenAI's document, by its own repair, and in what it can cost."""
    bodies = valid_bodies(load_profile(name), "the-model")
    assert len(bodies) == Depth.QUICK.valid == len({canonical(body) for body in bodies})
    assert [len(canonical(body)) for body in bodies] == sorted(len(canonical(body)) for body in bodies)
    for body in bodies:
        assert load_schemas("openai").errors("CreateChatCompletionRequest", body) == []
        assert repair(body) == body
        assert body["model"] == "the-model"
        assert 1 <= body["max_tokens"] <= 8
        assert body.get("n", 1) <= 2
        assert not body.get("stream")
        assert len(canonical(body)) < 2_500
        assert any(message["role"] == "user" and message["content"] for message in body["messages"])


def test_the_bodies_show_most_of_what_is_promised() -> None:
    """Each promised parameter is in some body, and so are text parts and a history."""
    bodies = valid_bodies(load_profile("openai"), "m")
    assert set().union(*bodies) == {"model", "messages", "max_tokens", "temperature", "top_p", "stop", "stream"}
    seen = {mark for body in bodies for mark in marks(body)}
    assert "/messages/*/role str assistant False" in seen
    assert any(mark.startswith("/messages/*/content/*/text") for mark in seen)
    assert any(mark.startswith("/stop/*") for mark in seen)


def test_the_same_seed_gives_the_same_bodies_whatever_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis would draw from the constants of any local module that happens to be loaded."""
    schema = contracts_of(load_profile("openai"), "m").narrowed.schema
    first = generate(schema, 40, seed=1)
    source = tmp_path / "loaded_meanwhile.py"
    source.write_text("TEXTS = ['zebra', 'Quagga']\nNUMBERS = [3, 5, 7]\n")
    module = types.ModuleType("loaded_meanwhile")
    module.__file__ = str(source)
    monkeypatch.setitem(sys.modules, "loaded_meanwhile", module)
    assert generate(schema, 40, seed=1) == first
    assert generate(schema, 40, seed=2) != first


def test_nothing_is_left_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite is run wherever its user happens to be."""
    monkeypatch.chdir(tmp_path)
    generate({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, 5, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_the_most_telling_bodies_are_kept() -> None:
    """The smallest first, and no near-twin while something new is left."""
    bodies: list[dict[str, Any]] = [{"a": 1}, {"a": 2}, {"a": 3, "b": [1]}, {"a": 4, "b": [2]}, {"c": True}]
    assert spread(bodies, 3) == [{"a": 1}, {"a": 3, "b": [1]}, {"c": True}]
