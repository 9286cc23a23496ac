"""Creates a stand-alone script that reproduces a fault.

The script sends the request that shows the fault, and a control request.
"""

from __future__ import annotations

import base64
import posixpath
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.causes.cause import Cause
from conformance.causes.predicate import at, data_of, predicate_of
from conformance.causes.reading import family
from conformance.causes.steps import Made, Steps, steps_before
from conformance.verdict import Finding
from conformance.wire import SECOND_KEY, SECOND_KEY_ENV, Exchange, Request, curl

_MOST = 6_000
_LONG = 20_000
_ALWAYS = ("json", "os", "re", "sys", "urllib.error", "urllib.parse", "urllib.request")
_MODULES = ("base64", *_ALWAYS[:4], "time", *_ALWAYS[4:], "zlib")
_LEFT_OUT = frozenset({"host", "content-length", "user-agent", "connection", "accept-encoding", "transfer-encoding"})
_KEYS = frozenset({"authorization", "x-api-key", "api-key"})
_ID = re.compile(r"\b(?:resp|conv|chatcmpl|msg|call|item|cmpl)[_-][A-Za-z0-9_-]{6,}|\b[0-9a-f]{8}-[0-9a-f-]{27}\b")
_SAME = re.compile(r"the same (?:text|output)\b")
_TIMES = 3
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
import {modules}

BASE = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else {base!r}
sys.excepthook = lambda *error: (print("cannot tell:", error[1]), os._exit(2))
KEY = "Bearer " + os.environ.get({key_env!r}, "")

def send(method, path, headers, data):
    url = urllib.parse.urljoin(BASE + "/", path)
    request = urllib.request.Request(url, data, headers, method=method)
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
    commands = tuple(curl(each.request, key_env) for each in shown[:3] if len(each.request.body) <= _LONG)
    why = "The run has no exchange that shows the fault."
    for finding in cause.findings:
        faulty = exchanges.get(finding.exchange)
        if faulty is None:
            continue
        steps = steps_before(faulty, finding.expected, exchanges)
        predicate = _repeated(finding, faulty) or predicate_of(cause.symptom.kind, finding, faulty)
        if predicate is None:
            why = "One answer does not show the fault: repeat the requests, together or in turn."
        elif steps is None or not all(_repeatable(each, base) for each in (*steps.exchanges, faulty)):
            why = "The request needs too many earlier requests, or is too large for a script."
        else:
            return Reproduction(
                _script(
                    cause,
                    finding,
                    faulty,
                    steps,
                    exchanges,
                    _against(finding, faulty, steps) or predicate,
                    base,
                    key_env,
                ),
                commands,
                "",
            )
    return Reproduction("", commands, why)


def _repeated(finding: Finding, faulty: Exchange) -> str | None:
    """Return the test of a request that must have the same output each time."""
    if not _SAME.match(finding.expected) or faulty.is_sse or not finding.where.startswith("/"):
        return None
    return f"len({{at(json.loads(each[2]), {finding.where!r}) for each in answers}}) > 1"


def _against(finding: Finding, faulty: Exchange, steps: Steps) -> str | None:
    """Return the test of a value that must be the one of an earlier response."""
    if not finding.where.startswith("/") or not steps.exchanges or faulty.request.method != "GET" or faulty.is_sse:
        return None
    for number, each in enumerate(steps.exchanges):
        value = at(data_of(each.text), finding.where)
        if isinstance(value, int | str) and str(value) in finding.expected and not isinstance(value, bool):
            return f"status == {faulty.status} and at(body, {finding.where!r}) != at(json.loads(step{number}[2]), {finding.where!r})"
    return None


def _script(
    cause: Cause,
    finding: Finding,
    faulty: Exchange,
    steps: Steps,
    exchanges: Mapping[str, Exchange],
    predicate: str,
    base: str,
    key_env: str,
) -> str:
    control = _control(cause, faulty, exchanges) if not steps.exchanges else None
    called = "".join(_lines(faulty, finding, steps, base, wrong_key=cause.symptom.subject == "Authorization"))
    used = [name for name in _HELPERS if name in f"{called}{predicate}"]
    needed = dict.fromkeys((*(need for name in used for need in _NEEDS.get(name, ())), *used))
    expected = " ".join(finding.expected.split())[:300].replace("\\", "/").replace('"""', "'''")
    return _SCRIPT.format(
        title=cause.title.replace("\\", "/").replace('"""', "'''"),
        expected=expected,
        where=" ".join(finding.where.split()) or "answer",
        base=base,
        key_env=key_env,
        modules=", ".join(name for name in _MODULES if name in _ALWAYS or f"{name.split('.')[0]}." in called),
        helpers="".join(f"{_HELPERS[name]}\n" for name in needed),
        control=_control_lines(control.request, base) if control else "",
        faulty=called,
        predicate=predicate,
    )


def _control_lines(request: Request, base: str) -> str:
    return (
        f"control, _, _ = send({_call(request, base)})\n"
        'print("control request:", control)\n'
        "if control >= 400:\n"
        "    sys.exit(2)\n"
    )


