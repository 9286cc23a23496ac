"""Recordings of every kind are read as the exchanges they were."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.record import Header, RunTarget, RunWriter
from conformance.recordings import Found, RecordingError, Skipped, read_recording
from conformance.wire import Exchange, Fact, Redactor, Request
from tests.recordings import samples


def read(path: Path, text: str | bytes) -> list[Any]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_recording(path))


def exchanges(found: list[Any]) -> list[Exchange]:
    return [each.exchange for each in found if isinstance(each, Found)]


def test_an_archive_is_read(tmp_path: Path) -> None:
    """HAR: plain and base64 bodies, event streams, refusals; what was aborted or is not of the API is set aside."""
    found = read(tmp_path / "a.har", json.dumps(samples.har()))
    plain, coded, stream, refusal, forgotten = exchanges(found)
    assert json.loads(plain.body) == json.loads(coded.body) == samples.COMPLETION
    assert plain.request.json == samples.REQUEST
    assert plain.header("x-request-id") == "req_1"
    assert plain.timing.last_byte_ms == 12.5
    assert [event.data for event in stream.events][-1] == "[DONE]"
    assert stream.text == samples.STREAM
    assert refusal.status == 400
    assert forgotten.lost == {Fact.BODY}
    assert [each.reason.split(":")[0] for each in found if isinstance(each, Skipped)] == [
        "no response",
        "not a request to an operation of the API",
    ]


LAUGHS = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9 if n else [b"x"])) for n in range(9))
"""Aliases of aliases: some nine to the eighth values in a few hundred bytes."""


@pytest.mark.parametrize("dump", [json.dumps, lambda data: json.dumps(data, indent=2)], ids=["one line", "indented"])
def test_the_layout_of_json_does_not_matter(tmp_path: Path, dump: Any) -> None:
    """An archive on one line is the archive on many."""
    assert len(exchanges(read(tmp_path / "noname", dump(samples.har())))) == 5


def test_cassettes_are_read_in_yaml(tmp_path: Path) -> None:
    """VCR: bodies as text, bytes, gzip, base64, parsed data; headers as lists or single values; two names for the URL."""
    found = exchanges(read(tmp_path / "c.yaml", yaml.safe_dump(samples.vcr())))
    assert len(found) == len(samples.vcr()["interactions"])
    *completions, stream, refusal, parsed, go = found
    for each in (*completions, parsed, go):
        assert json.loads(each.body) == samples.COMPLETION, each.probe
        assert each.request.json == samples.REQUEST
        assert each.request.url == samples.URL
        assert each.header("content-type") == "application/json"
    assert stream.text == samples.STREAM
    assert len(stream.events) == 4
    assert refusal.status == 400
    assert parsed.lost == {Fact.TEXT}
    assert not completions[0].lost


def test_cassettes_are_read_in_json(tmp_path: Path) -> None:
    """Betamax: JSON with base64 of gzip, and text."""
    completion, stream = exchanges(read(tmp_path / "c.json", json.dumps(samples.betamax(), indent=1)))
    assert json.loads(completion.body) == samples.COMPLETION
    assert completion.request.json == samples.REQUEST
    assert stream.is_sse


def test_tags_of_other_languages_are_plain_data(tmp_path: Path) -> None:
    """A cassette with Ruby's and Python's own YAML tags, and a date that no calendar has, is read without building objects."""
    text = yaml.safe_dump({"interactions": [samples.vcr_interaction("BODY")]})
    text = text.replace("body: BODY", "body: !ruby/object:Net::ReadAdapter {string: !!python/unicode 'hi'}")
    text += "recorded_at: 2026-99-99\nobject: !!python/object/apply:os.system ['false']\n"
    assert [each.text for each in exchanges(read(tmp_path / "c.yml", text))] == ["hi"]


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_are_read(tmp_path: Path, packed: bool) -> None:
    """JSON lines, gzip or not: the operation of a body alone comes from its `endpoint`."""
    text = samples.lines().encode()
    plain, stream, refusal, alone = exchanges(read(tmp_path / "x", gzip.compress(text) if packed else text))
    assert json.loads(plain.body) == samples.COMPLETION
    assert stream.is_sse
    assert refusal.status == 400
    assert alone.request.url.endswith("/v1/chat/completions")
    assert alone.is_sse
    assert alone.lost == {Fact.REQUEST, Fact.HEADERS}


def test_our_own_runs_are_read(tmp_path: Path) -> None:
    """A run file gives its records, with what its exchanges had lost."""
    path = tmp_path / "run.ndjson"
    exchange = Exchange("x1", Request("POST", samples.URL), status=200, lost=frozenset({Fact.TEXT}))
    with RunWriter(path, Redactor()) as writer:
        writer.header(Header("suite", "1", RunTarget("u", "m", "openai", ("openai",)), "2026-01-01T00:00:00Z"))
        writer.exchange(exchange)
    assert list(read_recording(path))[1] == exchange


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"", "", "is empty"),
        (b"\n \n", "", "is empty"),
        (b"hello", "", "not a recording of a known kind"),
        (b"[1, 2]", "", "not a recording of a known kind"),
        (b'{"a": 1}', "", "not a recording of a known kind"),
        (b'{"log": {"entries": 3}}', "log entries", "is 3, where a recording has a list"),
        (b'{"log": {"entries": [{"response": {"status": 200}}]}}', "entry 1 request", "is missing"),
        (b'{"log":\n {"entries": [}}', "line 2", "is not JSON"),
        (b"interactions:\n- request: {\n", "line 3", "is not valid YAML"),
        (b"interactions:\n- request: [\n  a: &x *x", "", "is not valid YAML"),
        (b"interactions: " + b"[" * 300 + b"]" * 300, "line 1", "nested more than 200 levels"),
        (b"interactions: &a [*a]", "line 1", "contains itself"),
        (LAUGHS + b"interactions: [{request: {}, response: {headers: *a8}}]", "line 8", "write out to more than"),
        (LAUGHS + b"interactions: [{request: {}, response: {parsed_body: *a8}}]", "line 8", "write out to more than"),
        (b"\x1f\x8bnonsense", "", "damaged gzip"),
        (b'{"kind": "header"}\n', "line 1", "not a record of a run file"),
        (b'{"response_body": 1, "status": 200}', "line 1", "has neither `url_path` nor an `endpoint`"),
        (b'{"response_body": {}, "endpoint": "chat", "status": "no"}', "line 1 status", "an HTTP status"),
        (b'{"response_body": {}, "endpoint": "chat", "status": 200}\n{', "line 2", "is not JSON"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(tmp_path: Path, content: bytes, place: str, message: str) -> None:
    """Every broken file gives one sentence with file, place and reason."""
    with pytest.raises(RecordingError) as raised:
        read(tmp_path / "x", content)
    assert message in raised.value.message
    assert raised.value.place == place or (not place and raised.value.place.startswith("line"))
    assert str(tmp_path / "x") in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A wrong name is one sentence."""
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        list(read_recording(tmp_path / "none.har"))


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    """A compressed body is not unpacked beyond its bound."""
    from conformance.recordings import bodies

    bomb = gzip.compress(bytes(bodies.MAX_BODY_BYTES + 1))
    headers = {"content-encoding": ["gzip"]}
    cassette = {"interactions": [samples.vcr_interaction({"string": bomb}, headers)]}
    with pytest.raises(RecordingError, match="when it is decompressed"):
        read(tmp_path / "b.yaml", yaml.safe_dump(cassette))


@pytest.mark.parametrize(
    ("body", "judged"), [("a" * (8 << 20), True), ("a" * (8 << 20) + "a", False), ("data: 1\n\n" * 100_001, False)]
)
def test_larger_bodies_than_any_that_is_judged_are_left_out(tmp_path: Path, body: str, judged: bool) -> None:
    """And said to be."""
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"url_path": "/v1/chat/completions", "status": 200, "response_body": body}) + "\n")
    (found,) = read_recording(file)
    assert isinstance(found, Skipped) is not judged
    if isinstance(found, Skipped):
        assert "more than 8,388,608 bytes, or 100,000 events" in found.reason
