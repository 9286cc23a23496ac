"""Reads VCR cassettes in YAML or JSON: from vcrpy, pytest-recording, Ruby's VCR, Betamax, go-vcr and R's vcr."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import SpecError
from conformance.contract.bounded import PlainLoader, check_levels, load_bounded
from conformance.recordings.bodies import body_of, headers_of, json_body
from conformance.recordings.errors import RecordingError
from conformance.recordings.node import Node
from conformance.recordings.recorded import Recorded, Skipped

LISTS = ("interactions", "http_interactions")
"""The keys under which cassettes store their exchanges."""


class _Loader(PlainLoader):
    """Loads YAML as plain data and ignores tags of other languages (`!ruby/…`, `!!python/unicode`)."""


def _plain(loader: Any, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _plain)
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _plain)
# Dates stay text: a cassette's date that no calendar has must not stop the reading.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_str)


def load_yaml(text: bytes, path: Path) -> Any:
    """Return the data of a YAML cassette. Raises `RecordingError` with the line number if the YAML is invalid."""
    try:
        check_levels(text.decode("utf-8", "replace"), path)
        return load_bounded(text, path, _Loader)[1]
    except SpecError as problem:
        raise RecordingError(path, f"line {problem.line}" if problem.line else "", problem.message) from None


def read_cassette(data: Any, path: Path) -> Iterator[Recorded | Skipped]:
    """Yield the exchanges of a VCR cassette. Raises `RecordingError` at the first invalid interaction."""
    whole = Node(data, path, "")
    name = next((name for name in LISTS if isinstance(data, dict) and name in data), LISTS[0])
    found = whole.get(name)
    for interaction in found.items("interaction"):
        yield _interaction(interaction)


def _interaction(interaction: Node) -> Recorded | Skipped:
    request, response = interaction.get("request"), interaction.get("response")
    if response.value is None:
        return Skipped(interaction.place, "no response was recorded")
    uri = next((node for node in map(request.get, ("uri", "url")) if node.value), request.get("uri"))
    headers = headers_of(response.get("headers"))
    return Recorded(
        place=interaction.place,
        method=request.get("method").text().upper(),
        url=uri.text(),
        status=_status(response),
        request_headers=headers_of(request.get("headers")),
        request_body=_body(request),
        headers=headers,
        body=_body(response),
        http_version=_version(response),
        remarks="parsed" if response.get("parsed_body").value is not None else "",
        recorded_at=interaction.get("recorded_at").optional_text(),
    )


def _body(message: Node) -> bytes | None:
    """Return the body of a request or response; pytest-recording's serialisers may store it as data (`parsed_body`)."""
    parsed = message.get("parsed_body")
    if parsed.value is not None:
        return json_body(parsed.value)
    return body_of(message.get("body"), headers_of(message.get("headers")))


def _status(response: Node) -> int:
    status = response.get("status")
    for node in (response.get("code"), response.get("status_code"), *_codes(status)):
        if node.value is not None:
            return node.status()
    return status.status()


def _codes(status: Node) -> tuple[Node, ...]:
    return (status.get("code"), status.get("status_code")) if isinstance(status.value, dict) else ()


def _version(response: Node) -> str:
    for name in ("http_version", "proto"):
        found = response.get(name).optional_text()
        if found:
            return found
    return ""
