"""A realistic run, built from literals: a local server that is mostly right, in all outcomes, with streams."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from conformance.contract.requirement import Basis, ModelDependence, Requirement
from conformance.record import Footer, Header, Run, RunTarget
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Attempt, Exchange, Failure, FailureKind, Request, Timing, decode

URL = "http://127.0.0.1:8080/v1"
MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY
PASS, FAIL, WARN = Outcome.PASS, Outcome.FAIL, Outcome.WARN
INCONCLUSIVE, UNSUPPORTED = Outcome.INCONCLUSIVE, Outcome.UNSUPPORTED

# id, level, statement, impact, fix
_REQUIREMENTS = (
    ("http.json.content-type", MUST, "A JSON body is sent as application/json.", "", ""),
    ("http.request-id", SHOULD, "Every response carries x-request-id.",
     "A user who reports a failure has nothing to quote.", "Set x-request-id on every response, errors included."),
    ("http.unknown-path", MUST, "An unknown path is answered with 404.", "", ""),
    ("http.method", MUST, "A wrong method is answered with 405.", "", ""),
    ("models.list.shape", MUST, "GET /models returns a list of models.", "", ""),
    ("models.retrieve.unknown", MUST, "GET /models/{id} of an unknown model is answered with 404.", "", ""),
    ("chat.completion.schema", MUST, "The body of a completion is a CreateChatCompletionResponse.",
     "Typed clients fail to parse the answer.", "Send every field that the schema requires, null where it may be."),
    ("chat.completion.object", MUST, "object is chat.completion.", "", ""),
    ("chat.completion.finish-reason", MUST, "finish_reason is one of the documented values.",
     "An agent that switches on finish_reason never leaves its loop.", "Map the engine's own reasons to OpenAI's five."),
    ("chat.completion.id-unique", MUST, "Two completions have different ids.", "", ""),
    ("chat.usage.sums", MUST, "total_tokens is the sum of prompt and completion tokens.", "", ""),
    ("chat.usage.present", SHOULD, "A completion that is not streamed has usage.", "", ""),
    ("chat.stop.excluded", MUST, "The returned text does not contain the stop sequence.",
     "A client that splits on the sequence sees it twice.", "Hold back text that may be the beginning of a stop sequence."),
    ("chat.stop.array", MUST, "Any of up to four stop sequences ends the text.", "", ""),
    ("chat.stop.finish-reason", MUST, "A text that a stop sequence ended has finish_reason stop.", "", ""),
    ("chat.stop.split-over-chunks", MUST, "A stop sequence that falls across chunks is not returned.",
     "The caller shows half a marker to its user.", "Match on the decoded text, not on one token."),
    ("chat.limit.max-tokens", MUST, "No more than max_tokens tokens are generated.", "", ""),
    ("chat.limit.max-completion-tokens", MUST, "No more than max_completion_tokens tokens are generated.",
     "The caller pays for text it asked not to get.", "Read max_completion_tokens; max_tokens is its deprecated name."),
    ("chat.limit.finish-reason", MUST, "A text that the limit cut has finish_reason length.", "", ""),
    ("chat.stream.framing", MUST, "Every event is a data line followed by a blank line.", "", ""),
    ("chat.stream.chunk-schema", MUST, "Every chunk is a CreateChatCompletionStreamResponse.",
     "Typed clients fail in the middle of a stream.", "Send every field that the schema requires, in every chunk."),
    ("chat.stream.done", MUST, "The last event of a stream is [DONE].",
     "Clients wait for the end until their timeout.", "Send data: [DONE] after the last chunk, also after an error."),
    ("chat.stream.one-id", MUST, "All chunks of a stream have the same id.", "", ""),
    ("chat.stream.role-first", SHOULD, "The first chunk of a choice has role assistant.", "", ""),
    ("chat.stream.usage-last", MUST, "With include_usage the last chunk has usage and no choices.", "", ""),
    ("chat.stream.incremental", SHOULD, "Chunks arrive while the text is generated.",
     "A user looks at nothing until the whole answer is there.", "Flush after each event; switch proxy buffering off."),
    ("chat.tools.named", MUST, "A named tool_choice is called.", "", ""),
    ("chat.tools.none", MUST, "With tool_choice none no tool is called.", "", ""),
    ("chat.tools.arguments", MUST, "arguments are JSON that the tool's schema accepts.", "", ""),
    ("chat.tools.parallel", SHOULD, "Two independent calls may come in one answer.", "", ""),
    ("chat.tools.call-ids", MUST, "The calls of one answer have different ids.", "", ""),
    ("chat.tools.delta-index", MUST, "Each streamed part of a call has its index.",
     "SDKs merge two calls into one.", "Send index in every element of delta.tool_calls."),
    ("chat.format.json-object", MUST, "json_object yields a JSON object.", "", ""),
    ("chat.format.json-schema", MUST, "A strict json_schema is followed.",
     "Code that trusts the schema breaks on the first answer.", "Constrain decoding by the schema, or refuse it with 400."),
    ("chat.logprobs.shape", MUST, "logprobs has one entry for each token.", "", ""),
    ("chat.logprobs.top", MUST, "top_logprobs has as many alternatives as asked.", "", ""),
    ("chat.sampling.seed", MAY, "The same seed gives the same text.", "Tests of callers cannot be repeated.", ""),
    ("chat.sampling.n", MUST, "n choices have the indexes 0 to n-1.", "", ""),
    ("errors.envelope", MUST, "An error is an object error with message, type, param and code.",
     "SDKs show an empty message; retries cannot tell causes apart.", "Wrap every 4xx and 5xx in {\"error\": {…}}."),
    ("errors.unknown-model", MUST, "An unknown model is answered with 404 and model_not_found.", "", ""),
    ("errors.wrong-type", MUST, "A parameter of the wrong type is answered with 400 that names it.",
     "A typo in a caller goes to production unseen.", "Validate the body before generating."),
    ("errors.missing-messages", MUST, "A body without messages is answered with 400.", "", ""),
    ("responses.create", MUST, "POST /responses creates a response.", "", ""),
    ("responses.previous", MUST, "previous_response_id continues a conversation.", "", ""),
    ("responses.store-false", MUST, "With store false a response cannot be retrieved.", "", ""),
    ("chat.privacy.training", MUST, "Data sent by API are not used for training.", "", ""),
)  # fmt: skip


def registry(extra: Mapping[str, Requirement] | None = None) -> dict[str, Requirement]:
    """The requirements of the sample, as a registry holds them."""
    known = {item[0]: requirement(*item) for item in _REQUIREMENTS}
    return {**known, **(extra or {})}


def requirement(name: str, level: Level, statement: str, impact: str = "", fix: str = "") -> Requirement:
    """One requirement whose area is its id without the last part."""
    return Requirement(
        contract="openai",
        area=".".join(name.split(".")[:2]) if name.startswith("chat") else name.split(".", maxsplit=1)[0],
        id=name,
        level=level,
        statement=statement,
        basis=Basis.DOCS,
        source="OpenAPI: 'What the documentation says about it, word for word.'",
        impact=impact,
        fix=fix,
        feature=None,
        model=ModelDependence.LOW if "tools" in name else ModelDependence.NONE,
        excluded="Nothing that a caller receives shows it." if name == "chat.privacy.training" else None,
        file=Path("sample.yaml"),
        line=1,
    )


def completion(number: int, text: str = "One, two, three.", finish: str | None = "stop") -> bytes:
    """The body of a chat completion."""
    return json.dumps({
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1767225600 + number,
        "model": "tiny-llama",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23},
    }).encode()  # fmt: skip


def stream(number: int, words: tuple[str, ...], *, done: bool = True) -> bytes:
    """The body of a streamed chat completion."""
    deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in words), {}]
    chunks = [
        {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion.chunk",
            "created": 1767225600,
            "model": "tiny-llama",
            "choices": [{"index": 0, "delta": delta, "finish_reason": "stop" if delta == {} else None}],
        }
        for delta in deltas
    ]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


def exchange(number: int, body: bytes, *, status: int | None = 200, sse: bool = False, **asked: object) -> Exchange:
    """One recorded chat exchange; `asked` are the parameters of its request next to model and messages."""
    sent = {"model": "tiny-llama", "messages": [{"role": "user", "content": "Count to ten."}], **asked}
    kind = "text/event-stream; charset=utf-8" if sse else "application/json"
    times = [40.0 + 12.5 * at for at in range(body.count(b"\n\n"))]
    return Exchange(
        id=f"x{number:04d}",
        request=Request(
            "POST",
            f"{URL}/chat/completions",
            (("authorization", "Bearer [redacted]"), ("content-type", "application/json"), ("accept", "*/*")),
            json.dumps(sent).encode(),
        ),
        probe=f"test_stop.py::count_cut_at_five[{'sse' if sse else 'json'}]",
        status=status,
        http_version="HTTP/1.1",
        headers=(("content-type", kind), ("date", "Sat, 31 Jan 2026 12:00:00 GMT"), ("server", "sample/1.0")),
        body=body,
        timing=Timing(31.4, 32.0, 210.25 + number),
        events=decode(body, times) if sse else (),
    )


def exchanges() -> dict[str, Exchange]:
    """Thirty exchanges: whole and streamed, errors, a timeout, one that was tried again."""
    numbers = ["One", ",", "two", ",", "three", ",", "four", ",", "5"]
    made = [exchange(at, completion(at), temperature=0) for at in range(1, 12)]
    made += [exchange(at, stream(at, tuple(numbers)), sse=True, stream=True, stop="5") for at in range(12, 20)]
    made += [exchange(20, stream(20, tuple(numbers * 40), done=False), sse=True, stream=True)]
    detail = b'{"detail":[{"loc":["body","temperature"],"msg":"value is not a valid float"}]}'
    made += [exchange(at, detail, status=422, temperature="warm") for at in range(21, 25)]
    made += [exchange(25, completion(25, finish="eos_token"), n=2)]
    made += [exchange(26, completion(26, '{"colour": "green"}'), response_format={"type": "json_schema"})]
    made += [exchange(27, b"<html><body>502 Bad Gateway</body></html>", status=502)]
    made += [exchange(at, completion(at)) for at in range(28, 30)]
    slow = exchange(30, b"", status=None)
    made.append(
        Exchange(
            id=slow.id,
            request=slow.request,
            probe="test_limit.py::long",
            failure=Failure(FailureKind.TIMEOUT_READ, "no byte for 30 seconds"),
            attempts=(Attempt(503, None, 1.5), Attempt(None, Failure(FailureKind.CONNECT, "refused"), 3.0)),
        )
    )
    return {each.id: each for each in made}


def broken(name: str, level: Level, *findings: Finding, case: str = "json") -> Verdict:
    """A broken requirement with its evidence."""
    shown = tuple(dict.fromkeys(finding.exchange for finding in findings))
    return Verdict(
        name, level, FAIL if level is MUST else WARN, case, findings=findings, exchanges=shown, seen=len(shown)
    )


def verdicts() -> tuple[Verdict, ...]:
    """Some fifty cases of some forty requirements, in every outcome."""
    missing = "the body lacks usage.prompt_tokens_details"
    envelope = "errors have detail in place of error"
    special: dict[str, tuple[Verdict, ...]] = {
        "http.request-id": (
            broken("http.request-id", SHOULD, *(
                Finding("header x-request-id", "no such header", "headers", f"x{at:04d}", "no x-request-id")
                for at in range(1, 31)
            )),
        ),
        "chat.completion.schema": (
            broken("chat.completion.schema", MUST, *(
                Finding("a member refusal (string or null)", "no member refusal", "/choices/0/message",
                        f"x{at:04d}", "message lacks refusal") for at in range(1, 12)
            ), Finding("a member logprobs (object or null)", "no member logprobs", "/choices/0", "x0001",
                       "choice lacks logprobs")),
        ),
        "chat.completion.finish-reason": (
            broken("chat.completion.finish-reason", MUST, Finding(
                "one of stop, length, tool_calls, content_filter, function_call", "eos_token",
                "/choices/0/finish_reason", "x0025", "finish_reason eos_token")),
        ),
        "chat.stop.excluded": (
            Verdict("chat.stop.excluded", MUST, PASS, "json", exchanges=("x0002",), seen=1),
            broken("chat.stop.excluded", MUST, Finding(
                "a text without '5'", "'One, two, three, four, 5'", "event 9 /choices/0/delta/content", "x0012",
                "the stop sequence is streamed"), case="sse"),
        ),
        "chat.stop.split-over-chunks": (
            broken("chat.stop.split-over-chunks", MUST, Finding(
                "a text without '5'", "'One, two, three, four, 5'", "event 9", "x0013",
                "the stop sequence is streamed"), case="sse"),
        ),
        "chat.stream.done": (
            broken("chat.stream.done", MUST, Finding(
                "data: [DONE] as the last event", "the stream ends after finish_reason stop", "event 202", "x0020",
                "no [DONE]"), case="sse"),
        ),
        "chat.stream.incremental": (
            broken("chat.stream.incremental", SHOULD, Finding(
                "events spread over the answer", "all 12 events within 3 ms", "events", "x0014", "buffered"),
                case="sse"),
        ),
        "chat.stream.chunk-schema": (
            broken("chat.stream.chunk-schema", MUST, Finding(
                "a member system_fingerprint", missing, "event 1", "x0012", missing), case="sse"),
        ),
        "errors.envelope": (
            broken("errors.envelope", MUST, *(Finding(
                "an object error", '{"detail": [{"loc": ["body", "temperature"], …', "/", f"x{at:04d}", envelope)
                for at in range(21, 25))),
        ),
        "errors.wrong-type": (
            broken("errors.wrong-type", MUST, Finding(
                "400 with param temperature", "422 without param", "status", "x0021", envelope)),
        ),
        "chat.format.json-schema": (
            broken("chat.format.json-schema", MUST, Finding(
                "an object with members name and age", '{"colour": "green"}', "/choices/0/message/content", "x0026",
                "the schema is ignored")),
        ),
        "chat.tools.parallel": (_open("chat.tools.parallel", SHOULD, Reason.MODEL_NONDETERMINISM, "2 of 5 tries"),),
        "chat.tools.arguments": (
            _open("chat.tools.arguments", MUST, Reason.PREMISE_NOT_MET, "the model never called the tool"),
        ),
        "chat.limit.max-completion-tokens": (
            _open("chat.limit.max-completion-tokens", MUST, Reason.RATE_LIMITED, "the target answered 503", "x0030"),
        ),
        "chat.logprobs.top": (_other("chat.logprobs.top", UNSUPPORTED, "refused with 400: logprobs is not supported"),),
        "chat.logprobs.shape": (
            _other("chat.logprobs.shape", UNSUPPORTED, "refused with 400: logprobs is not supported"),
        ),
        "chat.sampling.seed": (
            Verdict("chat.sampling.seed", MAY, UNSUPPORTED, detail="two texts with seed 7 differ", exchanges=("x0003",)),
        ),
        "chat.sampling.n": (
            replace(
                _other("chat.sampling.n", Outcome.NOT_APPLICABLE, "documented difference: The engine serves one choice."),
                difference="The engine serves one choice.",
            ),
        ),
        "models.retrieve.unknown": (
            _other("models.retrieve.unknown", Outcome.ERROR, "the check itself failed: KeyError: 'data'"),
        ),
    }  # fmt: skip
    made: list[Verdict] = []
    for name, level, *_ in _REQUIREMENTS:
        if name.startswith(("responses.", "chat.privacy")):
            continue
        plain = Verdict(name, level, PASS, "json", exchanges=("x0001", "x0002", "x0005"), seen=3)
        streamed = Verdict(name, level, PASS, "sse", exchanges=("x0015", "x0016"), seen=2)
        made += special.get(name, (plain, streamed) if name.startswith("chat.usage") else (plain,))
    return tuple(made)


def _open(name: str, level: Level, reason: Reason, detail: str, shown: str = "x0004") -> Verdict:
    return Verdict(name, level, INCONCLUSIVE, "json", reason, detail, exchanges=(shown,), seen=1)


def _other(name: str, outcome: Outcome, detail: str) -> Verdict:
    return Verdict(name, MUST, outcome, "json", detail=detail, exchanges=("x0006",), seen=1)


def header(**changed: str) -> Header:
    """The header of the sample; `changed` replaces url, model or profile."""
    target = {"url": URL, "model": "tiny-llama", "profile": "vllm", **changed}
    return Header(
        suite_name="openai-conformance",
        suite_version="0.1.0",
        target=RunTarget(contracts=("openai", "vllm"), **target),
        started="2026-01-31T12:00:00Z",
        settings={"concurrency": 8, "max_requests": None, "key": "from SAMPLE_KEY", "promised": ["stop", "tools"]},
        notes=("The target lists 3 models; the first was taken.",),
    )


def footer() -> Footer:
    """The footer of the sample."""
    summary = {"requests": 33, "exchanges": 30, "output_tokens": 1204, "seconds": 41.7}
    return Footer("2026-01-31T12:00:42Z", summary=summary)


def run() -> Run:
    """The whole sample."""
    return Run(header(), exchanges(), verdicts(), footer())


def long_run() -> Run:
    """A run with much to say: long notes, long findings, everything broken, most of it for its own reason."""
    long = "a very long sentence about something that went wrong on this target, " * 8
    said = tuple(
        broken(name, level, Finding(f"{name} {long}", long, f"/choices/0/{name}", "x0001", name))
        for name, level, *_ in _REQUIREMENTS
    )
    top = replace(header(), notes=(long, long, long, long))
    return Run(top, exchanges(), said, footer())


HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} ]]> --> `code` ``` | @everyone "
    "[a](javascript:alert(3)) \x1b[31mred\x1b]0;title\x07 \x00 \x9b2J \ud800 \u202eevil\u2066 \u2028 \ufffe &amp; 'q' \"q\""
)
"""What a malicious target might write: markup, templates, terminal escapes, NUL, C1, lone surrogate, overrides."""


def hostile_run() -> Run:
    """A run in which every text that a target can choose is `HOSTILE`, and one body is a megabyte of it."""
    raw = HOSTILE.encode("utf-8", "surrogatepass")
    made = {
        "x0001": exchange(1, raw * 6_000, status=500),
        "x0002": exchange(2, b"data: " + raw.replace(b"\n", b"") + b"\n\n", sse=True, stream=True),
    }
    odd = Exchange(
        id="x0003",
        request=Request("POST", URL + "/x", (("content-type", "application/json"),), json.dumps(HOSTILE).encode()),
        probe=HOSTILE,
        status=200,
        http_version=HOSTILE,
        headers=(("x-evil", HOSTILE), (HOSTILE, "1")),
        failure=Failure(FailureKind.PROTOCOL, HOSTILE),
    )
    made["x0003"] = odd
    finding = Finding(HOSTILE, HOSTILE, HOSTILE, "x0001", HOSTILE)
    said = (
        broken("chat.stop.excluded", MUST, finding, Finding(HOSTILE, HOSTILE * 20_000, "/", "x0003", "long")),
        Verdict(
            "errors.envelope",
            MUST,
            INCONCLUSIVE,
            HOSTILE,
            Reason.ACCEPTS_EVERYTHING,
            HOSTILE,
            exchanges=("x0002",),
            seen=1,
        ),
        Verdict("chat.sampling.n", MUST, Outcome.NOT_APPLICABLE, detail="differs", difference=HOSTILE),
        Verdict("chat.stop.array", MUST, Outcome.ERROR, detail=HOSTILE, exchanges=("x0001", "x0002", "x0003")),
        broken("http.request-id", SHOULD, finding),
    )
    top = Header(
        "openai-conformance", "0.1.0", RunTarget(URL + HOSTILE, HOSTILE, "openai", ("openai",)), "2026-01-31T12:00:00Z",
        {"key": HOSTILE, HOSTILE: HOSTILE}, (HOSTILE,),
    )  # fmt: skip
    return Run(top, made, said, None)
