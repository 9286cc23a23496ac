"""Defines a sighting: a finding together with its requirement, its exchange and the parameters under test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from conformance.api import operation_at
from conformance.contract import Feature, Requirement, load_features, load_schemas
from conformance.verdict import Finding, Outcome, Verdict
from conformance.wire import Exchange

_NAMED = re.compile(r"`([A-Za-z_][\w.\[\]-]*)(?::[^`]*)?`")
_POINTS_AT = re.compile(r"a 4xx that names (\S+(?: or \S+)*)")
_GENERATED = re.compile(r"because /([\w/]+)")
_FEATURE = re.compile(r"\(parameter ([\w.]+)")
"""How a finding about a feature that the target does not answer names the feature's first parameter."""
_MISTYPED = re.compile(r"\bis not an? (?:object|array|list|string|integer|number|boolean)\b|is not of types? ")
_SCHEMA = re.compile(r"[A-Z][a-z]+[A-Z]")
_HINT = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_OBJECT = re.compile(r"/(models|responses|conversations|completions|items|messages)/(?!input_tokens$|compact$)[^/]+$")
_REJECTION = re.compile(r"(?:a )?(?:plain )?4(?:\d\d|xx)\b|[a-z]+(?:_[a-z]+)+: ")
"""How a finding says that an error was expected: by its status, or by its code."""
_STEP = re.compile(r"/([A-Za-z_$][\w$-]*)")


_VALUES = frozenset({"stream", "null", "true", "false"})
"""What requirements name in code style besides parameters and fields; `stream` says how a request is sent."""

_BASES = ("tools", "functions", "logprobs", "store")
"""Parameters that others depend on: if both are in the request, the dependent one is under test."""


@dataclass(frozen=True)
class Sighting:
    """One finding with its exchange and the parameters under test."""

    id: str
    verdict: Verdict
    finding: Finding
    requirement: Requirement | None = None
    exchange: Exchange | None = None

    @property
    def status(self) -> int:
        """The status of the response; 0 if there is no response."""
        return (self.exchange.status or 0) if self.exchange else 0

    @property
    def shown(self) -> int:
        """The number of exchanges that show the fault.

        If the findings cite more exchanges than the verdict counts as violations, the number of cited exchanges is
        returned.
        """
        cited = {each.exchange for each in self.verdict.findings if each.exchange}
        return max(self.verdict.broken, len(cited), 1)

    @property
    def fails(self) -> bool:
        """Whether the finding violates a MUST."""
        return self.verdict.outcome is Outcome.FAIL

    @property
    def on_status(self) -> bool:
        """Whether the finding is about a wrong HTTP status."""
        return self.finding.where == "status"

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object in the request body (on a WebSocket, in the last message sent); {} if there is none."""
        if self.exchange is None:
            return {}
        request = self.exchange.request
        if request.on_socket:
            request = replace(request, body=request.body.strip(b"\n").rpartition(b"\n")[2])
        return request.json if isinstance(request.json, dict) else {}

    @property
    def streamed(self) -> bool:
        """Whether the response was streamed."""
        return bool(self.exchange and (self.exchange.is_sse or self.body.get("stream") is True))

    @property
    def feature(self) -> Feature | None:
        """The feature of the endpoint that the requirement belongs to."""
        return _features().get(self.requirement.feature or "") if self.requirement else None

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The names of parameters and fields that stand in code style in the requirement's statement."""
        found = _NAMED.findall(self.requirement.statement) if self.requirement else []
        return tuple(name for name in found if name not in _VALUES and not _SCHEMA.match(name))

    @cached_property
    def params(self) -> tuple[str, ...]:
        """The request parameters under test, sorted by the probability that the finding is about the parameter.

        The first parameters in the tuple are named in the finding, the next are named in the requirement, and the last
        belong to the requirement's feature.
        """
        found = [self._nearest(names.split(" or ")) for names in _POINTS_AT.findall(self.finding.expected)]
        found += [_last(path) for path in _GENERATED.findall(self.finding.expected)]
        found += [path.rpartition(".")[2] for path in _FEATURE.findall(self.finding.expected) if self._has(path)]
        expected = self.finding.expected.partition(" after ")[0]
        if expected.startswith("401") or "without a key" in expected:
            found.append("Authorization")
        found += [name for name in self.body if name.endswith("_id") and expected.startswith(name.removesuffix("_id"))]
        if self.expects_rejection and self.exchange and _about_body(self.id, self.exchange):
            found.append("body")
        found += [name for name in self.named if self.asked(name)]
        asked = [name for name in (self.feature.params if self.feature else ()) if self.asked(name)]
        found += sorted(asked, key=_BASES.__contains__)
        if self.exchange and self.on_status:
            found += [] if self.named else _in_path(self.exchange.request.url)
            found += [] if found or not self.expects_rejection else _against_the_schema(self.exchange, self.body)
        if self._has("text.format"):
            found = ["text.format" if name == "text" else name for name in found]
        return tuple(sorted((name for name in dict.fromkeys(found) if name != "stream"), key="store".__eq__))

    def _nearest(self, names: list[str]) -> str:
        """Return the first name, or another name of the same group, such as `guided_`, that the request has."""
        group = names[0].partition("_")[0] + "_"
        return next((name for name in names if name.startswith(group) and self.asked(name)), names[0])

    @property
    def fields(self) -> tuple[str, ...]:
        """The response fields that the requirement's statement names.

        A name counts as a response field if the request has no such parameter.
        """
        done = ["data"] if "[DONE]" in self.finding.expected else []
        return (*done, *(name for name in self.named if not self.asked(name)))

    def asked(self, name: str) -> bool:
        """Return whether the request has a parameter with this name, at the top level or nested."""
        nested = (item for item in self.body.values() if isinstance(item, dict) and "_" in name)
        ends = (param for param in (self.feature.params if self.feature else ()) if param.endswith(f".{name}"))
        return self._has(name) or any(map(self._has, ends)) or any(name in item for item in nested)

    def _has(self, name: str) -> bool:
        nodes: list[Any] = [self.body]
        for step in name.split("."):
            nodes = [item for node in nodes for item in (node if isinstance(node, list) else [node])]
            nodes = [node[step] for node in nodes if isinstance(node, dict) and step in node]
        return bool(nodes)

    @cached_property
    def field(self) -> str:
        """The faulty member of the response: the last name in the finding's location, or the name in its cause.

        The result is "" if neither the location nor the cause of the finding names a member.
        """
        steps = _STEP.findall(self.finding.where)
        said = self.finding.cause if not self.finding.cause.startswith(self.id) else ""
        hints = _HINT.findall(said) if steps[-1:] in ([], ["choices"], ["delta"]) else []
        return hints[0] if hints else steps[-1] if steps else ""

    @property
    def mistyped(self) -> bool:
        """Whether the value at the finding's location has a type that the schema does not allow."""
        return bool(_MISTYPED.search(self.finding.observed))

    def below(self, other: Sighting) -> bool:
        """Return whether the finding's location is inside the location of another finding."""
        return len(self.steps) > len(other.steps) > 0 and self.steps[: len(other.steps)] == other.steps

    @property
    def missing(self) -> bool:
        """Whether the finding is about a field that the response lacks."""
        return self.finding.observed in ("absent", "null", "None", "")

    @property
    def expects_rejection(self) -> bool:
        """Whether a 4xx was expected, because the request was faulty."""
        return bool(_REJECTION.match(self.finding.expected))

    @property
    def operation(self) -> str:
        """The method and path of the request, without ids in the path; "" if they are unknown."""
        if self.exchange is None:
            return ""
        request = self.exchange.request
        path = _OBJECT.sub(r"/\1", request.url.partition("?")[0])
        return f"{request.method} {path}"

    @property
    def path(self) -> str:
        """The path of the request without the host and without ids, such as `/v1/responses`."""
        return urlsplit(self.operation.rpartition(" ")[2]).path

    @property
    def reads_stored(self) -> bool:
        """Whether the request reads an object that an earlier request stored."""
        addressed = self.exchange is not None and bool(_OBJECT.search(self.exchange.request.path))
        return addressed or self.asked("previous_response_id")

    @property
    def collection(self) -> str:
        """The kind of objects that a GET request lists (`items` for `/conversations/{id}/items`).

        The result is "" for requests that list no objects.
        """
        listed = self.exchange is not None and self.exchange.request.method == "GET" and "data" in self.steps
        return self.operation.rpartition("/")[2] if listed else ""

    @property
    def steps(self) -> tuple[str, ...]:
        """All member names in the finding's location."""
        return tuple(_STEP.findall(self.finding.where))


