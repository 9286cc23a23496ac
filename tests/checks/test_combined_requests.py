"""A server may reject requests that combine many parameters: the suite then sends separate requests and finds no fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.auditing.runner import audit
from conformance.cli.endpoints import url_of
from conformance.config import Target, load_profile
from conformance.reference.auth import Auth
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.intake import Intake
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

Json = dict[str, Any]
TOGETHER = (
    {"n", "store"},
    {"user", "prediction"},
    {"seed", "logit_bias"},
    {"n", "stop", "temperature"},
    {"n", "logit_bias"},
    {"n", "echo"},
    {"logprobs", "prompt"},
    {"encoding_format", "input"},
    {"dimensions", "input"},
    {"truncation", "top_logprobs"},
    {"logprobs", "stream_options"},
)
"""Parameters that this server rejects in one request if the request combines several tests."""


def is_combined(body: Json) -> bool:
    """Whether a body has parameters that a request of the suite has only if it serves several requirements."""
    given = next((names for names in TOGETHER if names <= body.keys()), set())
    if given in ({"encoding_format", "input"}, {"logprobs", "prompt"}):
        return isinstance(body.get("input", body.get("prompt")), list)
    if given == {"dimensions", "input"}:
        return isinstance(body["input"], list)
    if given == {"n", "stop", "temperature"}:
        return isinstance(body["stop"], list)
    if given == {"n", "store"}:
        return len(body["messages"]) > 1
    tools = body.get("tools") or [{"function": {"parameters": {}}}]
    bare = body.get("tool_choice") == "required" and "parameters" not in tools[0].get("function", tools[0])
    return bool(given) or bare or has_random_schemas(body) or repeats_a_part(body)


def has_random_schemas(body: Json) -> bool:
    """Whether a schema has members for random schemas beside members for keywords."""
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema", {})
    return {"part0", "all-of"} <= schema.get("properties", {}).keys()


def repeats_a_part(body: Json) -> bool:
    """Whether an input of the Responses API has a message with several content parts."""
    items = body["input"] if isinstance(body.get("input"), list) else []
    contents = [item.get("content") for item in items if isinstance(item, dict)]
    return any(isinstance(content, list) and len(content) > 1 for content in contents)


class Plain(Intake):
    """Rejects combined bodies with a 400 that names no parameter."""

    def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
        body = super().read_body(headers, raw)
        if is_combined(body):
            raise ApiError(400, "These parameters cannot be combined.")
        return body


class Choosy(Auth):
    """Rejects a chunked body with an idempotency key."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        super().authenticate(headers)
        if "transfer-encoding" in headers and "idempotency-key" in headers:
            raise ApiError(400, "These headers cannot be combined.")


ASKED = {
    "chat": ["chat.messages", "chat.request", "chat.user", "chat.metadata", "chat.temperature.two", "chat.penalties.two",
             "chat.seed.large", "chat.guided.text", "chat.stop", "chat.n", "chat.logit-bias", "chat.tools.required", "chat.tools.no-parameters"],
    "http": ["http.chunked", "http.content-type", "http.idempotency-key", "auth.scheme-case"],
    "streams": ["chat.logprobs", "chat.tools.stream-whole", "chat.stream.usage-asked"],
    "guided": ["chat.json-schema.generated", "chat.json-schema.all-of", "chat.json-schema.unique-items"],
    "input": ["responses.input"],
    "others": ["completions", "embeddings", "responses.echo", "responses.logprobs", "responses.metadata"],
}  # fmt: skip


@pytest.mark.parametrize("area", ASKED)
def test_a_server_that_rejects_combined_requests_is_not_blamed(tmp_path: Path, area: str) -> None:
    """Each parameter is tested in a separate request, with the verdict that the reference endpoint gets."""
    verdicts = []
    for parts in ((), (Plain, Choosy)):
        with ReferenceServer(Endpoint(replaced=parts)) as server:
            profile = load_profile("openai")
            url = url_of(server, profile.contracts)
            target = Target(url=url, profile=profile, key=server.api_key, model="reference-1")
            audited = audit(target, tmp_path / f"run{len(verdicts)}", only=ASKED[area])
        assert not audited.trouble
        verdicts.append({name: verdict.outcome for name, verdict in combine(audited.verdicts).items()})
    assert "cannot be combined" in (tmp_path / "run1" / "run.ndjson").read_text(encoding="utf-8")
    first, choosy = verdicts
    differ = {name: (first[name], choosy[name]) for name in first if first[name] is not choosy[name]}
    assert differ.items() <= {"completions.prompt-array.logprobs": (Outcome.PASS, Outcome.UNSUPPORTED)}.items()
