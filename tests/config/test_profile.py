"""Profiles: paths, promises and documented differences, and the files that are refused."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.config.profile import Difference, load_profile, profile_names
from conformance.contract import SpecError, load_document, load_features, load_registry

HEAD = "name: mine\ndescription: Mine.\n"


def own(folder: Path, text: str) -> str:
    file = folder / "mine.yaml"
    file.write_text(text)
    return str(file)


def test_the_profiles_that_come_with_the_suite_load() -> None:
    """Each is named as its folder, begins with OpenAI's contract, and promises no more than there is."""
    assert profile_names() == ("openai", "telnyx", "vllm")
    for name in profile_names():
        profile = load_profile(name)
        assert profile.name == name
        assert profile.contracts[0] == "openai"
        assert not profile.promised & profile.optional
        assert profile.promises("chat")
        assert profile.promises(None)


def test_urls_are_below_the_targets_url_or_beside_it() -> None:
    """As an SDK joins them, with or without a trailing slash; ids are encoded into one step of the path."""
    openai, telnyx = load_profile("openai"), load_profile("telnyx")
    assert openai.url("http://h:8/v1/", "chat") == "http://h:8/v1/chat/completions"
    assert openai.url("http://h", "models") == "http://h/models"
    assert openai.url("http://h/v1", "model", id="org/a b") == "http://h/v1/models/org%2Fa%20b"
    assert openai.url("http://h/v1", "conversation_item", id="c", item_id="i") == "http://h/v1/conversations/c/items/i"
    base = telnyx.base_url
    assert telnyx.url(base, "chat") == "https://api.telnyx.com/v2/ai/openai/chat/completions"
    assert telnyx.url(base, "telnyx_conversations") == "https://api.telnyx.com/v2/ai/conversations"
    assert (
        telnyx.url("http://h/ai/openai", "telnyx_conversation_messages", id="1")
        == "http://h/ai/conversations/1/messages"
    )


def test_an_operation_may_not_exist() -> None:
    """Telnyx has conversations of its own and not OpenAI's."""
    telnyx = load_profile("telnyx")
    assert not telnyx.offers("conversations")
    assert telnyx.offers("telnyx_conversations")
    with pytest.raises(KeyError):
        telnyx.url("http://h", "conversations")


def test_every_path_is_an_operation_of_its_contracts_document() -> None:
    """A profile's paths and the OpenAPI document agree."""
    openai = {path.replace("_id}", "}") for path in load_document("openai").data["paths"]}
    rename = {
        "{completion}": "{id}",
        "{model}": "{id}",
        "{response}": "{id}",
        "{conversation}": "{id}",
        "{item}": "{item_id}",
    }
    for old, new in rename.items():
        openai = {path.replace(old, new) for path in openai}
    assert set(load_profile("openai").paths.values()) == openai
    telnyx = {
        path.removeprefix("/") if path.startswith("/..") else path for path in load_document("telnyx").relative_paths()
    }
    telnyx = {path.replace("{conversation_id}", "{id}") for path in telnyx}
    assert telnyx <= set(load_profile("telnyx").paths.values())


def test_telnyx_documents_its_own_errors() -> None:
    """422 with FastAPI's body, and its own document and key."""
    telnyx = load_profile("telnyx")
    assert (telnyx.error_envelope, telnyx.validation_statuses[0]) == ("http-validation-error", 422)
    assert (telnyx.key_env, telnyx.contracts) == ("TELNYX_API_KEY", ("openai", "telnyx"))
    assert telnyx.document is not None
    assert telnyx.document.name == "openapi.yaml"


def test_an_endpoint_must_have_what_no_client_can_do_without() -> None:
    """What any OpenAI-compatible endpoint promises by its name; the rest may be refused."""
    openai = load_profile("openai")
    assert {"chat", "stream", "stop", "max_tokens", "usage_in_stream", "models_list", "temperature"} <= openai.promised
    assert {"tools", "logprobs", "responses", "json_schema"} <= openai.optional
    assert "guided_json" not in openai.promised | openai.optional


def test_every_difference_is_about_requirements_that_exist() -> None:
    """A difference that covers nothing is stale."""
    requirements = load_registry()
    for name in profile_names():
        for difference in load_profile(name).differences:
            assert any(fnmatchcase(each, difference.requirement) for each in requirements), difference


