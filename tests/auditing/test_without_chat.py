"""A target without chat completions is audited by its other operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.reference import Endpoint
from conformance.reference.part import Part
from conformance.reference.routes import EndpointRoute
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, Verdict, combine

ASKED = ("completions.schema", "embeddings.schema", "chat.response.schema", "chat.stored.retrieve")
LACKING = {Outcome.NOT_APPLICABLE, Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE}


def serving(*surfaces: str) -> Endpoint:
    """A reference endpoint that has the models and these surfaces, and answers 404 everywhere else."""

    class Few(Endpoint):
        def routes(self) -> Iterator[tuple[Part, EndpointRoute]]:
            for part, route in super().routes():
                if route.path.split("/")[2] in ("models", *surfaces):
                    yield part, route

    return Few()


def audited(
    folder: Path, endpoint: Endpoint | None, model: str, only: tuple[str, ...] = (), **paths: str
) -> tuple[dict[str, Verdict], str]:
    """The verdict of each requirement for this model, and why the target could not be tested."""
    with ReferenceServer(endpoint) as server:
        profile = load_profile("openai")
        profile = replace(profile, paths={**profile.paths, **paths})
        target = Target(url=server.url, profile=profile, key=server.api_key, model=model)
        found = audit(target, folder, only=only)
    return combine(found.verdicts), str(found.unusable or "")


@pytest.mark.parametrize(
    ("surface", "model", "passing"),
    [
        ("embeddings", "reference-embed", "embeddings.schema"),
        ("completions", "reference-1", "completions.schema"),
        ("responses", "reference-1", "responses.object.status"),
    ],
)
def test_one_surface_is_enough(tmp_path: Path, surface: str, model: str, passing: str) -> None:
    """Nothing fails: the requirements of other surfaces are not judged, and say which operation is missing."""
    verdicts, unusable = audited(tmp_path, serving(surface), model)
    assert not unusable
    broken = {
        name: verdict.detail for name, verdict in verdicts.items() if verdict.outcome.severity >= Outcome.WARN.severity
    }
    assert not broken
    assert verdicts[passing].outcome is Outcome.PASS
    chat = verdicts["chat.stop.excluded"]
    assert chat.outcome in LACKING
    assert "the target has no chat completions: POST /v1/chat/completions answers 404" in chat.detail
    assert f"Only its other operations are judged: {'text ' * (surface == 'completions')}{surface}." in "".join(
        read_run(tmp_path / "run.ndjson").header.notes
    )


@pytest.mark.parametrize(("model", "offered"), [("reference-1", "completions"), ("reference-embed", "embeddings")])
def test_a_path_of_chat_that_does_not_exist(tmp_path: Path, model: str, offered: str) -> None:
    """Requirements of chat do not apply then."""
    verdicts, unusable = audited(tmp_path, None, model, ASKED, chat="/nowhere", stored_chat="/nowhere/{completion_id}")
    assert not unusable
    assert verdicts[f"{offered}.schema"].outcome is Outcome.PASS
    assert verdicts["chat.response.schema"].outcome is Outcome.NOT_APPLICABLE
    assert verdicts["chat.stored.retrieve"].outcome is Outcome.NOT_APPLICABLE


def test_without_any_operation_the_target_is_unusable(tmp_path: Path) -> None:
    """The base URL is wrong."""
    _, unusable = audited(tmp_path, serving(), "reference-1", ASKED)
    assert "no chat completions there" in unusable


class _NotReading(BaseHTTPRequestHandler):
    """Embeddings only; a request for another path is rejected, and its body is left on the open connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        if self.path != "/v1/embeddings":
            self._say(404, b'{"error": {"message": "unknown route", "type": "invalid_request_error", "code": null}}')
            return
        self.rfile.read(int(self.headers["content-length"]))
        self._say(
            200,
            b'{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],'
            b' "model": "e5", "usage": {"prompt_tokens": 4, "total_tokens": 4}}',
        )

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_a_rejected_body_that_stays_on_the_connection(tmp_path: Path) -> None:
    """The next request is misread by the server and sent again; the fault has its own requirement."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _NotReading)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        target = Target(url=f"http://127.0.0.1:{server.server_port}/v1", profile=load_profile("openai"), model="e5")
        found = audit(target, tmp_path, only=("embeddings.schema", "http.after-rejection"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not found.unusable
    outcomes = {name: verdict.outcome for name, verdict in combine(found.verdicts).items()}
    assert outcomes["embeddings.schema"] is Outcome.PASS
    assert outcomes["http.after-rejection"] is Outcome.FAIL
