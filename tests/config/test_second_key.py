"""The API key of another account: where it comes from, that it is shown nowhere, and that a replay tells the keys apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.auditing.run_recorder import header
from conformance.causes.script import _call
from conformance.config import Target, TargetError, gather, resolve
from conformance.config.seal import is_sealed, seal
from conformance.engine.memory import Memory
from conformance.judging.recorded_target import recorded_target, without_credentials
from conformance.options import Given
from conformance.wire import Exchange, Request, curl

FIRST, OTHER = "sk-of-the-first-account", "sk-of-another-account"
ENVIRON = {"CONFORMANCE_API_KEY": FIRST, "OTHER": OTHER, "SAME": FIRST, "EMPTY": " "}
URL = "http://localhost:8000/v1"


def target_with(second: str | None = "OTHER", **environ: str) -> Target:
    """The target of a user who names this variable."""
    layer = {"target": Given(URL, "TARGET")}
    if second is not None:
        layer["second_key_env"] = Given(second, "--second-key-env")
    return resolve(gather(layer, environ=environ or ENVIRON))


def request(target: Target, key: str | None) -> Request:
    name, value = target.credential(str(key))
    return Request("GET", f"{URL}/conversations/conv_1", ((name, value),))


def test_the_key_of_another_account_is_read() -> None:
    target = target_with()
    assert (target.key, target.second_key, target.key_variables) == (FIRST, OTHER, ("CONFORMANCE_API_KEY", "OTHER"))
    assert target_with(None).second_key is None


@pytest.mark.parametrize(
    ("name", "environ", "said"),
    [
        ("UNSET", ENVIRON, "UNSET is not set"),
        ("EMPTY", ENVIRON, "EMPTY is not set, or empty"),
        ("SAME", ENVIRON, "has the key of the first account"),
        ("OTHER", {"OTHER": OTHER}, "needs the key of the first account"),
    ],
)
def test_a_useless_key_is_an_error(name: str, environ: dict[str, str], said: str) -> None:
    """The message names the option and never the key."""
    with pytest.raises(TargetError, match=said) as error:
        target_with(name, **environ)
    assert FIRST not in str(error.value)
    assert OTHER not in str(error.value)


def test_a_toml_file_can_name_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(f'[targets.mine]\nurl = "{URL}"\nsecond_key_env = "OTHER"\n', encoding="utf-8")
    layer = {"target": Given("mine", "TARGET"), "config": Given(str(file), "--config")}
    assert resolve(gather(layer, environ=ENVIRON)).second_key == OTHER


def test_the_key_is_shown_nowhere() -> None:
    """Not in the target's text, not in the header of a run file, and not in the order to the judging process."""
    target = target_with()
    for shown in (repr(target), repr(header(target, ())), repr(without_credentials(target))):
        assert OTHER not in shown
    assert target.redactor.text(f"before {OTHER} after") == "before [redacted] after"
    assert without_credentials(target).second_key not in (None, OTHER)


def test_a_redacted_request_says_which_key_it_had() -> None:
    """A command with the wrong key would show another response."""
    target = target_with()
    of_first, of_other = (target.redactor.request(request(target, key)) for key in (FIRST, OTHER))
    assert "$MY_KEY" in curl(of_first, "MY_KEY")
    assert "$CONFORMANCE_SECOND_KEY" in curl(of_other, "MY_KEY")
    assert OTHER not in curl(of_other, "MY_KEY")
    assert target.redactor.request(of_other) == of_other
    assert target_with(None).redactor.request(of_other) == of_other
    assert "CONFORMANCE_SECOND_KEY" in _call(of_other, URL)
    assert "KEY" in _call(of_first, URL)
    assert "SECOND" not in _call(of_first, URL)


def test_a_replay_tells_the_keys_apart(tmp_path: Path) -> None:
    """Equal requests with different keys have different identities, which depend on neither key."""
    live = target_with()
    recorded = recorded_target(header(live, ()), tmp_path)
    assert recorded.second_key
    names = []
    for target in (live, without_credentials(live), recorded, replace(live, key="sk-new", second_key="sk-also-new")):
        memory = Memory(target)
        names.append([memory.name(request(target, key), "p", own=False) for key in (target.key, target.second_key)])
    assert all(each == names[0] for each in names)
    assert names[0][0] != names[0][1]
    assert recorded_target(header(target_with(None), ()), tmp_path).second_key is None


def test_a_run_can_be_resumed_with_another_second_key() -> None:
    """The seal proves that the URL is the same; for this, the first key is enough."""
    target = target_with()
    assert is_sealed(replace(target, second_key="sk-new-key-of-another"), seal(target))


def test_a_short_key_is_removed_from_the_run_file() -> None:
    """The redactor of the run file knows short keys, too."""
    target = target_with("SHORT", CONFORMANCE_API_KEY=FIRST, SHORT="quay-2")
    exchange = Exchange("x1", request(target, "quay-2"), status=200, body=json.dumps({"a": "quay-2"}).encode())
    assert "quay-2" not in repr(target.redactor.exchange(exchange))