def _lines(faulty: Exchange, finding: Finding, steps: Steps, base: str, *, wrong_key: bool) -> Iterator[str]:
    """Return the calls that make the objects that the faulty request needs, then this request with their new ids."""
    places = {each.id: number for number, each in enumerate(steps.exchanges)}
    made: dict[str, str] = {}
    for each in steps.exchanges:
        yield f"step{places[each.id]} = send({_call(each.request, base, made)})\n"
        for name, origin in sorted(steps.ids.items(), key=lambda pair: -len(pair[0])):
            if origin.exchange == each.id:
                made[name] = f"id{len(made)}"
                yield f"{made[name]} = {_found(origin, places[each.id])}\n"
    call = _call(faulty.request, base, made)
    if wrong_key:
        call = call.replace(": KEY", ": 'Bearer wrong-key'")
    if _repeated(finding, faulty):
        yield f"answers = [send({call}) for _ in range({_TIMES})]\nstatus, headers, text = answers[-1]"
    elif any(_in_background(each.request) for each in steps.exchanges) and faulty.request.method == "GET":
        yield "for _ in range(60):\n    time.sleep(0.5)\n"
        yield f"    status, headers, text = send({call})\n"
        yield "    if at(json.loads(text), '/status') not in ('queued', 'in_progress'):\n        break"
    else:
        yield f"status, headers, text = send({call})"


def _in_background(request: Request) -> bool:
    return isinstance(request.json, dict) and request.json.get("background") is True


def _found(origin: Made, step: int) -> str:
    if origin.event < 0:
        return f"at(json.loads(step{step}[2]), {origin.pointer!r})"
    return f"at(events(step{step}[2])[{origin.event}], {origin.pointer!r})"


def _call(request: Request, base: str, made: Mapping[str, str] | None = None) -> str:
    pairs = [
        f"{name!r}: {_key(value)}" if name in _KEYS and "redacted" in value.lower() else f"{name!r}: {value!r}"
        for name, value in request.headers
        if name not in _LEFT_OUT
    ]
    body = _expression(request.body, made or {}) if request.body else "None"
    return f"{request.method!r}, {_expression(_path(request.url, base), made or {})}, {{{', '.join(pairs)}}}, {body}"


def _key(value: str) -> str:
    """Return the expression for the API key in a redacted header: the key of the run, or the key of another account."""
    return f"'Bearer ' + os.environ.get({SECOND_KEY_ENV!r}, '')" if SECOND_KEY in value else "KEY"


def _expression(text: str | bytes, made: Mapping[str, str]) -> str:
    """Return a literal in which the ids are variables: `'responses/' + id0`; a long body is compressed."""
    if isinstance(text, bytes):
        if len(text) > _LONG:
            return f"zlib.decompress(base64.b64decode({base64.b64encode(zlib.compress(text, 9)).decode()!r}))"
        if not made:
            return repr(text)
        known = {name.encode(): f"{variable}.encode()" for name, variable in made.items()}
        return " + ".join(
            known.get(part) or repr(part) for part in re.split(b"(" + b"|".join(known) + b")", text) if part
        )
    parts = re.split(f"({'|'.join(made)})", text) if made else [text]
    return " + ".join(made.get(part) or repr(part) for part in parts if part)


def _path(url: str, base: str) -> str:
    """Return the URL relative to the base URL: `responses`, or `../conversations` next to it."""
    whole, root = urlsplit(url), urlsplit(base)
    path = posixpath.relpath(whole.path, root.path or "/") + ("/" if whole.path.endswith("/") else "")
    return f"{path}?{whole.query}" if whole.query else path


def _control(cause: Cause, faulty: Exchange, exchanges: Mapping[str, Exchange]) -> Exchange | None:
    """Return the most similar request that was answered with 200, first one without the parameter at fault."""

    def distance(other: Exchange) -> tuple[bool, bool, int]:
        one, two = faulty.request.json, other.request.json
        if not isinstance(one, dict) or not isinstance(two, dict):
            return False, False, len(other.request.body)
        others = [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)]
        alike = not any(family(name) == cause.symptom.subject for name in others)
        return bool(two.keys() - one.keys()), alike, len(others)

    alike = [
        each
        for each in exchanges.values()
        if each.status == 200
        and each.id not in (faulty.id, *cause.evidence)
        and (each.request.method, each.request.url) == (faulty.request.method, faulty.request.url)
        and each.request.body != faulty.request.body
        and len(each.request.body) <= _LONG
        and not _ID.search(each.request.body.decode("utf-8", "replace"))
    ]
    return min(alike, key=distance, default=None)


def _repeatable(exchange: Exchange, base: str) -> bool:
    """Return whether a script can send the request: to the same server, and not too long."""
    body = exchange.request.body
    short = len(body) <= _LONG or len(zlib.compress(body, 9)) <= _MOST
    return short and urlsplit(exchange.request.url).netloc == urlsplit(base).netloc
