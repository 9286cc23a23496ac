"""Servers that do lawfully what the reference endpoint does not: an audit of their Responses finds nothing against them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from conformance.auditing.runner import audit
from conformance.cli.endpoints import packs_of, reference_of, url_of
from conformance.config import Target, load_profile
from conformance.reference.auth import Auth
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.part import Kind
from conformance.reference.refusals import Refusals
from conformance.reference.responses.events import ResponseEvents
from conformance.reference.responses.objects import ResponseObjects
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

Json = dict[str, Any]
ASKED = ["responses", "conversations", "telnyx.conversations", "telnyx.responses"]


class Ticking(ResponseEvents):
    """Has events of its own, also after the end of a stream."""

    def response_frames(self, events: Iterator[Json]) -> Iterator[bytes]:
        def more() -> Iterator[Json]:
            for event in events:
                yield {**event, "obfuscation": "x7"}
                yield {"type": "acme.tick"}

        return super().response_frames(more())


class Talkative(ResponseObjects):
    """Has fields and citations of its own."""

    def finished(self, *given: Any) -> Json:
        return {**super().finished(*given), "cost": {"usd": 1}}

    def text_part(self, *given: Any) -> Json:
        return {**super().text_part(*given), "annotations": [{"type": "acme_citation", "page": 1}]}


class Placed(ResponseEvents):
    """Puts an item before all others."""

    def first_item(self) -> Json:
        return {"id": self.ids.new_id("rs_"), "type": "reasoning", "summary": []}

    def opened(self, item: Json) -> Iterator[Json]:
        yield {"type": "response.output_item.added", "output_index": 0, "item": item}
        yield {"type": "response.output_item.done", "output_index": 0, "item": item}

    def response_events(self, request: Any, generation: Any, response: Json) -> Iterator[Json]:
        item = self.first_item()
        for event in super().response_events(request, generation, response):
            if event.get("response", {}).get("status") in ("completed", "incomplete"):
                event["response"]["output"].insert(0, item)
            yield {**event, "output_index": event["output_index"] + 1} if "output_index" in event else event
            if event["type"] == "response.in_progress":
                yield from self.opened(item)


class Phased(ResponseObjects):
    """Tells the final answer by its phase."""

    def message_item(self, *given: Any) -> Json:
        return {**super().message_item(*given), "phase": "final_answer"}


class Commentator(Placed):
    """Says in commentary what it is about to do."""

    def first_item(self) -> Json:
        part = {"type": "output_text", "text": "I will think of it first.", "annotations": [], "logprobs": []}
        return {
            "id": self.ids.new_id("msg_"), "type": "message", "role": "assistant", "status": "completed",
            "phase": "commentary", "content": [part],
        }  # fmt: skip

    def opened(self, item: Json) -> Iterator[Json]:
        part, place = item["content"][0], {"item_id": item["id"], "output_index": 0, "content_index": 0}
        empty = {**item, "status": "in_progress", "content": []}
        yield {"type": "response.output_item.added", "output_index": 0, "item": empty}
        yield {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
        yield {"type": "response.output_text.delta", **place, "delta": part["text"], "logprobs": []}
        yield {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []}
        yield {"type": "response.content_part.done", **place, "part": part}
        yield {"type": "response.output_item.done", "output_index": 0, "item": item}


class Hurried(Auth):
    """Answers every fifth size of a body, and every sixth request without one, 'not now'."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.looks = itertools.count()

    def authenticate(self, headers: Mapping[str, str]) -> None:
        super().authenticate(headers)
        size = int(headers.get("content-length", 0))
        if size % 5 == 2 or (not size and next(self.looks) % 6 == 5):
            raise ApiError(429, "Too many requests.", None, "rate_limit_exceeded")


class NeverAgain(Refusals):
    """Wants no refused request again."""

    def error_response(self, *given: Any) -> Response:
        refused = super().error_response(*given)
        refused.headers["x-should-retry"] = "false"
        return refused


class HurriedInside(ResponseEvents):
    """Answers many a request 200, and says 'not now' in the response, as the live API does in a stream."""

    def response_events(self, request: Any, generation: Any, response: Json) -> Iterator[Json]:
        if len(str(request.body)) % 5:
            yield from super().response_events(request, generation, response)
            return
        error = {"code": "rate_limit_exceeded", "message": "Later."}
        yield {"type": "response.created", "response": response}
        yield {"type": "response.in_progress", "response": response}
        yield {"type": "error", "error": {**error, "type": "too_many_requests", "param": None}}
        yield {"type": "response.failed", "response": {**response, "status": "failed", "error": error}}


@pytest.mark.parametrize("profile", ["openai", "telnyx"])
@pytest.mark.parametrize(
    "parts",
    [(Ticking, Talkative), (Placed,), (Commentator, Phased), (Hurried, NeverAgain), (HurriedInside,)],
    ids=lambda parts: parts[0].__name__,
)
def test_nothing_is_found_against_a_lawful_server(tmp_path: Path, parts: tuple[Kind, ...], profile: str) -> None:
    """What cannot be judged is inconclusive; much is judged all the same."""
    contracts = load_profile(profile).contracts
    added = [part for pack in packs_of(contracts) for part in reference_of(pack).parts]
    with ReferenceServer(Endpoint(replaced=parts, added=added)) as server:
        url = url_of(server, contracts)
        target = Target(url=url, profile=load_profile(profile), key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path / "run", only=ASKED)
    assert not audited.trouble
    verdicts = combine(audited.verdicts)
    wrong = {Outcome.FAIL, Outcome.WARN, Outcome.ERROR}
    assert {name: verdict.findings for name, verdict in verdicts.items() if verdict.outcome in wrong} == {}
    assert sum(verdict.outcome is Outcome.PASS for verdict in verdicts.values()) > 40
