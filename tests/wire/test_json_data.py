"""JSON of others is read as clients read it, and not deeper than anybody needs."""

from __future__ import annotations

import math

import pytest

from conformance.wire.json_data import MAX_DEPTH, parse_json, unicode_only


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "bytes"])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"b":', "}]"), ("[1,", "]"), ('{"a":1,"b":', "}")]
)
def test_depth_is_bounded(opening: str, closing: str, encode: object) -> None:
    """200 levels are read, one more is refused, whatever they are made of and whatever stands beside."""
    assert callable(encode)
    levels = opening.count("[") + opening.count("{")
    middle = "[]" if opening.startswith("[") else "{}"
    deepest = MAX_DEPTH // levels
    inside = f"{opening * (deepest - 1)}{nested(levels)}{closing * (deepest - 1)}"
    assert parse_json(encode(inside))
    with pytest.raises(ValueError, match="nested deeper than 200 levels"):
        parse_json(encode(f"{opening * deepest}{middle}{closing * deepest}"))


def test_width_is_not_depth() -> None:
    """Thousands of brackets beside each other are no depth."""
    wide = [[], {}] * 1000
    assert parse_json(str(wide)) == wide


def test_what_only_python_reads_is_bounded_too() -> None:
    """NaN, and nesting that would overflow the reader itself."""
    assert math.isnan(parse_json("NaN"))
    with pytest.raises(ValueError, match="nested deeper than 200 levels"):
        parse_json("[NaN," + nested(100_000) + "]")


@pytest.mark.parametrize("text", ["", "{", "[1,]", "nul", b"\xff", b'"\xff"'])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    """A missing bracket is as wrong as bytes that are no text."""
    with pytest.raises(ValueError, match=r".+"):
        parse_json(text)


def test_what_the_official_client_reads_is_read() -> None:
    """A lone surrogate, UTF-16, and numbers of more than 64 bits."""
    assert parse_json('"\\ud800"') == "\ud800"
    assert parse_json('{"a": 1}'.encode("utf-16")) == {"a": 1}
    assert repr(parse_json("123456789012345678901234567890")) == "1.2345678901234568e+29"


def test_lone_surrogates_are_replaced_everywhere() -> None:
    """In texts, keys and lists; whole pairs and everything else stay."""
    data = {"a\ud800": ["\udfffb", {"\ud834\udd1e": "😀\udbff"}], "n": [1, None, True, 1.5, "\ud7ff\ue000"]}
    assert unicode_only(data) == {
        "a\ufffd": ["\ufffdb", {"\ufffd\ufffd": "😀\ufffd"}],
        "n": [1, None, True, 1.5, "\ud7ff\ue000"],
    }
