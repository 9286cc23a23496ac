"""One completion, one stream and one refusal, as each recording format keeps them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

URL = "https://api.example.com/v1/chat/completions"
REQUEST: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "m-1",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hello"}, "logprobs": None, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9},
}
STREAM = (
    'data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":1760000000,"model":"m-1",'
    '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
    'data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":1760000000,"model":"m-1",'
    '"choices":[{"index":0,"delta":{"content":"Hé"},"finish_reason":null}]}\n\n'
    'data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":1760000000,"model":"m-1",'
    '"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    "data: [DONE]\n\n"
)
REFUSAL: dict[str, Any] = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}
HEADERS = {"content-type": "application/json", "date": "Sat, 01 Aug 2026 00:00:00 GMT", "x-request-id": "req_1"}
SSE_HEADERS = {**HEADERS, "content-type": "text/event-stream; charset=utf-8"}


def pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    """Headers as HAR has them."""
    return [{"name": name.title(), "value": value} for name, value in headers.items()]


def har_entry(text: str | None, headers: dict[str, str], status: int = 200, **content: Any) -> dict[str, Any]:
    """An entry of an archive."""
    held = {"size": 10, "mimeType": headers["content-type"], **({} if text is None else {"text": text}), **content}
    return {
        "startedDateTime": "2026-08-01T00:00:00Z",
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": URL,
            "httpVersion": "HTTP/2",
            "headers": pairs({"content-type": "application/json", "authorization": "Bearer sk-secret-1"}),
            "postData": {"mimeType": "application/json", "text": json.dumps(REQUEST)},
        },
        "response": {"status": status, "httpVersion": "HTTP/2", "headers": pairs(headers), "content": held},
    }


def har() -> dict[str, Any]:
    """An archive as browsers and proxies write it: plain text, base64, an SSE body as text, an aborted request."""
    coded = base64.b64encode(json.dumps(COMPLETION).encode()).decode()
    aborted = har_entry(None, HEADERS, 0)
    picture = {
        **har_entry("x", HEADERS),
        "request": {"method": "GET", "url": "https://example.com/a.png", "headers": []},
    }
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "test", "version": "1"},
            "entries": [
                har_entry(json.dumps(COMPLETION), HEADERS),
                har_entry(coded, HEADERS, encoding="base64"),
                har_entry(STREAM, SSE_HEADERS),
                har_entry(json.dumps(REFUSAL), HEADERS, 400),
                har_entry(None, SSE_HEADERS),
                aborted,
                picture,
            ],
        }
    }


def vcr_interaction(body: Any, headers: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
    """An interaction as vcrpy writes it."""
    kept = headers if headers is not None else {name: [value] for name, value in HEADERS.items()}
    return {
        "request": {
            "method": "POST",
            "uri": URL,
            "body": json.dumps(REQUEST),
            "headers": {"content-type": ["application/json"]},
        },
        "response": {"status": {"code": status, "message": "OK"}, "headers": kept, "body": body},
    }


def vcr() -> dict[str, Any]:
    """A cassette with every shape of body that the VCR family writes."""
    text = json.dumps(COMPLETION)
    packed = gzip.compress(text.encode())
    zipped = {**{name: [value] for name, value in HEADERS.items()}, "content-encoding": ["gzip"]}
    parsed = vcr_interaction(None)
    del parsed["response"]["body"]
    parsed["response"]["parsed_body"] = COMPLETION
    go = vcr_interaction(text)
    go["request"]["url"] = go["request"].pop("uri")
    go["response"] = {"code": 200, "status": "200 OK", "body": text, "headers": {k: [v] for k, v in HEADERS.items()}}
    return {
        "version": 1,
        "interactions": [
            vcr_interaction({"string": text}),
            vcr_interaction({"string": packed}, zipped),
            vcr_interaction(packed, zipped),
            vcr_interaction(text, zipped),
            vcr_interaction({"base64_string": base64.b64encode(packed).decode(), "encoding": "ASCII-8BIT"}, zipped),
            vcr_interaction({"encoding": "UTF-8", "string": text}, HEADERS),
            vcr_interaction({"string": STREAM}, SSE_HEADERS),
            vcr_interaction({"string": json.dumps(REFUSAL)}, status=400),
            parsed,
            go,
        ],
    }


def betamax() -> dict[str, Any]:
    """A cassette as Betamax and Ruby's VCR write it in JSON."""
    coded = base64.b64encode(gzip.compress(json.dumps(COMPLETION).encode())).decode()
    headers = {**{name: [value] for name, value in HEADERS.items()}, "Content-Encoding": ["gzip"]}
    first = vcr_interaction({"encoding": "utf-8", "base64_string": coded, "string": ""}, headers)
    first["request"]["body"] = {"encoding": "utf-8", "string": json.dumps(REQUEST)}
    second = vcr_interaction({"encoding": "utf-8", "string": STREAM}, SSE_HEADERS)
    return {"http_interactions": [{**first, "recorded_at": "2026-08-01T00:00:00"}, second], "recorded_with": "betamax"}


def row(body: Any = COMPLETION, **changed: Any) -> dict[str, Any]:
    """An exchange as a JSON line."""
    return {
        "id": "a1",
        "host": "api.example.com",
        "method": "POST",
        "url_path": "/v1/chat/completions",
        "url_query": "",
        "request_headers": {"content-type": ["application/json"]},
        "request_body": REQUEST,
        "status": 200,
        "response_headers": {name: [value] for name, value in HEADERS.items()},
        "response_body": body,
        "endpoint": "chat",
        "body_fidelity": "raw",
        "recorded_at": "2026-08-01T00:00:00Z",
        **changed,
    }


def lines() -> str:
    """JSON lines: a completion, a stream, a refusal, and a stream of which only the body was kept."""
    rows = [
        row(),
        row(STREAM, id="a2", response_headers=SSE_HEADERS),
        row(REFUSAL, id="a3", status=400),
        row(STREAM, id="a4", request_body=None, response_headers={}, url_path=None, method=None),
    ]
    return "".join(json.dumps(each) + "\n" for each in rows)
