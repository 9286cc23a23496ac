"""The run file: what was written is read again, whatever happened to the writer."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.record import (
    Footer,
    Header,
    Run,
    RunFileError,
    RunTarget,
    RunWriter,
    Truncated,
    exchange_from_dict,
    exchange_to_dict,
    iter_run,
    read_run,
)
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Attempt, Exchange, Failure, FailureKind, Redactor, Request, Timing, decode

KEY = "sk-test-0123456789"
HEADER = Header(
    suite_name="openai-conformance",
    suite_version="0.1.0",
    target=RunTarget("http://127.0.0.1:8000/v1", "m", "openai", ("openai", "vllm")),
    started="2026-01-31T12:00:00Z",
    settings={"concurrency": 4, "only": ["chat"]},
    notes=("a note",),
)
FOOTER = Footer("2026-01-31T12:01:00Z", summary={"requests": 3, "by_outcome": {"pass": 1}})
PASS = Verdict("chat.stop.excluded", Level.MUST, Outcome.PASS, "json", exchanges=("x1",), seen=1)
FAIL = Verdict(
    "chat.stop.excluded",
    Level.MUST,
    Outcome.FAIL,
    "sse",
    detail="it came\u2028back \ud800",
    findings=(Finding("no 5", "a 5", "/choices/0", "x1", "stop"),),
)
OPEN = Verdict("chat.n.count", Level.SHOULD, Outcome.INCONCLUSIVE, reason=Reason.RATE_LIMITED)


def exchange(id_: str = "x1", **fields: Any) -> Exchange:
    return Exchange(id_, Request("POST", "http://h/v1", (("content-type", "application/json"),), b"{}"), **fields)


def write(path: Path, *records: Any, redactor: Redactor | None = None) -> Path:
    """A run file of these records, each by the method for its kind."""
    with RunWriter(path, redactor or Redactor()) as writer:
        for record in records:
            {Header: writer.header, Exchange: writer.exchange, Verdict: writer.verdict, Footer: writer.footer}[
                type(record)
            ](record)
    return path


# Exchanges

NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
ANY_TEXT = st.text(st.characters(), max_size=12)  # with lone surrogates
PAIRS = st.lists(
    st.tuples(NAMES.map("h-{}".format), st.text(st.characters(max_codepoint=255), max_size=8)), max_size=4
).map(tuple)
BODIES = st.one_of(
    st.binary(max_size=30),
    st.text(max_size=20).map(str.encode),
    st.lists(
        st.sampled_from([b"data: a\n", b"\n", b": c\r\n", b"\r", b"id: 1\n", b"data:\xff\n", b"\xef\xbb\xbf"])
    ).map(b"".join),
)
MOMENTS = st.none() | st.floats(0, 1e6)
FAILURES = st.none() | st.builds(Failure, st.sampled_from(FailureKind), ANY_TEXT)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    body = draw(BODIES)
    times = draw(st.lists(st.floats(0, 1e6), min_size=40, max_size=40))
    return Exchange(
        id=draw(ANY_TEXT),
        request=Request(draw(NAMES), draw(ANY_TEXT), draw(PAIRS), draw(BODIES)),
        probe=draw(ANY_TEXT),
        status=draw(st.none() | st.integers(100, 999)),
        http_version=draw(st.sampled_from(["", "HTTP/1.0", "HTTP/1.1"])),
        headers=draw(PAIRS),
        body=body,
        timing=Timing(draw(MOMENTS), draw(MOMENTS), draw(MOMENTS)),
        events=decode(body, times) if draw(st.booleans()) else (),
        failure=draw(FAILURES),
        attempts=tuple(
            draw(
                st.lists(
                    st.builds(Attempt, st.none() | st.integers(100, 599), FAILURES, st.floats(0, 60), PAIRS), max_size=2
                )
            )
        ),
        stopped=draw(st.booleans()),
    )


@given(exchanges())
def test_any_exchange_is_read_as_it_was_written(written: Exchange) -> None:
    """Exchange → line → exchange is the same, with bytes that are no text, odd headers and lone surrogates."""
    line = json.dumps(exchange_to_dict(written), allow_nan=False)
    assert exchange_from_dict(json.loads(line)) == written


def test_the_line_is_the_documented_one(tmp_path: Path) -> None:
    """The shape of an exchange line is that of docs/architecture.md."""
    body = b"data: 1\n\n"
    written = exchange(
        probe="p",
        status=200,
        http_version="HTTP/1.1",
        headers=(("content-type", "text/event-stream"),),
        body=body,
        timing=Timing(1.0, 2.0, 3.0),
        events=decode(body, [2.5]),
        failure=Failure(FailureKind.CUT_OFF, "lost"),
        attempts=(Attempt(429, None, 1.0, (("retry-after", "1"),)), Attempt(None, None, 0.5)),
    )
    path = write(tmp_path / "run.ndjson", HEADER, written)
    assert json.loads(path.read_text().splitlines()[1]) == {
        "kind": "exchange",
        "id": "x1",
        "probe": "p",
        "request": {
            "method": "POST",
            "url": "http://h/v1",
            "headers": [["content-type", "application/json"]],
            "body": "{}",
        },
        "status": 200,
        "http_version": "HTTP/1.1",
        "headers": [["content-type", "text/event-stream"]],
        "body": "data: 1\n\n",
        "timing": {"headers_ms": 1.0, "first_byte_ms": 2.0, "last_byte_ms": 3.0},
        "event_ms": [2.5],
        "failure": {"kind": "cut-off", "message": "lost"},
        "attempts": [
            {"status": 429, "failure": None, "waited_s": 1.0, "headers": [["retry-after", "1"]]},
            {"status": None, "failure": None, "waited_s": 0.5},
        ],
        "stopped": False,
    }
    assert exchange_to_dict(exchange(body=b"\xff"))["body_base64"] == "/w=="


# Whole runs


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Header, exchanges, raw verdicts and footer come back equal and in order; the run is complete."""
    path = write(tmp_path / "new" / "run.ndjson", HEADER, exchange(), PASS, exchange("x2"), FAIL, OPEN, FOOTER)
    run = read_run(path)
    assert run == Run(HEADER, {"x1": exchange(), "x2": exchange("x2")}, (PASS, FAIL, OPEN), FOOTER)
    assert (run.complete, run.interrupted) == (True, False)
    assert list(iter_run(path)) == [HEADER, exchange(), PASS, exchange("x2"), FAIL, OPEN, FOOTER]


