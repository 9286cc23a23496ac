"""The `generation` section of a profile: what is read, what is inherited, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.config.generation import Place
from conformance.config.profile import load_profile
from conformance.contract import SpecError

HEAD = "name: mine\ndescription: Mine.\n"


def own(folder: Path, text: str) -> str:
    file = folder / "mine.yaml"
    file.write_text(HEAD + text)
    return str(file)


@pytest.mark.parametrize("text", ["stop", "tools.function.strict", "messages.role=tool", "messages.content:array"])
def test_a_place_is_a_property_a_value_or_a_type(text: str) -> None:
    """And it is written as it was read."""
    assert str(Place.parse(text)) == text


@pytest.mark.parametrize("text", ["", "a..b", "a b", "a=", "a:b:c", "/a"])
def test_anything_else_is_no_place(text: str) -> None:
    """The message says how one is written."""
    with pytest.raises(ValueError, match=r"write a\.b"):
        Place.parse(text)


def test_a_profile_without_a_generation_has_that_of_openai(tmp_path: Path) -> None:
    """So that bodies for a user's own endpoint are as small, too."""
    assert load_profile(own(tmp_path, "")).generation == load_profile("openai").generation


def test_pins_win_over_inherited_ones_and_drops_add_to_them(tmp_path: Path) -> None:
    """A profile need only say what is different."""
    text = "generation:\n  chat:\n    drop: [stop]\n    pins:\n      max_tokens: {maximum: 3}\n"
    mine, openai = load_profile(own(tmp_path, text)).generation["chat"], load_profile("openai").generation["chat"]
    assert mine.drop == (*openai.drop, Place(("stop",)))
    assert mine.pins["max_tokens"] == {"maximum": 3}
    assert mine.pins["temperature"] == openai.pins["temperature"]
    assert mine.only_with == openai.only_with


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("generation: {fly: {}}\n", 3, "unknown field 'fly'"),
        ("generation:\n  chat: {keep: [a]}\n", 4, "unknown field 'keep'"),
        ("generation:\n  chat:\n    drop:\n      - a/b\n", 6, "'a/b' is no place"),
        ("generation:\n  chat:\n    only_with:\n      wings: [a]\n", 6, "unknown field 'wings'"),
        ("generation:\n  chat:\n    pins:\n      stop: {maxSize: 1}\n", 6, "unknown field 'maxSize' in the pin 'stop'"),
        ("generation:\n  chat:\n    pins:\n      a/b: {minimum: 1}\n", 6, "'a/b' is no path"),
        ("generation:\n  chat:\n    pins: [stop]\n", 5, "'pins' must map"),
    ],
)
def test_a_slip_is_refused_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    """An unknown field, operation, feature, keyword or path is no silent loss."""
    with pytest.raises(SpecError) as caught:
        load_profile(own(tmp_path, text))
    assert caught.value.line == line
    assert says in caught.value.message
