"""What a refused request asked for is told by the same request without it, not by the words of the refusal."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.auditing.runner import audit
from conformance.config import Target, load_profile
from conformance.contract import load_features, load_registry
from conformance.judging.control import asks_for, bodies_without, body_without_calls
from conformance.judging.decide import Case, decide, with_server_errors
from conformance.reference.chat.request import ChatRequests
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.prompt import Json
from conformance.reference.serve import ReferenceServer
from conformance.reply import NotAnswered
from conformance.verdict import Level, Outcome, Reason, Verdict, combine
from conformance.wire import Exchange, Request

FEATURES = load_features()
REGISTRY = load_registry()
PLAIN: Json = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8}
NEWER: Json = {"model": "m", "messages": PLAIN["messages"], "max_completion_tokens": 8}
CALLED = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1"}]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."}
TOOLS = [{"type": "function", "function": {"name": "f", "strict": True}}]
LOOSE = [{"type": "function", "function": {"name": "f"}}]
PARTS = [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "data:"}}]


def said(content: Any, role: str = "user") -> Json:
    return {**PLAIN, "messages": [{"role": role, "content": content}]}


@pytest.mark.parametrize(
    ("feature", "body", "wanted"),
    [
        ("n", {**PLAIN, "n": 2}, [PLAIN]),
        ("n", PLAIN, []),
        ("store", {**PLAIN, "store": True}, [PLAIN]),
        ("max_tokens", PLAIN, [NEWER]),
        ("max_completion_tokens", NEWER, [PLAIN]),
        ("max_completion_tokens", {**PLAIN, "max_completion_tokens": 4}, [PLAIN]),
        ("max_tokens", {"prompt": "x", "max_tokens": 8}, []),
        ("tools", {**PLAIN, "tools": TOOLS, "tool_choice": "auto", "parallel_tool_calls": False}, [PLAIN]),
        ("tool_choice_named", {**PLAIN, "tools": TOOLS, "tool_choice": "x"}, [{**PLAIN, "tools": TOOLS}, PLAIN]),
        ("strict_tools", {**PLAIN, "tools": TOOLS}, [{**PLAIN, "tools": LOOSE}]),
        ("tools", {**PLAIN, "messages": [*PLAIN["messages"], CALLED, RESULT], "tools": TOOLS}, [PLAIN]),
        ("top_logprobs", {**PLAIN, "logprobs": True, "top_logprobs": 3}, [{**PLAIN, "logprobs": True}, PLAIN]),
        ("json_schema", {**PLAIN, "response_format": {"type": "json_schema"}}, [PLAIN]),
        ("vision", said(PARTS), [said(PARTS[:1])]),
        ("content_parts", said([PARTS[0], {"type": "text", "text": "you"}]), [said("Hi you")]),
        ("developer_role", said("Hi", "developer"), [said("Hi", "system")]),
        ("completions_prompt_array", {"prompt": ["a", "b"]}, [{"prompt": "b"}]),
        ("responses_text_format", {"input": "x", "text": {"format": {}}}, [{"input": "x", "text": {}}]),
        ("responses_store", {"input": "x", "store": True, "previous_response_id": "r"}, [{"input": "x", "store": False}]),
    ],
)  # fmt: skip
def test_a_control_is_the_same_body_without_the_feature(feature: str, body: Json, wanted: list[Json]) -> None:
    before = json.dumps(body)
    assert list(bodies_without(FEATURES[feature], body)) == wanted
    assert json.dumps(body) == before


def exchange(body: Json, status: int, message: str = "No.", number: int = 1) -> Exchange:
    answer = json.dumps({"error": {"message": message}}).encode()
    request = Request("POST", "http://x/v1/chat/completions", body=json.dumps(body).encode())
    return Exchange(f"x{number}", request, status=status, body=answer)


CONTROL = exchange(PLAIN, 200, number=2)


def judged(
    requirement: str,
    refused: Exchange,
    control: Exchange | None,
    *,
    uncalled: Exchange | None = None,
    **known: Exchange,
) -> Verdict:
    """The verdict on a refusal. `control` is the answer without the feature, `uncalled` the one without calls."""
    case = Case(
        REGISTRY[requirement],
        "json",
        tuple(known),
        load_profile("openai"),
        FEATURES,
        accepted_without=lambda *_: control,
        accepted_without_calls=lambda _: uncalled,
    )
    return decide(case, NotAnswered(refused, "refused"), known)


@pytest.mark.parametrize(
    ("status", "control", "outcome"),
    [
        (400, CONTROL, Outcome.UNSUPPORTED),
        (422, CONTROL, Outcome.UNSUPPORTED),
        (400, None, Outcome.INCONCLUSIVE),
        (401, CONTROL, Outcome.INCONCLUSIVE),
        (413, CONTROL, Outcome.INCONCLUSIVE),
        (429, CONTROL, Outcome.INCONCLUSIVE),
        (500, CONTROL, Outcome.FAIL),
        (500, None, Outcome.INCONCLUSIVE),
        (503, CONTROL, Outcome.INCONCLUSIVE),
    ],
)
def test_a_refusal_is_charged_to_the_feature_when_the_control_is_accepted(
    status: int, control: Exchange | None, outcome: Outcome
) -> None:
    verdict = judged("chat.n.count", exchange({**PLAIN, "n": 2}, status), control)
    assert verdict.outcome is outcome
    assert ("x2" in verdict.exchanges) is (outcome in (Outcome.UNSUPPORTED, Outcome.FAIL))


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("requirement", ["chat.tools.parallel", "chat.tools.parallel-false"])
def test_a_refused_history_is_not_charged_to_the_tools(requirement: str, status: int) -> None:
    """The same tools are accepted without the calls in the history: `content: null` is what the target rejects."""
    history = [*PLAIN["messages"], CALLED, RESULT]
    refused = exchange({**PLAIN, "messages": history, "tools": TOOLS, "parallel_tool_calls": False}, status, "tools")
    verdict = judged(requirement, refused, CONTROL, uncalled=exchange(PLAIN, 200, number=3))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "see chat.messages.tool-history" in verdict.detail
    assert "x3" in verdict.exchanges


def test_the_control_of_a_history_keeps_all_but_the_calls() -> None:
    body = {**PLAIN, "messages": [*PLAIN["messages"], CALLED, RESULT], "tools": TOOLS}
    assert list(body_without_calls(body)) == [{**PLAIN, "tools": TOOLS}]
    assert list(body_without_calls({**PLAIN, "tools": TOOLS})) == []


def embedded(body: Json, status: int, number: int = 1) -> Exchange:
    request = Request("POST", "http://x/v1/embeddings", body=json.dumps({"input": "x", **body}).encode())
    return Exchange(f"x{number}", request, status=status, body=b"{}")


@pytest.mark.parametrize(
    ("requirement", "outcome"),
    [
        ("embeddings.schema", Outcome.FAIL),
        ("embeddings.float", Outcome.INCONCLUSIVE),
        ("embeddings.count", Outcome.INCONCLUSIVE),
        ("embeddings.base64", Outcome.INCONCLUSIVE),
        ("embeddings.dimensions", Outcome.INCONCLUSIVE),
    ],
)
def test_an_operation_that_always_fails_breaks_one_requirement(requirement: str, outcome: Outcome) -> None:
    verdict = judged(requirement, embedded({}, 500), None)
    assert verdict.outcome is outcome
    assert ("see embeddings.schema" in verdict.detail) is (outcome is Outcome.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("requirement", "outcome"),
    [
        ("models.list.schema", Outcome.FAIL),
        ("models.list.unique", Outcome.INCONCLUSIVE),
        ("models.list.tested-model", Outcome.INCONCLUSIVE),
    ],
)
def test_a_promised_operation_that_is_missing_breaks_one_requirement(requirement: str, outcome: Outcome) -> None:
    """What the other requirements say was never asked."""
    missing = Exchange("x1", Request("GET", "http://x/v1/models"), status=404, body=b'{"detail":"Not Found"}')
    verdict = judged(requirement, missing, None)
    assert verdict.outcome is outcome
    assert ("see models.list.schema" in verdict.detail) is (outcome is Outcome.INCONCLUSIVE)


def test_a_server_error_of_one_request_is_charged_where_others_are_answered() -> None:
    plain, batch = embedded({}, 200), embedded({"input": ["a", "b"]}, 500, 2)
    assert judged("embeddings.count", batch, None, x1=plain, x2=batch).outcome is Outcome.FAIL


def test_every_requirement_that_speaks_for_an_operation_is_known() -> None:
    speaking = [feature for feature in FEATURES.values() if feature.answered]
    assert speaking
    assert all(REGISTRY[feature.answered].feature == feature.name for feature in speaking)


def test_a_promise_is_broken_whatever_the_words() -> None:
    refused = exchange({**PLAIN, "stop": "x"}, 400)
    assert judged("chat.stop.excluded", refused, CONTROL).outcome is Outcome.FAIL


def test_a_request_without_the_feature_says_nothing_of_it() -> None:
    """Neither its refusal nor a server error."""
    assert not asks_for(FEATURES["n"], exchange(PLAIN, 400).request)
    assert judged("chat.n.count", exchange(PLAIN, 500), None).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("reason", "status", "named"),
    [(Reason.PREMISE_NOT_MET, 500, True), (Reason.PREMISE_NOT_MET, 400, False), (Reason.RATE_LIMITED, 500, False)],
)
def test_a_premise_hides_no_server_error(reason: Reason, status: int, named: bool) -> None:
    verdict = Verdict("chat.n.count", Level.MUST, Outcome.INCONCLUSIVE, reason=reason, detail="nobody counts")
    told = with_server_errors(verdict, [exchange(PLAIN, status)])
    assert (f"x1 was answered {status}" in told.detail) is named
    assert told.detail.startswith("nobody counts")


class Curt(ChatRequests):
    """Takes no tools, and says so without a word of them."""

    def prepare_body(self, body: Json) -> Json:
        if body.get("tools") or any(message.get("tool_calls") for message in body.get("messages") or ()):
            raise ApiError(400, "This request cannot be served.", None, None)
        return super().prepare_body(body)


def test_tools_that_are_refused_without_the_word_are_unsupported(tmp_path: Path) -> None:
    """And not inconclusive forty times."""
    with ReferenceServer(Endpoint(replaced=[Curt])) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1")
        audited = audit(target, tmp_path / "run", only=["chat.tools", "chat.messages"])
    verdicts = [each for each in combine(audited.verdicts).values() if each.requirement.startswith("chat.tools")]
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    assert outcomes[Outcome.UNSUPPORTED] > 15
    assert (outcomes[Outcome.FAIL], outcomes[Outcome.WARN]) == (0, 0)
    assert outcomes[Outcome.INCONCLUSIVE] <= 4, [v for v in verdicts if v.outcome is Outcome.INCONCLUSIVE]