def test_each_record_is_on_disk_at_once(tmp_path: Path) -> None:
    """A reader next to the writer sees every record that was written: nothing waits in a buffer."""
    writer = RunWriter(tmp_path / "run.ndjson", Redactor())
    writer.header(HEADER)
    writer.exchange(exchange())
    assert list(iter_run(writer.path)) == [HEADER, exchange()]
    writer.close()
    writer.close()


def test_a_run_without_footer_is_incomplete(tmp_path: Path) -> None:
    """No footer: readable, incomplete, and counted as interrupted."""
    run = read_run(write(tmp_path / "run.ndjson", HEADER, exchange()))
    assert (run.footer, run.complete, run.interrupted) == (None, False, True)


@pytest.mark.parametrize(("complete", "interrupted"), [(True, True), (False, True), (False, False)])
def test_the_footer_says_how_it_ended(complete: bool, interrupted: bool, tmp_path: Path) -> None:
    """`complete` and `interrupted` are the footer's word."""
    footer = replace(FOOTER, complete=complete, interrupted=interrupted)
    run = read_run(write(tmp_path / "run.ndjson", HEADER, footer))
    assert (run.complete, run.interrupted) == (complete, interrupted)


def test_a_killed_writer_leaves_a_readable_run(tmp_path: Path) -> None:
    """Cut anywhere after the header, the file is read up to its last whole record, and never called complete."""
    path = write(tmp_path / "run.ndjson", HEADER, exchange(), PASS, FOOTER)
    whole = path.read_bytes()
    records = [HEADER, exchange(), PASS, FOOTER]
    ends = [n for n, byte in enumerate(whole) if byte == 10]
    for cut in range(ends[0] + 1, len(whole)):
        path.write_bytes(whole[:cut])
        run = read_run(path)
        expected = records[: sum(end <= cut for end in ends)]  # a record is whole without its line's end
        assert [run.header, *run.exchanges.values(), *run.verdicts, *([run.footer] if run.footer else [])] == expected
        assert run.complete == (cut >= ends[-1])
        assert run.truncated == (whole[cut - 1 : cut] != b"\n" and cut not in ends)


