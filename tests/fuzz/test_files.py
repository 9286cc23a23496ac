"""Files that nobody checked: each reader gives its data or the error that it documents, and never a traceback."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.config import TargetError, load_profile
from conformance.config.toml_file import load_targets
from conformance.contract import SpecError, load_document, load_registry
from conformance.contract.schemas import Schemas
from conformance.record import Footer, Header, RunFileError, RunTarget, RunWriter, read_run
from conformance.recordings import RecordingError, read_recording
from conformance.specs import SPECS
from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from conformance.wire import Attempt, Exchange, Failure, FailureKind, Redactor, Request, Timing
from tests.fuzz.inputs import as_json, damaged, fuzz, near
from tests.recordings import samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a test: each overwrites the one before."""
    return tmp_path_factory.mktemp("fuzz")


@contextmanager
def refused(kind: type[Exception], path: Path) -> Iterator[None]:
    """Take the error that a reader documents, which must name the file (a spec file's may name another of its folder)."""
    try:
        yield
    except kind as error:
        if not str(error).startswith(str(path.parent)):
            raise AssertionError(f"the error does not say which file it is about: {error}") from error


def read_all(path: Path, data: bytes) -> list[Any]:
    """Everything in a recording; none when its reader says that it is wrong, naming the file."""
    path.write_bytes(data)
    with refused(RecordingError, path):
        return list(read_recording(path))
    return []


HAR = samples.har()
CASSETTE = json.loads(json.dumps(samples.vcr(), default=lambda raw: base64.b64encode(raw).decode()))
LINES = samples.lines().splitlines()


@fuzz
@given(near(HAR, CASSETTE))
def test_archives_and_cassettes_with_other_values(folder: Path, data: Any) -> None:
    """A HAR or a cassette in JSON, some of whose values are missing, doubled, or of another type."""
    read_all(folder / "values.json", as_json(data))


@fuzz
@given(damaged(as_json(HAR), as_json(CASSETTE), yaml.safe_dump(samples.vcr()).encode(), gzip.compress(as_json(HAR))))
def test_archives_and_cassettes_with_other_bytes(folder: Path, data: bytes) -> None:
    """A HAR or a cassette, in JSON, YAML or gzip, that was cut or overwritten."""
    read_all(folder / "bytes.yaml", data)


@fuzz
@given(st.lists(near(*(json.loads(line) for line in LINES)), min_size=1, max_size=3), st.binary(max_size=8))
def test_json_lines(folder: Path, rows: list[Any], rest: bytes) -> None:
    """Exchanges as JSON lines, some of whose values are others, and an end that is none."""
    read_all(folder / "lines.jsonl", b"\n".join([*map(as_json, rows), rest]))


RUN = (
    Header(
        suite_name="openai-conformance",
        suite_version="0.1.0",
        target=RunTarget("https://a.test/v1", "m", "openai", ("openai",)),
        started="2026-08-01T00:00:00Z",
        settings={"concurrency": 16},
        notes=("a note",),
    ),
    Exchange(
        id="x0001",
        request=Request("POST", samples.URL, (("content-type", "application/json"),), as_json(samples.REQUEST)),
        probe="test_stop.py::stopped[json]",
        status=200,
        http_version="HTTP/1.1",
        headers=tuple(samples.SSE_HEADERS.items()),
        body=samples.STREAM.encode(),
        timing=Timing(1.0, 2.0, 3.0),
        failure=Failure(FailureKind.CUT_OFF, "cut off"),
        attempts=(Attempt(503, Failure(FailureKind.CONNECT, "no"), 0.5),),
    ),
    Verdict(
        "chat.stop.excluded",
        Level.MUST,
        Outcome.INCONCLUSIVE,
        reason=Reason.RATE_LIMITED,
        findings=(Finding("a", "b", "/c", "x0001", "d"),),
        exchanges=("x0001",),
        seen=1,
    ),
    Footer(ended="2026-08-01T00:00:01Z", summary={"requests": 1, "by_outcome": {"pass": 1}}),
)


@pytest.fixture(scope="module")
def run_lines(folder: Path) -> list[Any]:
    """A whole run file, line by line."""
    header, exchange, verdict, footer = RUN
    path = folder / "whole.ndjson"
    with RunWriter(path, Redactor()) as writer:
        writer.header(header)  # type: ignore[arg-type] # a tuple of four kinds
        writer.exchange(exchange)  # type: ignore[arg-type]
        writer.verdict(verdict)  # type: ignore[arg-type]
        writer.footer(footer)  # type: ignore[arg-type]
    return [json.loads(line) for line in path.read_text().splitlines()]


@fuzz
@given(data=st.data())
def test_run_files(folder: Path, run_lines: list[Any], data: st.DataObject) -> None:
    """A run file with other values: the run or `RunFileError`, and the same when it is judged as a recording."""
    path = folder / "run.ndjson"
    lines = data.draw(near(run_lines))
    text = b"\n".join(map(as_json, lines if isinstance(lines, list) else [lines])) + b"\n"
    path.write_bytes(data.draw(damaged(text)) if data.draw(st.booleans()) else text)
    with refused(RunFileError, path):
        read_run(path)
    read_all(path, path.read_bytes())


OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "x-sdk-base-path": "/v1",
    "paths": {
        "/v1/chat/completions": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                "responses": {
                    "200": {"description": "d", "content": {"application/json": {"schema": {"type": "object"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "A": {"type": "object", "properties": {"a": {"type": "string", "nullable": True, "pattern": "^a+$"}}},
            "B": {
                "allOf": [{"$ref": "#/components/schemas/A"}, {"required": ["a"]}],
                "discriminator": {"propertyName": "a"},
            },
        }
    },
}


@fuzz
@given(st.one_of(near(OPENAPI).map(as_json), damaged(yaml.safe_dump(OPENAPI).encode(), as_json(OPENAPI))))
def test_openapi_documents(folder: Path, data: bytes) -> None:
    """An OpenAPI document with other values or bytes: loaded, or `SpecError`; so is each of its schemas, compiled."""
    path = folder / "openapi.yaml"
    path.write_bytes(data)
    with refused(SpecError, path):
        document = load_document(path)
        schemas = Schemas(document)
        for name in ("A", "B"):
            schemas.errors(name, {"a": None})
        operation = schemas.request("post /v1/chat/completions"), schemas.response("post /v1/chat/completions", 200)
        for schema in filter(None, operation):
            schemas.is_valid(schema, {})
        document.relative_paths()


PROFILE: dict[str, Any] = {
    "name": "acme",
    "description": "Acme.",
    "promised": ["chat", "stream"],
    "optional": ["tools"],
    "contracts": ["openai"],
    "base_url": "https://api.acme.example/v1",
    "paths": {"chat": "/chat/completions", "responses": None},
    "validation_statuses": [400, 422],
    "max_tokens_field": "max_tokens",
    "image_url": "string",
    "context_window": 8192,
    "key_env": "ACME_API_KEY",
    "differences": [{"requirement": "http.request-id", "reason": "r", "source": "s", "cause": "c*"}],
}


@fuzz
@given(st.one_of(near(PROFILE).map(as_json), damaged(yaml.safe_dump(PROFILE).encode())))
def test_profiles(folder: Path, data: bytes) -> None:
    """A user's profile with other values or bytes: a profile that answers every question, or `SpecError`."""
    path = folder / "profile.yaml"
    path.write_bytes(data)
    with refused(SpecError, path):
        profile = load_profile(str(path))
        profile.difference("http.request-id", "cause")
        profile.offers("chat")
        assert profile.contracts[0] == "openai"


REQUIREMENTS: dict[str, Any] = {
    "contract": "openai",
    "requirements": [
        {
            "id": "chat.stop.excluded",
            "level": "MUST",
            "statement": "s",
            "basis": "docs",
            "source": "s",
            "impact": "i",
            "fix": "f",
            "feature": "stop",
            "model": "low",
            "excluded": "e",
        }
    ],
}
AREAS: dict[str, Any] = {"areas": {"chat": "c", "chat.stop": "s"}}
FEATURES: dict[str, Any] = {"features": {"stop": {"params": ["stop"], "description": "d"}}}


@fuzz
@given(
    st.one_of(near(REQUIREMENTS).map(as_json), damaged(yaml.safe_dump(REQUIREMENTS).encode())),
    near(FEATURES),
    near(AREAS),
)
def test_requirements_features_and_areas(folder: Path, requirements: bytes, features: Any, areas: Any) -> None:
    """Requirement, feature and area files with other values or bytes: a registry, or `SpecError`."""
    specs = folder / "specs"
    (specs / "openai" / "requirements").mkdir(parents=True, exist_ok=True)
    (specs / "openai" / "requirements" / "a.yaml").write_bytes(requirements)
    (specs / "openai" / "features.yaml").write_bytes(as_json(features))
    (specs / "areas.yaml").write_bytes(as_json(areas))
    with refused(SpecError, specs):
        registry = load_registry(specs)
        assert all(isinstance(requirement.line, int) for requirement in registry.values())


CONFIG = b"""
[targets.staging]
url = "https://a.test/v1"
profile = "openai"
key_env = "STAGING_KEY"
headers = {x-team = "a"}
concurrency = 4
rate = 2.5
allow_plain_http = false
timeout = 30
"""


@fuzz
@given(damaged(CONFIG))
def test_configuration(folder: Path, data: bytes) -> None:
    """A `conformance.toml` with other bytes: targets with a URL, or `TargetError` that names the file."""
    path = folder / "conformance.toml"
    path.write_bytes(data)
    with refused(TargetError, path):
        targets = load_targets(path)
        assert all(isinstance(target["target"].value, str) for target in targets.values())


def test_the_undamaged_inputs_are_read(folder: Path, run_lines: list[Any], tmp_path: Path) -> None:
    """What the fuzzing starts from is right, so that each change is one step from what is read."""
    assert len(read_all(folder / "a.har", as_json(HAR))) == len(HAR["log"]["entries"])
    assert len(read_all(folder / "a.yaml", yaml.safe_dump(samples.vcr()).encode())) == 10
    assert len(read_all(folder / "a.jsonl", samples.lines().encode())) == len(LINES)
    assert len(run_lines) == len(RUN)
    assert read_run(folder / "whole.ndjson").complete
    (folder / "a.json").write_bytes(as_json(OPENAPI))
    assert Schemas(load_document(folder / "a.json")).is_valid("B", {"a": "aa"})
    (tmp_path / "p.yaml").write_bytes(as_json(PROFILE))
    assert load_profile(str(tmp_path / "p.yaml")).name == "acme"
    (folder / "c.toml").write_bytes(CONFIG)
    assert load_targets(folder / "c.toml")["staging"]["concurrency"].value == 4
    assert SPECS.is_dir()
