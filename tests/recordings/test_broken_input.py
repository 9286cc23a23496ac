"""Nothing in a file can make the reader or the judge fail otherwise than by saying so."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract import load_registry
from conformance.judging.foreign import judge_file
from conformance.recordings import RecordingError
from conformance.verdict import Outcome
from tests.recordings import samples

REGISTRY = load_registry()
SEEDS = {
    "har": json.dumps(samples.har()).encode(),
    "yaml": yaml.safe_dump(samples.vcr()).encode(),
    "betamax": json.dumps(samples.betamax(), indent=1).encode(),
    "lines": samples.lines().encode(),
    "gzip": gzip.compress(samples.lines().encode()),
}
PIECES = st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'""',
        b"-1",
        b"1e999",
        b"NaN",
        b'"\\ud800"',
        b"\xff",
        b"\0",
        b"[" * 300,
        b"\n",
        b": ",
        b"!!binary x",
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 40), PIECES), min_size=1, max_size=4)


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60)
@given(edits=EDITS)
def test_a_mutated_recording_is_judged_or_refused(
    name: str, edits: list[tuple[int, int, bytes]], tmp_path: Path
) -> None:
    """Any damage gives verdicts or a `RecordingError`, and no check of ours breaks on what is left."""
    content = SEEDS[name]
    for start, length, piece in edits:
        at = start % (len(content) + 1)
        content = content[:at] + piece + content[at + length :]
    path = tmp_path / "mutated"
    path.write_bytes(content)
    try:
        run = judge_file(path, REGISTRY)
    except RecordingError as error:
        assert str(path) in str(error)  # noqa: PT017 - either way out is right
        return
    assert [verdict.detail for verdict in run.verdicts if verdict.outcome is Outcome.ERROR] == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 700) | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(data=st.data(), value=VALUES)
def test_any_value_in_any_place_is_judged_or_refused(data: st.DataObject, value: object, tmp_path: Path) -> None:
    """A cassette in which any one value is replaced by any other is judged or refused."""
    cassette = copy.deepcopy(samples.vcr())  # the samples share their bodies
    node: object = cassette
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        key = data.draw(st.sampled_from(keys))
        child = node[key]  # type: ignore[index] # a dict or a list, both by their own keys
        if not (isinstance(child, dict | list) and child and data.draw(st.booleans())):
            node[key] = value  # type: ignore[index] # as above
            break
        node = child
    path = tmp_path / "cassette.yaml"
    path.write_text(yaml.safe_dump(cassette, allow_unicode=False), encoding="utf-8")
    try:
        run = judge_file(path, REGISTRY)
    except RecordingError:
        return
    assert [verdict.detail for verdict in run.verdicts if verdict.outcome is Outcome.ERROR] == []