def test_a_cut_off_line_is_told_in_its_place(tmp_path: Path) -> None:
    """Reading record by record, the cut-off line comes last, with its number."""
    path = write(tmp_path / "run.ndjson", HEADER, PASS)
    path.write_bytes(path.read_bytes()[:-5])
    assert list(iter_run(path)) == [HEADER, Truncated(2)]


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        ([b""], 0, "empty"),
        ([b'{"kind": "head'], 1, "before its header"),
        (["header", b"{oops}\n", "verdict"], 2, "not a record"),
        (["header", b"[]\n", "verdict"], 2, "not a JSON object"),
        (["header", b'{"kind": "other"}\n'], 2, "unknown kind 'other'"),
        (["header", b'{"kind": ["header"]}\n'], 2, "unknown kind"),
        (["header", b'{"kind": "exchange", "id": "x"}\n'], 2, "'body' is missing"),
        (["header", b'{"kind": "verdict", "requirement": "a", "level": "MUST", "outcome": "odd"}\n'], 2, "odd"),
        (["header", b"[" * 100_000 + b"\n"], 2, "not a record"),
        (["header", b"\xff\n"], 2, "not a record"),
        (["verdict"], 1, "exactly one header"),
        (["header", "header"], 2, "exactly one header"),
        (["header", "footer", "verdict"], 3, "follow the footer"),
        (["header", "exchange", "exchange"], 3, "'x1' is there twice"),
        ([b'{"kind": "header", "format": 2}\n'], 1, "format 2"),
        ([b"<html>\n"], 1, "not a record"),
    ],
)
def test_a_damaged_file_is_said_with_its_line(
    lines: list[str | bytes], line: int, message: str, tmp_path: Path
) -> None:
    """Damage that no kill explains is an error that names file, line and reason."""
    good = write(tmp_path / "good.ndjson", HEADER, exchange(), PASS, FOOTER).read_bytes().splitlines(keepends=True)
    named = dict(zip(("header", "exchange", "verdict", "footer"), good, strict=True))
    path = tmp_path / "run.ndjson"
    path.write_bytes(b"".join(named[part] if isinstance(part, str) else part for part in lines))
    with pytest.raises(RunFileError, match=message) as raised:
        read_run(path)
    assert (raised.value.path, raised.value.line) == (path, line)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """No file, or a folder: an error of ours with its path, not a traceback of Python's."""
    with pytest.raises(RunFileError, match="cannot be read"):
        read_run(tmp_path / "none.ndjson")
    with pytest.raises(RunFileError, match="cannot be read"):
        read_run(tmp_path)


# The writer


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    """An existing file is left alone."""
    path = write(tmp_path / "run.ndjson", HEADER)
    before = path.read_bytes()
    with pytest.raises(RunFileError, match="exists already"):
        RunWriter(path, Redactor())
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A path below a file cannot be made."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError, match="cannot be created"):
        RunWriter(tmp_path / "file" / "run.ndjson", Redactor())


@pytest.mark.parametrize("order", [(PASS,), (FOOTER,), (HEADER, HEADER), (HEADER, FOOTER, PASS)])
def test_records_have_their_order(order: tuple[Any, ...], tmp_path: Path) -> None:
    """Header first, footer last; anything else is a mistake in our code."""
    with pytest.raises(RuntimeError, match="cannot be written now"):
        write(tmp_path / "run.ndjson", *order)


