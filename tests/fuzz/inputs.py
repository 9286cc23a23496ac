"""Inputs that are nearly right: a good document with a few values changed, and a good file with a few bytes changed.

`FUZZ_EXAMPLES` says how many examples each test tries: the tests' few are the same ones every time, so that they pass
or fail for everybody; more of them (`nox -s fuzz`) are drawn anew each time.
"""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUICK = 50
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", QUICK))

fuzz = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= QUICK,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Texts that a reader may take for something else: numbers, dates, marks of YAML, markup, escapes, halves of characters.
AWKWARD = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e999",
        "null",
        "~",
        "2026-13-45",
        "sk-x",
        "\x00",
        "\x1b[2J",
        "<script>",
        "\ud800",
        "[DONE]",
    ),
    *("application/json", "text/event-stream; charset=x", "gzip", "br", "https://[::1", "//", "POST", "\r\n\r\n"),
    *("&a [*a]", "!!python/object:os.system", "%00", "{x}", "**", "é\u2028\u202e", "9" * 400),
)
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(AWKWARD))
NUMBERS = st.one_of(
    st.integers(-3, 1000),
    st.sampled_from([2**31, 2**53 + 1, -(2**63), 2**64, 10**40, 200, 429, 599, 1000]),
    st.floats(),
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value in the data, but not to the whole."""
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [way for key, value in steps for way in ((*at, key), *_places(value, (*at, key)))]


def _changed(draw: st.DrawFn, data: Any) -> Any:
    """The data with one value replaced, taken out, put twice, or put under another name."""
    places = _places(data)
    if not places:
        return draw(ANYTHING)
    *way, last = draw(st.sampled_from(places))
    holder = data
    for step in way:
        holder = holder[step]
    match draw(st.sampled_from(["replace", "replace", "remove", "again", "rename"])):
        case "replace":
            holder[last] = draw(ANYTHING)
        case "remove":
            del holder[last]
        case "again" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        case "again":
            holder[draw(TEXTS)] = copy.deepcopy(holder[last])
        case _ if isinstance(holder, dict):
            holder[draw(TEXTS)] = holder.pop(last)
    return data


@st.composite
def near(draw: st.DrawFn, *documents: Any) -> Any:
    """One of the documents (JSON data) with up to four changes."""
    data = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(0, 4))):
        data = _changed(draw, data)
    return data


@st.composite
def damaged(draw: st.DrawFn, *files: bytes) -> bytes:
    """One of the files with up to four stretches of bytes replaced, taken out or put twice, or its end cut off."""
    data = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        middle = draw(st.one_of(st.binary(max_size=6), st.just(data[start:end] * 2), st.sampled_from(MARKS)))
        data = data[:start] + middle + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 4)) == 0 else data


MARKS = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\n",
    b"\r",
    b"\t",
    b"{",
    b"[" * 300,
    b"]",
    b'"',
    b"\\u",
    b"\\ud800",
    b"- ",
)
MARKS += (
    b": ",
    b"&a",
    b"*a",
    b"!!binary x",
    b"\n---\n",
    b"<<: *a",
    b"\x1f\x8b",
    b"1e999",
    b"NaN",
    b"\xef\xbb\xbf",
    b"#",
)


def as_json(data: Any) -> bytes:
    """The data as JSON, which is YAML, too; what JSON has no word for (NaN) as Python writes it."""
    return json.dumps(data).encode()
