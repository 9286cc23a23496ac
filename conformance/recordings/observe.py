"""Extracts the JSON structure of OpenAI's responses from recordings, without the content of the responses.

    python -m conformance.recordings.observe FILE … --output specs/openai/observed.json

Only exchanges with api.openai.com are counted. `conformance.contract.observed` reads the file that `observe` writes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance.recordings.errors import RecordingError
from conformance.recordings.reader import Found, read_recording
from conformance.recordings.shapes import Group, Shape
from conformance.reply import chunks_of
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, Fact
from conformance.wire.json_data import parse_json

FORMAT = 1
HOST = "//api.openai.com/"

# The first that matches: what a model is for tells more of its answers' shape than its number.
FAMILIES = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"search", "search"),
        (r"audio|realtime", "audio"),
        (r"embedding", "embedding"),
        (r"gpt-3\.5", "gpt-3.5"),
        (r"gpt-4o", "gpt-4o"),
        (r"gpt-4\.1", "gpt-4.1"),
        (r"gpt-4", "gpt-4"),
        (r"gpt-5", "gpt-5"),
        (r"o[1-9](-|$)", "o-series"),
    )
)
# Header names that say something of one request, of the edge or of the recorder.
_NOT_COUNTED = re.compile(r"cf-|set-cookie|alt-svc|via|.*-proxy-wasm|.*envoy.*|content-(length|encoding)|vary")


def family_of(model: Any) -> str:
    """Return the family of a model, given its name; "other" for unknown models."""
    name = model.rpartition(":")[0] or model if isinstance(model, str) and model.startswith("ft:") else model
    if not isinstance(name, str):
        return "none"
    return next((family for pattern, family in FAMILIES if pattern.search(name)), "other")


def half_of(recorded_at: str) -> str:
    """Return the half-year of an ISO date, such as `2025H2`; "unknown" if there is no date."""
    if not re.match(r"20\d\d-[01]\d", recorded_at):
        return "unknown"
    return f"{recorded_at[:4]}H{1 if recorded_at[5:7] < '07' else 2}"


class Observer:
    """Collects the JSON structure of exchanges, which are added one at a time."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.shapes: dict[str, Shape] = defaultdict(Shape)
        self.answers: Counter[str] = Counter()
        self.headers: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, exchange: Exchange, recorded_at: str) -> None:
        """Count one exchange if it is with OpenAI's API and its body was recorded."""
        operation = operation_of(exchange.request)
        if HOST not in exchange.request.url or operation is None or Fact.BODY in exchange.lost:
            return
        self.exchanges += 1
        transport = "sse" if exchange.is_sse else "json"
        asked = exchange.request.json
        model = asked.get("model") if isinstance(asked, dict) else None
        for kind, data in _objects(exchange, operation):
            said = data.get("model") or (data.get("response") or {}).get("model") if kind != "error" else None
            group: Group = (family_of(said or model), half_of(recorded_at))
            name = f"{operation} {transport} {kind}"
            if isinstance(inner := data.get("response"), dict):  # the same object in every event that has it
                self.shapes[f"{operation} {transport} response"].add(inner, group)
                data = {**data, "response": None}  # noqa: PLW2901 - the rest of the event
            self.shapes[name].add(data, group)
        if Fact.HEADERS not in exchange.lost:
            key = f"{operation} {transport} {'error' if (exchange.status or 0) >= 400 else 'success'}"
            self.answers[key] += 1
            self.headers[key].update({name for name, _ in exchange.headers if not _NOT_COUNTED.match(name)})

    def to_dict(self) -> dict[str, Any]:
        """Return the observed structure as sorted JSON data."""
        return {
            "format": FORMAT,
            "exchanges": self.exchanges,
            "headers": {key: self._headers(key) for key in sorted(self.answers)},
            "shapes": {name: self.shapes[name].to_dict() for name in sorted(self.shapes)},
        }

    def _headers(self, key: str) -> dict[str, Any]:
        counts, whole = self.headers[key], self.answers[key]
        return {
            "seen": whole,
            "always": sorted(name for name, count in counts.items() if count == whole),
            "sometimes": sorted(name for name, count in counts.items() if count < whole),
        }


def _objects(exchange: Exchange, operation: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each JSON object of a response with its kind: an event's type, or the object's name."""
    if exchange.is_sse:
        for chunk in chunks_of(exchange):
            named = chunk.data.get("type") or chunk.data.get("object")
            yield str(named or "unnamed"), chunk.data
        return
    try:
        data = parse_json(exchange.body)
    except ValueError:
        return
    if isinstance(data, dict):
        error = (exchange.status or 0) >= 400
        yield ("error" if error else str(data.get("object") or operation)), data


def observe(files: Iterable[Path]) -> dict[str, Any]:
    """Return the JSON structures of OpenAI's API that occur in the recordings. Raises `RecordingError`."""
    observer = Observer()
    for file in files:
        for item in read_recording(file):
            if isinstance(item, Found):
                observer.add(item.exchange, item.recorded_at)
    return observer.to_dict()


def dumps(data: Any, indent: int = 0) -> str:
    """Serialise as JSON with one path per line, so that changes are readable in a diff."""
    if not isinstance(data, dict) or not any(isinstance(value, dict) for value in data.values()) or "presence" in data:
        return json.dumps(data, ensure_ascii=False)
    inside = " " * (indent + 1)
    lines = [
        f"{inside}{json.dumps(key, ensure_ascii=False)}: {dumps(value, indent + 1)}" for key, value in data.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"


def main() -> None:
    """Extract the JSON structure of OpenAI's responses from the recordings, and write the structure to a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        text = dumps(observe(options.files)) + "\n"
    except RecordingError as error:
        sys.exit(f"observe: {error}")
    options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
