"""Creates a stand-alone script that shows the fault behind a cause with a faulty request and a control request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from conformance.causes.cause import Cause
from conformance.causes.predicate import predicate_of
from conformance.verdict import Finding
from conformance.wire import Exchange, Request, curl

_MOST = 20_000
_LEFT_OUT = frozenset({"host", "content-length", "user-agent", "connection", "accept-encoding", "transfer-encoding"})
_KEYS = frozenset({"authorization", "x-api-key", "api-key"})
_ID = re.compile(r"\b(?:resp|conv|chatcmpl|msg|call|item|cmpl)[_-][A-Za-z0-9_-]{6,}|\b[0-9a-f]{8}-[0-9a-f-]{27}\b")
_HELPERS = {
    "at(": """def at(data, pointer):
    for step in pointer.split("/")[1:]:
        item = isinstance(data, list) and step.isdigit() and int(step) < len(data)
        data = data[int(step)] if item else data.get(step) if isinstance(data, dict) else None
    return data
""",
    "events(": """def events(text):
    return [json.loads(d) if d[:1] in "{[" and d != "[DONE]" else d
            for d in (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))]
""",
    "plain(": """def plain(value):
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"[A-Za-z0-9]{16,}|[0-9a-f]{8}-[0-9a-f-]{20,}", "id", value)
    return "large" if isinstance(value, (int, float)) and value > 10**8 else value
""",
    "order(": """def order(text):
    kinds = [str(e.get("type", "chunk")) if isinstance(e, dict) else str(e)[:20] for e in events(text)]
    return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
""",
    "written(": """def under(data, key):
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [v for name, item in pairs for v in ([item] if name == key and item is not None else []) + under(item, key)]

def written(text, key):
    found = under(events(text), key)
    texts = [value for value in found if isinstance(value, str)]
    return "".join(texts) if texts else found[-1] if found else None
""",
}
_NEEDS = {"order(": ("events(",), "written(": ("events(",)}

_SCRIPT = '''#!/usr/bin/env python3
"""{title}

Expected: {expected}
Exit code: 1 while the fault is there, 0 when it is gone, 2 when it cannot be told.
Usage: {key_env}=... python reproduce.py [BASE_URL]
"""
import json, os, re, sys, urllib.error, urllib.request

BASE = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else {base!r}
sys.excepthook = lambda *error: (print("cannot tell:", error[1]), os._exit(2))
KEY = "Bearer " + os.environ.get({key_env!r}, "")

def send(method, path, headers, data):
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode("utf-8", "replace")

{helpers}{control}{faulty}
body = json.loads(text) if headers.get_content_type() == "application/json" else None
print("faulty request:", status, text[:500])
# {where}: expected {expected}
fault = {predicate}
print("The fault is there." if fault else "The fault is gone.")
sys.exit(1 if fault else 0)
'''


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How to reproduce a fault: a script, or commands with the reason why a single response cannot show the fault."""

    script: str
    commands: tuple[str, ...]
    sentence: str


def reproduce(
    cause: Cause, exchanges: Mapping[str, Exchange], base: str, key_env: str = "OPENAI_API_KEY"
) -> Reproduction:
    """Return how to reproduce the fault behind a cause, on the target at `base` or on another target."""
    shown = [exchanges[name] for name in dict.fromkeys((cause.exchange, *cause.evidence)) if name in exchanges]
    commands = tuple(curl(each.request, key_env) for each in shown[:3] if len(each.request.body) <= _MOST)
    why = "The run has no exchange that shows the fault."
    for finding in cause.findings:
        faulty = exchanges.get(finding.exchange)
        if faulty is None:
            continue
        predicate = predicate_of(cause.symptom.kind, finding, faulty)
        before = _earlier(faulty, exchanges)
        if predicate is None:
            why = "One answer does not show the fault: repeat the requests, together or in turn."
        elif before is None or not _repeatable(faulty, base):
            why = "The request reads what earlier requests stored, or is too large for a script."
        else:
            return Reproduction(
                _script(cause, finding, faulty, before, exchanges, predicate, base, key_env), commands, ""
            )
    return Reproduction("", commands, why)


