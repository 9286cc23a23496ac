"""Stored completions on targets that do not store, store late, or say one thing and do another: none is failed wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.responses import Response

from conformance.auditing.runner import audit
from conformance.checks.scenarios.chat import test_stored
from conformance.config import Target, load_profile
from conformance.record import read_run
from conformance.reference.auth import Auth
from conformance.reference.chat.completion import Chat
from conformance.reference.chat.request import ChatRequest, ChatRequests
from conformance.reference.chat.stored import StoredChat, StoredChats
from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError, refuse
from conformance.reference.part import Kind
from conformance.reference.prompt import Json
from conformance.reference.serve import ReferenceServer
from conformance.reference.settings import Settings
from conformance.reference.store import Store
from conformance.verdict import Outcome, Reason, Verdict


def audited(parts: tuple[Kind, ...], folder: Path, only: str = "chat.stored") -> dict[str, Verdict]:
    return found_at(Endpoint(replaced=parts), folder, only)


def found_at(endpoint: Endpoint, folder: Path, only: str = "chat.stored") -> dict[str, Verdict]:
    with ReferenceServer(endpoint) as server:
        target = Target(url=server.url, profile=load_profile("openai"), key="sk-reference", model="reference-1")
        return {each.requirement: each for each in audit(target, folder, only=[only]).verdicts}


class Without(StoredChats):
    """Ignores `store`, and has none of the operations."""

    status = 404

    def unknown(self) -> Response:
        return Response('{"detail":"Not Found"}', self.status, self.http.headers(), "application/json")

    def retrieve_chat(self, identifier: str) -> Response:
        return self.unknown()

    def update_chat(self, identifier: str, body: Json) -> Response:
        return self.unknown()

    def delete_chat(self, identifier: str) -> Response:
        return self.unknown()

    def list_chats(self, query: Mapping[str, str]) -> Response:
        return self.unknown()

    def list_chat_messages(self, identifier: str, query: Mapping[str, str]) -> Response:
        return self.unknown()


class NotAllowed(Without):
    """The path is known, the method is not."""

    status = 405


class NotImplementedHere(Without):
    """Says that it has no such thing."""

    status = 501


class Refusing(ChatRequests):
    """Refuses the parameter by name."""

    def check_fields(self, body: Json, dialect: object) -> None:
        if body.get("store"):
            refuse("Unsupported parameter: 'store' is not supported.", "store", "unsupported_parameter")


class Welcoming(Without):
    """Answers whatever it does not know with 200 and a greeting."""

    status = 200

    def unknown(self) -> Response:
        return Response('{"status":"ok"}', 200, self.http.headers(), "application/json")


class Busy(Without):
    """Has no time for it now."""

    status = 503


LAWFUL: list[tuple[tuple[Kind, ...], Outcome]] = [
    ((Without,), Outcome.UNSUPPORTED),
    ((NotAllowed,), Outcome.UNSUPPORTED),
    ((NotImplementedHere,), Outcome.UNSUPPORTED),
    ((Refusing, Without), Outcome.UNSUPPORTED),
    ((Welcoming,), Outcome.INCONCLUSIVE),
    ((Busy,), Outcome.INCONCLUSIVE),
]


@pytest.mark.parametrize(("parts", "outcome"), LAWFUL, ids=[parts[0].__name__ for parts, _ in LAWFUL])
def test_a_target_that_stores_nothing_is_not_failed(parts: tuple[Kind, ...], outcome: Outcome, tmp_path: Path) -> None:
    """Every requirement is unsupported, or inconclusive where the target does not say so; and it is asked little."""
    found = audited(parts, tmp_path)
    assert {each.outcome for each in found.values()} == {outcome}
    assert len(found) > 30
    asked = [each for each in read_run(tmp_path / "run.ndjson").exchanges.values() if each.probe != "preflight"]
    assert len(asked) < 15


class Late(StoredChats):
    """Finds and lists at the second look what it stored, and at the second look no longer what it deleted."""

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__(settings, store)
        self.looked: set[tuple[str, str]] = set()
        self.gone: dict[str, StoredChat] = {}

    def first(self, what: str, identifier: str) -> bool:
        """Whether this is the first look."""
        new = (what, identifier) not in self.looked
        self.looked.add((what, identifier))
        return new

    def stored_chat(self, identifier: str) -> StoredChat:
        if identifier in self.gone and self.first("deleted", identifier):
            return self.gone[identifier]
        return super().stored_chat(identifier)

    def retrieve_chat(self, identifier: str) -> Response:
        if identifier in self.kept and self.first("stored", identifier):
            raise ApiError(404, "Not found.")
        return super().retrieve_chat(identifier)

    def delete_chat(self, identifier: str) -> Response:
        kept = self.kept.get(identifier)
        answer = super().delete_chat(identifier)
        if kept:
            self.gone[identifier] = kept
        return answer


class Bare(StoredChats):
    """Keeps what a client needs: no details of the usage, no log probabilities, fields of its own, and its answer's text."""

    def keep_chat(self, request: ChatRequest, completion: Json) -> None:
        super().keep_chat(request, completion)
        stored = self.kept[completion["id"]]
        kept = {key: value for key, value in stored.body.items() if key not in {"service_tier", "system_fingerprint"}}
        usage = {key: value for key, value in (completion.get("usage") or {}).items() if isinstance(value, int)}
        stored.body = {**kept, "usage": usage, "request_id": "req_1", "input_user": None}
        answered = {"id": f"{completion['id']}-answer", "role": "assistant", "content": "…", "name": None}
        stored.messages = [*stored.messages, answered]


@pytest.mark.parametrize("kind", [Late, Bare])
def test_a_target_that_stores_in_its_own_way_passes(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes a moment is looked for again; what is more or less than OpenAI's is no fault."""
    monkeypatch.setattr(test_stored, "SETTLING", (0.01, 0.01))
    found = audited((kind,), tmp_path)
    wrong = {name: each.outcome for name, each in found.items() if each.outcome is not Outcome.PASS}
    assert not wrong


class Telling(Chat):
    """Says `store: true` in its answer."""

    def completion(self, *given: object) -> Json:
        return {**super().completion(*given), "store": True}  # type: ignore[arg-type] # what it was given


class ListedOnly(StoredChats):
    """Lists what it stored, and does not find it."""

    def retrieve_chat(self, identifier: str) -> Response:
        raise ApiError(404, "Not found.")


@pytest.mark.parametrize("parts", [(Telling, Without), (ListedOnly,)], ids=["told", "listed"])
def test_what_the_target_says_that_it_stored_must_be_there(
    parts: tuple[Kind, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its answer, or in a list."""
    monkeypatch.setattr(test_stored, "SETTLING", (0.01, 0.01))
    found = audited(parts, tmp_path)["chat.stored.retrieve"]
    assert found.outcome is Outcome.FAIL
    assert "confirmed that it was stored" in found.findings[0].expected


def test_without_a_key_to_miss_nothing_is_said_of_keys(tmp_path: Path) -> None:
    """A target that needs no key is not judged by what it shows without one."""

    class Open(Auth):
        """Needs no key."""

        def authenticate(self, headers: Mapping[str, str]) -> None:
            """Let everyone in."""

    found = audited((Open,), tmp_path, "chat.stored.key-required")["chat.stored.key-required"]
    assert found.reason is Reason.PREMISE_NOT_MET


def test_what_is_stored_is_deleted_at_the_end(tmp_path: Path) -> None:
    """A run leaves nothing behind."""
    endpoint = Endpoint()
    found_at(endpoint, tmp_path)
    assert not endpoint.part(StoredChats).kept