def test_a_difference_covers_an_id_or_a_pattern() -> None:
    """The first that covers a requirement is the one reported."""
    assert Difference("chat.stop.*", "r", "s").covers("chat.stop.limit")
    assert not Difference("chat.stop", "r", "s").covers("chat.stop.limit")


def test_a_users_profile_inherits_openais_paths(tmp_path: Path) -> None:
    """Two lines suffice; what is not promised is optional."""
    profile = load_profile(own(tmp_path, HEAD))
    assert profile.paths == load_profile("openai").paths
    assert (profile.promised, profile.optional) == (frozenset(), frozenset(load_features()))
    assert (profile.error_envelope, profile.validation_statuses) == ("openai", (400,))
    assert (profile.image_url, profile.context_window) == ("object", 0)
    assert (profile.max_tokens_field, profile.key_env, profile.document) == ("max_tokens", "OPENAI_API_KEY", None)


def test_a_users_profile_may_say_all(tmp_path: Path) -> None:
    """Every field is read."""
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\npaths: {}\n")
    profile = load_profile(
        own(
            tmp_path,
            HEAD
            + "contracts: [openai, telnyx]\nbase_url: http://h/v1\ndocument: api.yaml\n"
            + "paths: {chat: /ask, models: null}\npromised: [chat]\noptional: [stop]\n"
            + "error_envelope: http-validation-error\nvalidation_statuses: [422]\n"
            + "max_tokens_field: max_completion_tokens\nimage_url: string\nkey_env: MY_KEY\n"
            + "context_window: 8192\n"
            + "differences: [{requirement: chat.stop.*, reason: r, source: s}]\n",
        )
    )
    assert (profile.contracts, profile.base_url) == (("openai", "telnyx"), "http://h/v1")
    assert profile.document == tmp_path / "api.yaml"
    assert profile.paths["chat"] == "/ask"
    assert not profile.offers("models")
    assert (profile.promised, profile.optional) == ({"chat"}, {"stop"})
    assert (profile.max_tokens_field, profile.image_url, profile.key_env) == (
        "max_completion_tokens",
        "string",
        "MY_KEY",
    )
    assert profile.context_window == 8192
    assert profile.difference("chat.stop.limit") == Difference("chat.stop.*", "r", "s")
    assert profile.difference("chat.n.count") is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("description: x\n", 1, "a profile lacks 'name'"),
        (HEAD + "colour: red\n", 3, "unknown field 'colour' in a profile"),
        (HEAD + "promised: [flight]\n", 3, "unknown feature 'flight'; known are chat, "),
        (HEAD + "promised: [stop]\noptional: [stop]\n", 4, "'stop' is both promised and optional"),
        (HEAD + "contracts: [telnyx]\n", 3, "must begin with openai"),
        (HEAD + "contracts: [openai, nonsense]\n", 3, "no contract 'nonsense'"),
        (HEAD + "paths:\n  chat: ask\n", 4, "the path of chat must begin with /"),
        (HEAD + "paths:\n  chats: /ask\n", 4, "no requirement asks an operation 'chats'; known are chat, "),
        (HEAD + "paths: []\n", 3, "'paths' must map operations to paths"),
        (HEAD + "document: none.yaml\n", 3, "give a path relative to the profile"),
        (HEAD + "error_envelope: mine\n", 3, "must be one of openai, http-validation-error"),
        (HEAD + "validation_statuses: [200]\n", 3, "must be a list of 4xx statuses"),
        (HEAD + "validation_statuses: 422\n", 3, "must be a list of 4xx statuses"),
        (HEAD + "max_tokens_field: tokens\n", 3, "must be one of max_tokens, max_completion_tokens"),
        (HEAD + "image_url: list\n", 3, "must be one of object, string"),
        (HEAD + "context_window: large\n", 3, "'context_window' must be a number of tokens"),
        (HEAD + "differences:\n  - {requirement: a.b, reason: r}\n", 4, "a difference lacks 'source'"),
        (HEAD + "differences: {}\n", 3, "'differences' must be a list"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    """The error names file and line, says what is wrong, and what to do."""
    with pytest.raises(SpecError) as caught:
        load_profile(own(tmp_path, text))
    assert message in str(caught.value)
    assert caught.value.line == line


def test_a_profile_that_is_not_there_is_refused() -> None:
    """The names that would do are listed."""
    with pytest.raises(SpecError, match="no profile 'nonsense'; use one of openai, telnyx, vllm, the path"):
        load_profile("nonsense")