def _script(
    cause: Cause,
    finding: Finding,
    faulty: Exchange,
    before: Mapping[str, Exchange],
    exchanges: Mapping[str, Exchange],
    predicate: str,
    base: str,
    key_env: str,
) -> str:
    control = _control(faulty, exchanges) if not before else None
    used = [name for name in _HELPERS if name in predicate]
    needed = dict.fromkeys((*(need for name in used for need in _NEEDS.get(name, ())), *used))
    expected = " ".join(finding.expected.split())[:300].replace("\\", "/").replace('"""', "'''")
    return _SCRIPT.format(
        title=cause.title.replace("\\", "/").replace('"""', "'''"),
        expected=expected,
        where=" ".join(finding.where.split()) or "answer",
        base=base,
        key_env=key_env,
        helpers="".join(f"{_HELPERS[name]}\n" for name in needed),
        control=_control_lines(control.request, base) if control else "",
        faulty="".join(_lines(faulty, before, base, wrong_key=cause.symptom.subject == "Authorization")),
        predicate=predicate,
    )


def _control_lines(request: Request, base: str) -> str:
    return (
        f"control, _, _ = send({_call(request, base)})\n"
        'print("control request:", control)\n'
        "if control >= 400:\n"
        "    sys.exit(2)\n"
    )


def _lines(faulty: Exchange, before: Mapping[str, Exchange], base: str, *, wrong_key: bool) -> Iterator[str]:
    """Return the calls that create the required objects, then the faulty request with their new ids."""
    names = {name: f"made{place}" for place, name in enumerate(before)}
    for name, earlier in before.items():
        yield f"{names[name]} = json.loads(send({_call(earlier.request, base)})[2])['id']\n"
    call = _call(faulty.request, base)
    call = call.replace(": KEY", ": 'Bearer wrong-key'") if wrong_key else call
    for name, variable in names.items():
        call = re.sub(rf"(b?)'([^'\n]*){re.escape(name)}", partial(_joined, variable), call)
    yield f"status, headers, text = send({call})"


def _joined(variable: str, said: re.Match[str]) -> str:
    """Return a literal that continues after a value: `'/responses/' + made0 + '`; for bytes, the encoded value."""
    value = f"{variable}.encode()" if said[1] else variable
    return f"{said[1]}'{said[2]}' + {value} + {said[1]}'"


def _call(request: Request, base: str) -> str:
    path = request.url.removeprefix(base)
    pairs = [
        f"{name!r}: KEY" if name in _KEYS and "redacted" in value.lower() else f"{name!r}: {value!r}"
        for name, value in request.headers
        if name not in _LEFT_OUT
    ]
    return f"{request.method!r}, {path!r}, {{{', '.join(pairs)}}}, {request.body or None!r}"


def _control(faulty: Exchange, exchanges: Mapping[str, Exchange]) -> Exchange | None:
    """Return the most similar request that was answered with 200 and is not faulty itself."""

    def distance(other: Exchange) -> int:
        one, two = faulty.request.json, other.request.json
        if not isinstance(one, dict) or not isinstance(two, dict):
            return len(other.request.body)
        return sum(one.get(name) != two.get(name) for name in one.keys() | two.keys())

    alike = [
        each
        for each in exchanges.values()
        if each.status == 200
        and each.id != faulty.id
        and (each.request.method, each.request.url) == (faulty.request.method, faulty.request.url)
        and each.request.body != faulty.request.body
        and len(each.request.body) <= _MOST
        and not _ID.search(each.request.body.decode("utf-8", "replace"))
    ]
    return min(alike, key=distance, default=None)


def _earlier(faulty: Exchange, exchanges: Mapping[str, Exchange]) -> dict[str, Exchange] | None:
    """Return the exchanges that created the ids in the faulty request; None if one cannot be repeated."""
    asked = f"{faulty.request.path} {faulty.request.body.decode('utf-8', 'replace')}"
    found: dict[str, Exchange] = {}
    for name in dict.fromkeys(_ID.findall(asked)):
        maker = next((each for each in exchanges.values() if _made(each, name)), None)
        if maker is None and any(name in each.text for each in exchanges.values() if each.id < faulty.id):
            return None
        if maker is not None and maker.id != faulty.id:
            if _ID.search(maker.request.body.decode("utf-8", "replace")) or len(maker.request.body) > _MOST:
                return None
            found[name] = maker
    return found


def _made(exchange: Exchange, name: str) -> bool:
    if exchange.request.method != "POST" or name not in exchange.text[:500] or exchange.is_sse:
        return False
    try:
        data = json.loads(exchange.body)
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("id") == name


def _repeatable(exchange: Exchange, base: str) -> bool:
    """Return whether the request alone shows the fault: short, below the base URL, and without stored objects."""
    request = exchange.request
    stored = request.method in ("GET", "DELETE") and not request.url.startswith(f"{base}/models")
    return not stored and len(request.body) <= _MOST and request.url.startswith(base)
