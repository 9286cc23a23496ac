"""A failing schema is made small within its budget: down to the one keyword that a broken endpoint passes over."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from conformance.auditing.runner import audit
from conformance.checks.constraints import JsonSchema
from conformance.checks.constraints.drawing import shrunk
from conformance.checks.constraints.drawn_schema import Drawn, closed_object, smaller
from conformance.checks.constraints.generated import draw
from conformance.config import Target, load_profile
from conformance.reference.mutants import endpoint_with
from conformance.reference.serve import ReferenceServer
from conformance.verdict import Outcome, combine

BUDGET = 12
# Each mutant passes over these keywords and nothing else.
BLIND = {
    "schema-enum-ignored": {"enum"},
    "schema-const-ignored": {"const"},
    "schema-pattern-ignored": {"pattern"},
    "schema-max-length-ignored": {"maxLength"},
    "schema-max-items-ignored": {"maxItems"},
    "schema-bounds-ignored": {"minimum", "maximum"},
    "schema-any-of-ignored": {"anyOf"},
}


@pytest.fixture(scope="module")
def large() -> list[Drawn]:
    """Schemas of many parts."""
    return [each for each in draw(120, 11, levels=2) if len(each.text) > 250]


def breaks(client: httpx.Client, url: str, drawn: Drawn) -> bool:
    """Whether the answer to a schema, asked for with what it forbids, breaks it."""
    named = {"name": "drawn", "strict": True, "schema": drawn.schema}
    dictated = json.dumps(drawn.forbidden, ensure_ascii=False)
    body = {
        "model": "reference-1",
        "messages": [{"role": "user", "content": f"Answer with exactly this: {dictated}"}],
        "response_format": {"type": "json_schema", "json_schema": named},
        "temperature": 0,
    }
    answer = client.post(f"{url}/chat/completions", json=body, timeout=30).json()
    return not JsonSchema.of(drawn.schema).admits(answer["choices"][0]["message"]["content"])


@pytest.mark.parametrize("name", BLIND)
def test_a_failing_schema_shrinks_to_the_keyword_that_is_passed_over(name: str, large: list[Drawn]) -> None:
    """Whatever large schema failed, what is left is one member, whose keywords are those of the fault and few others."""
    with (
        ReferenceServer(endpoint_with(name)) as server,
        httpx.Client(headers={"authorization": f"Bearer {server.api_key}"}) as client,
    ):
        worst = next(each for each in large if breaks(client, server.url, each))

        async def fails(drawn: Drawn) -> bool:
            return breaks(client, server.url, drawn)

        smallest, tried = asyncio.run(shrunk(worst, smaller, fails, BUDGET))
    assert tried <= BUDGET
    members = smallest.schema["properties"]
    assert len(members) == 1, smallest.text
    assert any(f'"{keyword}"' in smallest.text for keyword in BLIND[name]), smallest.text
    assert len(smallest.text) < 200 < len(worst.text), (worst.text, smallest.text)


def test_shrinking_stops_at_its_budget() -> None:
    """No more is tried than the budget allows, though smaller ones would fail, too."""
    leaf = Drawn({"type": "boolean"}, witness=True, forbidden="maybe")
    wide = closed_object({f"m{n}": leaf for n in range(9)})

    async def never(_: Drawn) -> bool:
        return False

    assert asyncio.run(shrunk(wide, smaller, never, 4)) == (wide, 4)
    assert asyncio.run(shrunk(wide, smaller, never, 40)) == (wide, 9)


def test_the_report_shows_the_small_schema(tmp_path: Path) -> None:
    """An audit of an endpoint that is blind to one keyword names a schema of one member with that keyword."""
    with ReferenceServer(endpoint_with("schema-pattern-ignored")) as server:
        target = Target(
            url=server.url, profile=load_profile("openai"), key=server.api_key, model="reference-1", deep=True
        )
        audited = audit(target, tmp_path / "run", only=["chat.json-schema.generated"])
    verdict = combine(audited.verdicts)["chat.json-schema.generated"]
    assert verdict.outcome is Outcome.FAIL
    schema = json.loads(verdict.findings[0].expected.partition("that satisfies ")[2])
    (member,) = schema["properties"].values()
    assert member.keys() == {"type", "pattern"}
