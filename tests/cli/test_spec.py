"""A user's own document: by file or URL, requests are made from it, and the report has both columns."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from conformance.checks.generated.test_generated import FEW
from conformance.cli import app
from conformance.record import read_run
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.report.formats.json_report import SCHEMA

ASK = {
    "type": "object",
    "required": ["model", "messages"],
    "properties": {
        "model": {"type": "string"},
        "messages": {"type": "array", "items": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}}},
        "temperature": {"type": "number", "maximum": 1.5},
        "max_tokens": {"type": "integer"},
    },
}  # fmt: skip
ANSWER = {"type": "object", "required": ["choices", "energy_wh"], "properties": {"choices": {"type": "array"}}}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Acme Inference", "version": "1"},
    "paths": {
        "/v1/chat/completions": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": ASK}}},
                "responses": {"200": {"description": "d", "content": {"application/json": {"schema": ANSWER}}}},
            }
        }
    },
}


@pytest.fixture
def served() -> Iterator[str]:
    """The URL of a server that answers with the document."""
    text = json.dumps(SPEC).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/openapi.json"
        server.shutdown()
        thread.join()


def test_requests_come_from_it_and_answers_are_judged_by_it(served: str, tmp_path: Path) -> None:
    """A bound of its own is kept; a property of its own that no answer has is told, beside OpenAI's column."""
    out = tmp_path / "out"
    words = ["--spec", served, "--only", "generated", "--depth", "standard", "--output", str(out), "-q"]
    done = CliRunner().invoke(app, ["run", *words])
    assert done.exit_code == 0, done.output
    run = read_run(out / "run.ndjson")
    sent = [
        exchange.request.json for exchange in run.exchanges.values() if exchange.probe.startswith("generated_valid")
    ]
    assert len(sent) > FEW
    assert max(body["temperature"] for body in sent if "temperature" in body) <= 1.5
    report = json.loads((out / "report.json").read_text())
    jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(report)
    (row,) = [each for each in report["contracts"]["operations"] if each["operation"] == "post /chat/completions"]
    assert report["contracts"]["document"] == "Acme Inference"
    assert row["own"]["keeps"] == 0
    assert row["own"]["breaks"] > 6
    assert row["openai"]["breaks"] == 0
    for name in ("report.html", "summary.md"):
        text = (out / name).read_text()
        assert "Its own contract, and OpenAI" in text
        assert "energy" in text


def test_a_document_that_cannot_be_used_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    """With the file's name."""
    (tmp_path / "bad.yaml").write_text("swagger: '2.0'\npaths: {}\n")
    done = CliRunner().invoke(app, ["run", "--spec", str(tmp_path / "bad.yaml"), "--output", str(tmp_path / "out")])
    assert done.exit_code != 0
    assert "bad.yaml" in str(done.exception)


def test_the_document_is_kept_when_a_run_is_repeated_or_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that repeat a run or a case name it; an interrupted run goes on with it, and with no other."""
    monkeypatch.chdir(tmp_path)
    Path("acme.json").write_text(json.dumps(SPEC))
    Path("other.json").write_text(json.dumps(SPEC))
    keyed = {"CONFORMANCE_API_KEY": "sk-reference"}
    with ReferenceServer(endpoint_with("types-not-checked")) as server:
        asked = ["run", server.url, "--only", "generated.invalid.bounds", "--output", "out"]
        done = CliRunner().invoke(app, [*asked, "--spec", "acme.json"], env=keyed)
        assert done.exit_code == 0, done.output
        assert re.search(r"repeat .* --spec acme\.json --case ", Path("out/cases/cases.txt").read_text())
        assert "--spec acme.json" in Path("out/summary.md").read_text()
        lines = Path("out/run.ndjson").read_text().splitlines(keepends=True)
        Path("out/run.ndjson").write_text("".join(lines[:8]))
        other = CliRunner().invoke(app, ["run", "--resume", "out", "--spec", "other.json"], env=keyed)
        assert "holds a run with --spec acme.json" in str(other.exception)
        again = CliRunner().invoke(app, ["run", "--resume", "out", "-q"], env=keyed)
    assert again.exit_code == 0, again.output
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.footer is not None
    assert run.footer.summary["contracts"]["document"] == "Acme Inference"
    assert run.header.settings["spec"] == "acme.json"


def test_pytest_takes_a_document_too(tmp_path: Path) -> None:
    """Here a file; a URL is the same option."""
    (tmp_path / "acme.json").write_text(json.dumps(SPEC))
    command = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-q"]
    with ReferenceServer() as server:
        command += ["--pyargs", "conformance.checks", "--target", server.url, "--requirement", "chat.stop.excluded"]
        command += ["--target-spec", "acme.json", "--target-output", "out"]
        environment = {**os.environ, "CONFORMANCE_API_KEY": server.api_key, "PYTEST_ADDOPTS": ""}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
    assert done.returncode == 0, done.stdout + done.stderr
    run = read_run(tmp_path / "out" / "run.ndjson")
    assert run.header.settings["spec"] == "acme.json"
    assert run.footer is not None
    assert run.footer.summary["contracts"]["operations"]