def test_many_threads_may_write(tmp_path: Path) -> None:
    """Lines of several threads never mix."""
    with RunWriter(tmp_path / "run.ndjson", Redactor()) as writer:
        writer.header(HEADER)

        def work(name: str) -> None:
            for n in range(50):
                writer.exchange(exchange(f"{name}{n}", body=name.encode() * 5000))

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    run = read_run(writer.path)
    assert len(run.exchanges) == 200
    assert all(one.body == one.id[0].encode() * 5000 for one in run.exchanges.values())


def test_no_secret_gets_into_the_file(tmp_path: Path) -> None:
    """Not in a header, body, binary body, URL, finding, setting or note; and the run is read without damage."""
    body = b'data: {"echo": "' + KEY.encode() + b'"}\n\ndata: 2\n\n'
    leaky = [
        replace(
            HEADER, target=replace(HEADER.target, url=f"http://u:{KEY}@h/v1?key=abc"), notes=(KEY,), settings={KEY: KEY}
        ),
        exchange(
            status=401,
            headers=(("content-type", "text/event-stream"), ("x-echo", KEY), ("set-cookie", "session=1")),
            body=body,
            events=decode(body, [1.0, 2.0]),
        ),
        replace(exchange("x2", body=b"\xff" + KEY.encode()), request=Request("GET", "/", (("authorization", KEY),))),
        replace(FAIL, detail=KEY, findings=(Finding(KEY, json.dumps(KEY)),)),
        replace(FOOTER, summary={"note": KEY}),
    ]
    path = write(tmp_path / "run.ndjson", *leaky, redactor=Redactor([KEY]))
    text = path.read_text()
    assert KEY not in text
    assert "session=1" not in text
    run = read_run(path)
    assert [event.data for event in run.exchanges["x1"].events] == ['{"echo": "[redacted]"}', "2"]
    assert [event.at_ms for event in run.exchanges["x1"].events] == [1.0, 2.0]
    assert run.exchanges["x2"].body == b"\xff[redacted]"
    assert run.header.target.url == "http://[redacted]@h/v1?key=[redacted]"


@settings(max_examples=50)
@given(st.lists(exchanges(), max_size=3, unique_by=lambda one: one.id))
def test_any_exchange_survives_writer_and_reader(tmp_path: Path, written: list[Exchange]) -> None:
    """Through the file, with a redactor that finds nothing but credentials of its own, exchanges stay as they were."""
    path = tmp_path / "run.ndjson"
    path.unlink(missing_ok=True)
    plain = [replace(one, request=replace(one.request, url="http://h/v1")) for one in written]
    write(path, HEADER, *plain, redactor=Redactor(["zq\N{SNOWMAN}" * 20]))
    assert list(read_run(path).exchanges.values()) == plain


def test_a_file_has_one_writer_at_a_time(tmp_path: Path) -> None:
    """Also before and after the file that was written next to it takes its place; afterwards the next may write."""
    path = tmp_path / "run.ndjson"
    with RunWriter(path, Redactor()) as first:
        first.header(HEADER)
        with pytest.raises(RunFileError, match="another run is writing"):
            RunWriter(path, Redactor(), beside=True)
    with RunWriter(path, Redactor(), beside=True) as second:
        second.header(HEADER)
        with pytest.raises(RunFileError, match="another run is writing"):
            RunWriter(path, Redactor(), beside=True)
        second.take_place()
        with pytest.raises(RunFileError, match="another run is writing"):
            RunWriter(path, Redactor(), beside=True)
        second.footer(FOOTER)
    assert read_run(path).complete
    with RunWriter(path, Redactor(), beside=True) as third:
        third.header(HEADER)
        third.take_place()
    assert read_run(path).header == HEADER


def test_what_a_killed_run_had_begun_beside_the_file_is_dropped(tmp_path: Path) -> None:
    """The new file starts empty."""
    path = tmp_path / "run.ndjson"
    (tmp_path / ".run.ndjson.new").write_text("half a line")
    with RunWriter(path, Redactor(), beside=True) as writer:
        writer.header(HEADER)
        writer.take_place()
    assert read_run(path).header == HEADER
