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

from conformance.causes.cause import Cause, SourcedFinding
from conformance.causes.expectation import holds_of
from conformance.causes.predicate import at, data_of, predicate_of
from conformance.causes.reading import family
from conformance.causes.script_text import SCRIPT, TEST, helpers_of
from conformance.causes.steps import Made, Steps, steps_before
from conformance.causes.symptom import SymptomKind
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
_OTHERS = 9


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How to reproduce a fault: a script, or commands with the reason why a single response cannot show the fault."""

    script: str
    commands: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Test:
    """How a script tests one response: the requests to send, and the expressions for the fault and for its absence.

    `holds` is "False" if no response can prove that the requirement is met.
    """

    sourced: SourcedFinding
    faulty: Exchange
    steps: Steps
    fault: str
    holds: str


def reproduce(
    cause: Cause,
    exchanges: Mapping[str, Exchange],
    base: str,
    key_env: str = "OPENAI_API_KEY",
    *,
    requirement: str = "",
    options: str = "",
) -> Reproduction:
    """Return how to reproduce the fault behind a cause, on the target at `base` or on another target.

    If `requirement` is given, the script tests only a finding of this requirement. Without `requirement`, the script
    tests the best evidence; if the fault was seen in whole responses and in streams, the script tests one of each.
    `options` are the options with which `conformance run` repeats the run.
    """
    shown = [exchanges[name] for name in dict.fromkeys((cause.exchange, *cause.evidence)) if name in exchanges]
    commands = tuple(curl(each.request, key_env) for each in shown[:3] if len(each.request.body) <= _LONG)
    why = "The run has no exchange that shows the fault."
    own = [each for each in cause.sourced if each.symptom == cause.symptom] or list(cause.sourced)
    found: dict[bool, _Test] = {}
    for sourced in [each for each in own if each.requirement == requirement] or own:
        faulty = exchanges.get(sourced.finding.exchange)
        if faulty is None or sourced.streamed in found:
            continue
        test = _tested(cause, sourced, faulty, exchanges, base)
        if isinstance(test, str):
            why = why if found else test
        else:
            found[sourced.streamed] = test
            if requirement or cause.symptom.kind is not SymptomKind.FIELD:
                break
    if not found:
        return Reproduction("", commands, why)
    return Reproduction(_script(cause, tuple(found.values()), exchanges, base, key_env, options), commands, "")


def _tested(
    cause: Cause, sourced: SourcedFinding, faulty: Exchange, exchanges: Mapping[str, Exchange], base: str
) -> _Test | str:
    """Return the test of a finding, or a sentence that says why a script cannot show this finding."""
    finding = sourced.finding
    steps = steps_before(faulty, finding.expected, exchanges)
    repeated = _repeated(finding, faulty)
    fault = repeated[0] if repeated else predicate_of(cause.symptom.kind, finding, faulty)
    if fault is None:
        return "One answer does not show the fault: repeat the requests, together or in turn."
    if steps is None or not all(_repeatable(each, base) for each in (*steps.exchanges, faulty)):
        return "The request needs too many earlier requests, or is too large for a script."
    pair = _against(finding, faulty, steps) or repeated or (fault, holds_of(cause.symptom.kind, finding, faulty))
    return _Test(sourced, faulty, steps, pair[0], pair[1] or "False")


def _repeated(finding: Finding, faulty: Exchange) -> tuple[str, str] | None:
    """Return the two tests of a request that must have the same output each time."""
    if not _SAME.match(finding.expected) or faulty.is_sse or not finding.where.startswith("/"):
        return None
    outputs = f"{{at(json.loads(each[2]), {finding.where!r}) for each in answers}}"
    return f"len({outputs}) > 1", f"len({outputs}) == 1 and None not in {outputs}"


def _against(finding: Finding, faulty: Exchange, steps: Steps) -> tuple[str, str] | None:
    """Return the two tests of a value that must be the one of an earlier response."""
    if not finding.where.startswith("/") or not steps.exchanges or faulty.request.method != "GET" or faulty.is_sse:
        return None
    for number, each in enumerate(steps.exchanges):
        value = at(data_of(each.text), finding.where)
        if isinstance(value, int | str) and str(value) in finding.expected and not isinstance(value, bool):
            now, before = f"at(body, {finding.where!r})", f"at(json.loads(step{number}[2]), {finding.where!r})"
            answered = f"status == {faulty.status}"
            return f"{answered} and {now} != {before}", f"{answered} and {now} == {before} is not None"
    return None


def _script(
    cause: Cause,
    tests: tuple[_Test, ...],
    exchanges: Mapping[str, Exchange],
    base: str,
    key_env: str,
    options: str,
) -> str:
    texts = [_test_text(cause, each, exchanges, base) for each in tests]
    called = "".join(texts)
    names = tuple(dict.fromkeys(each.sourced.requirement for each in tests))
    others = [name for name in cause.requirements if name not in names]
    judged = [*([options] if options else []), *(f"--only {name}" for name in (*names, *others[:_OTHERS]))]
    untested = f" The script does not test the other {len(others)} requirements of the cause." if others[1:] else ""
    untested = f" The script does not test {others[0]}, which the cause breaks, too." if len(others) == 1 else untested
    return SCRIPT.format(
        title=_in_quotes(cause.title),
        expected="\n".join(_in_quotes(f"Expected for {each.sourced.requirement}: {_line(each)}") for each in tests),
        base=base,
        key_env=key_env,
        options=" ".join(judged),
        modules=", ".join(name for name in _MODULES if name in _ALWAYS or f"{name.split('.')[0]}." in called),
        helpers=helpers_of(called),
        tests=called.rstrip(),
        proved=f"the response has what {' and '.join(names)} expects.{untested}",
    )


def _test_text(cause: Cause, test: _Test, exchanges: Mapping[str, Exchange], base: str) -> str:
    finding = test.sourced.finding
    control = _control(cause, test.faulty, exchanges) if not test.steps.exchanges else None
    wrong_key = cause.symptom.subject == "Authorization"
    return TEST.format(
        control=_control_lines(control.request, base) if control else "",
        faulty="".join(_lines(test.faulty, finding, test.steps, base, wrong_key=wrong_key)),
        where=" ".join(finding.where.split()) or "answer",
        expected=_line(test),
        fault=test.fault,
        holds=test.holds,
        name=f"{test.sourced.requirement} ({' '.join(finding.where.split()) or 'the response'}: expected {_line(test)})",
    )


def _line(test: _Test) -> str:
    return " ".join(test.sourced.finding.expected.split())[:300]


def _in_quotes(text: str) -> str:
    """Return a text that may stand in the docstring of a script."""
    return text.replace("\\", "/").replace('"""', "'''")


def _control_lines(request: Request, base: str) -> str:
    return (
        f"control, _, _ = send({_call(request, base)})\n"
        'print("control request:", control)\n'
        "if control >= 400:\n"
        '    leave_open("the control request was rejected.")\n'
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
