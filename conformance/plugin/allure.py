"""Adds to Allure results: contract, area and level, and the exchanges with their `curl` commands."""

from __future__ import annotations

import allure

from conformance.config import Target
from conformance.contract import Requirement
from conformance.verdict import Level, Outcome, Verdict
from conformance.wire import Exchange, Redactor, curl

MAX_BODY = 20_000
MAX_EXCHANGES = 4
_SEVERITY = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.MINOR,
}


def describe(requirement: Requirement, target: Target) -> None:
    """Label the running test with its requirement, for Allure."""
    allure.dynamic.title(f"{requirement.id}: {requirement.statement}")
    allure.dynamic.description(
        f"{requirement.statement}\n\nSource: {requirement.source}\n\nImpact: {requirement.impact}\n\nFix: {requirement.fix}"
    )
    allure.dynamic.parent_suite(requirement.contract)
    allure.dynamic.suite(requirement.area)
    allure.dynamic.epic(requirement.contract)
    allure.dynamic.feature(requirement.area)
    allure.dynamic.story(requirement.id)
    allure.dynamic.severity(_SEVERITY[requirement.level])
    for name, value in (
        ("contract", requirement.contract),
        ("area", requirement.area),
        ("requirement", requirement.id),
        ("level", str(requirement.level)),
        ("endpoint", target.slug),
    ):
        allure.dynamic.label(name, value)


def attach(verdict: Verdict, exchanges: dict[str, Exchange], redactor: Redactor, key_env: str) -> None:
    """Attach the verdict's exchanges to the running test if the requirement does not pass."""
    allure.dynamic.label("outcome", str(verdict.outcome))
    if verdict.outcome is Outcome.PASS:
        return
    for name in verdict.exchanges[:MAX_EXCHANGES]:
        if name not in exchanges:
            continue
        exchange = redactor.exchange(exchanges[name])  # before its bodies are cut: a cut secret is not found
        text = allure.attachment_type.TEXT
        allure.attach(_request(exchange), f"{name} request", text)
        allure.attach(_response(exchange), f"{name} response", text)
        allure.attach(curl(exchange.request, key_env), f"{name} curl", text)


def _request(exchange: Exchange) -> str:
    request = exchange.request
    head = [f"{request.method} {request.url}", *_lines(request.headers)]
    return "\n".join([*head, "", _cut(request.body)])


def _response(exchange: Exchange) -> str:
    head = [f"{exchange.http_version} {exchange.status}", *_lines(exchange.headers)]
    if exchange.failure:
        head.append(f"({exchange.failure.kind}: {exchange.failure.message})")
    return "\n".join([*head, "", _cut(exchange.body)])


def _lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _cut(body: bytes) -> str:
    text = body[:MAX_BODY].decode("utf-8", errors="replace")
    return text if len(body) <= MAX_BODY else f"{text}\n… ({len(body)} bytes in all)"
