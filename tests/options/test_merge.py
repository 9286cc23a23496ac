"""Which surface decides, and what is said of a wrong value."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.options import OPTIONS, Surface, TargetError, TargetOptions, command_line, environment
from conformance.options.merge import toml_table


def file(**values: Any) -> Any:
    """What a table of the TOML file gives."""
    return toml_table(values, lambda key: f"conformance.toml: [targets.a] {key}")


def merged(said: dict[str, Any], environ: dict[str, str], **in_file: Any) -> TargetOptions:
    """The options of a command line, an environment and a file."""
    return TargetOptions.merged(command_line(said), environment(environ), file(**in_file), environ=environ)


def test_command_line_before_environment_before_file_before_default() -> None:
    """For every option alike."""
    environ = {"CONFORMANCE_CONCURRENCY": "3"}
    assert merged({"concurrency": "2"}, environ, concurrency=4)["concurrency"] == 2
    assert merged({}, environ, concurrency=4)["concurrency"] == 3
    assert merged({}, {}, concurrency=4)["concurrency"] == 4
    assert merged({}, {})["concurrency"] == OPTIONS["concurrency"].default == 8


def test_a_flag_can_be_taken_back() -> None:
    """By the stronger surface."""
    assert merged({"allow_plain_http": False}, {}, allow_plain_http=True)["allow_plain_http"] is False
    assert merged({}, {"CONFORMANCE_ALLOW_PLAIN_HTTP": "no"}, allow_plain_http=True)["allow_plain_http"] is False
    assert merged({}, {"CONFORMANCE_DEEP": "1"})["deep"] is True
    assert merged({"deep": False}, {"CONFORMANCE_DEEP": "1"}).said("deep") == "--no-deep"


def test_the_strongest_source_of_the_key_decides_alone() -> None:
    """A key file in the TOML file is not read where the command line names a variable."""
    options = merged({"key_env": "MINE"}, {}, key_file="theirs")
    assert (options["key_env"], options["key_file"]) == ("MINE", None)
    options = merged({"no_key": True}, {"CONFORMANCE_KEY_ENV": "X"}, key_file="theirs")
    assert (options["no_key"], options["key_env"], options["key_file"]) == (True, None, None)
    assert merged({}, {"CONFORMANCE_NO_KEY": "false"}, key_file="theirs")["key_file"] == "theirs"


def test_deep_on_the_command_line_outdoes_a_depth_in_the_file() -> None:
    """Both say how much is tested."""
    options = merged({"deep": True}, {}, depth="standard")
    assert (options["deep"], "depth" in options.given) == (True, False)


def test_headers_of_all_surfaces_are_sent() -> None:
    """Each with its strongest value, whatever the case of its name."""
    options = merged({"headers": ["X-A: 1"]}, {"CONFORMANCE_HEADERS": "x-a: 2\nx-b: 3"}, headers={"X-C": "4"})
    assert options["headers"] == {"x-a": "1", "x-b": "3", "x-c": "4"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("concurrency", "8x", "--concurrency: the value is not a whole number from 1 to 1024"),
        ("concurrency", "1_0", "--concurrency: the value is not a whole number"),
        ("rate", "nan", "--rate: the value is not a number of at least 0.01"),
        ("rate", "inf", "--rate: the value is not a number"),
        ("rate", "0", "--rate: 0.0 is not a number of at least 0.01"),
        ("seed", "-1", "--seed: -1 is not a whole number of at least 0"),
        ("depth", "deeper", "--depth: 'deeper' is not one of smoke, quick, standard, deep"),
        ("model", " ", "--model is empty, perhaps because an environment variable is not set."),
        ("only", [""], "--only is empty"),
        ("headers", ["authorization sk-secret"], "--header (number 1): the value is not of the form 'Name: value'"),
        ("headers", [": x"], "--header (number 1): the value is not of the form"),
        ("headers", ["a b: x"], "--header (number 1): the value is not of the form"),
        ("headers", ["a: x\r\nb: y"], "--header (number 1): the value is not of the form"),
        ("target", "", "The target is empty"),
    ],
)
def test_a_wrong_value_on_the_command_line_names_its_flag(name: str, value: Any, message: str) -> None:
    """One sentence; the value of a secret option is not shown."""
    with pytest.raises(TargetError) as said:
        command_line({name: value})
    assert str(said.value).startswith(message)
    assert "sk-secret" not in str(said.value)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CONFORMANCE_RATE", "fast", "CONFORMANCE_RATE: the value is not a number"),
        ("CONFORMANCE_DEEP", "perhaps", "CONFORMANCE_DEEP: the value is not true or false"),
        ("CONFORMANCE_MODEL", "", "CONFORMANCE_MODEL is empty"),
        ("CONFORMANCE_TARGET", " ", "CONFORMANCE_TARGET is empty"),
    ],
)
def test_a_wrong_value_in_the_environment_names_its_variable(variable: str, value: str, message: str) -> None:
    """One sentence."""
    with pytest.raises(TargetError, match=message):
        environment({variable: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("concurrency", value) for value in ("8", True, 1.5, 0, [])],
        *[("rate", value) for value in ("1", True, float("inf"), 0)],
        *[("deep", value) for value in ("true", 1.5, 2)],
        *[("model", value) for value in (1, True, [], {})],
        *[("headers", value) for value in ("a: b", ["a: b"], {"a": 1}, {"a": "b\n"})],
    ],
)
def test_a_wrong_value_in_the_file_names_file_and_key(key: str, value: Any) -> None:
    """Nothing is converted: TOML has types."""
    with pytest.raises(TargetError, match=rf"^conformance\.toml: \[targets\.a\] {key}( \(number 1\))?: .* is not "):
        file(**{key: value})


def test_pytest_names_its_own_option() -> None:
    """Not that of the command line."""
    with pytest.raises(TargetError, match=r"^--target-rate: "):
        command_line({"rate": "x"}, surface=Surface.PYTEST)
    assert command_line({"headers": ["a: b"]}, surface=Surface.PYTEST)["headers"].said == "--target-header"