@cache
def _features() -> Mapping[str, Feature]:
    return load_features()


def _last(path: str) -> str:
    steps = [step for step in path.split("/") if not step.isdigit()]
    return steps[-1] if steps else path


def _about_body(requirement: str, exchange: Exchange) -> bool:
    """Return whether the body as a whole is faulty: not a JSON object, or too large."""
    request = exchange.request
    no_object = bool(request.body) and not request.on_socket and not isinstance(request.json, dict)
    return no_object or requirement.endswith("-body")


def _in_path(url: str) -> list[str]:
    """Return the path parameter of one object: `model` of `/models/{id}`, `response_id` of `/responses/{id}`."""
    said = _OBJECT.search(url.partition("?")[0])
    return [] if said is None else ["model"] if said[1] == "models" else [f"{said[1].removesuffix('s')}_id"]


def _against_the_schema(exchange: Exchange, body: dict[str, Any]) -> list[str]:
    """Return the parameters of a faulty request that violate its schema."""
    operation = operation_at(exchange.request.method, exchange.request.url.partition("?")[0])
    schemas = load_schemas()
    schema = schemas.request(operation.key) if operation is not None and body else None
    errors = schemas.errors(schema, body) if schema else []
    return [error.pointer.split("/")[1] for error in errors if error.pointer]


def sightings(
    verdicts: Iterable[Verdict], registry: Mapping[str, Requirement], exchanges: Mapping[str, Exchange]
) -> Iterator[Sighting]:
    """Return a `Sighting` for each finding of the violated requirements, in the order of the verdicts."""
    for verdict in verdicts:
        if verdict.outcome in (Outcome.FAIL, Outcome.WARN):
            for finding in verdict.findings:
                yield Sighting(
                    verdict.requirement,
                    verdict,
                    finding,
                    registry.get(verdict.requirement),
                    exchanges.get(finding.exchange),
                )
