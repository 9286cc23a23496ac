"""One option: its names, its type and bounds, and the parsing of its value.

The module imports no modules that are slow to import.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, TypeVar

from conformance.options.errors import TargetError

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


class Surface(StrEnum):
    """The commands, files and environment in which a user can set an option."""

    RUN = "conformance run"
    PLAN = "conformance plan"
    TOML = "conformance.toml"
    ENVIRONMENT = "environment"
    PYTEST = "pytest"


class Kind(Enum):
    """The type of an option's value."""

    TEXT = auto()
    WHOLE = auto()
    """A whole number."""
    NUMBER = auto()
    FLAG = auto()
    TEXTS = auto()
    """Texts, one for each time the option is given."""
    HEADERS = auto()
    """Header values by lower-case name; given as `Name: value`, in TOML as a table."""
    COMMAND = auto()
    """Words of a command that runs without a shell; given as one text, or in TOML also as a list."""


_Number = TypeVar("_Number", int, float)

TARGET = frozenset({Surface.RUN, Surface.TOML, Surface.ENVIRONMENT, Surface.PYTEST})
"""Where most options can be set."""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table of options.

    `name` is the option's name in code. The command line, the environment, `conformance.toml` and pytest use the same
    name, unless `flag_name`, `env_name`, `toml_name` or `pytest_name` is set.

    If the default value is known only at run time, `default_text` describes the default value. `least`, `most` and
    `choices` limit the option's value. The value of a `secret` option is never shown. If options have the same `group`,
    the options from the source with the highest precedence replace those from all other sources. `reference` is true if
    the option also applies to runs against the built-in reference endpoint.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    metavar: str = ""
    default: Any = None
    default_text: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    on: frozenset[Surface] = TARGET
    group: str = ""
    reference: bool = True
    argument: bool = False
    """On the command line it is a positional argument."""
    short: str = ""
    negated: bool = False
    """The command line and pytest also have `--no-NAME`."""
    flag_name: str = ""
    toml_name: str = ""
    env_name: str = ""
    pytest_name: str = ""

    def __post_init__(self) -> None:
        """Make the choices of the option its placeholder in help texts, unless it has another placeholder."""
        object.__setattr__(self, "metavar", self.metavar or "|".join(self.choices))

    @property
    def flag(self) -> str:
        """The option's flag on the command line."""
        return f"--{self.flag_name or self.name.replace('_', '-')}"

    @property
    def toml(self) -> str:
        """The option's key in a table of conformance.toml."""
        return self.toml_name or self.name

    @property
    def variable(self) -> str:
        """The environment variable that sets the option."""
        return self.env_name or f"CONFORMANCE_{self.name.upper()}"

    @property
    def pytest(self) -> str:
        """The name of the corresponding pytest option."""
        return self.pytest_name or f"--target-{self.flag.removeprefix('--')}"

    @property
    def repeats(self) -> bool:
        """Whether the option may be given several times on the command line."""
        return self.kind in (Kind.TEXTS, Kind.HEADERS)

    @property
    def description(self) -> str:
        """The option's help text with its bounds and default value."""
        default = self.default_text or (f"{self.default}" if self.default is not None else "")
        bounds = f" ({self.bounds})" if self.bounds and not self.choices else ""
        return f"{self.help.removesuffix('.')}{bounds}." + (f" Default: {default}." if default else "")

    @property
    def bounds(self) -> str:
        """The bounds of the option's value, such as `from 1 to 1024` or `at least 1`; "" if there are no bounds."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.least is not None and self.most is not None:
            return f"from {self.least:g} to {self.most:g}"
        return f"at least {self.least:g}" if self.least is not None else ""

    def read(self, value: Any, said: str, *, typed: bool = False) -> Any:
        """Parse the value that a user gave for an option. `said` is the option's name as the user wrote it.

        `typed` is true if the source, such as TOML, has typed values; then text is not converted to other types. Raises
        `TargetError` if the value has the wrong type, is out of bounds or is empty.
        """
        if isinstance(value, str):
            if not value.strip():
                raise _empty(said)
            if typed and self.kind not in (Kind.TEXT, Kind.TEXTS, Kind.COMMAND):
                raise self._wrong(value, said)
        if typed and self.kind is Kind.HEADERS and not isinstance(value, Mapping):
            raise self._wrong(value, said)
        return _READERS[self.kind](self, value, said)

    def _wrong(self, value: Any, said: str) -> TargetError:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        shown = repr(value) if number or self.choices else "the value"  # a text in the wrong place may be a secret
        wanted = _WANTED[self.kind] if not self.choices else ""
        bounds = f"of {self.bounds}" if wanted and self.bounds.startswith("at") else self.bounds
        return TargetError(f"{said}: {shown} is not {' '.join(filter(None, (wanted, bounds)))}")

    def _text(self, value: Any, said: str) -> str:
        if not isinstance(value, str) or "\0" in value or (self.choices and value not in self.choices):
            raise self._wrong(value, said)
        return value

    def _texts(self, value: Any, said: str) -> list[str]:
        texts = [self._text(item, said) for item in (value if isinstance(value, list) else [value])]
        if not all(text.strip() for text in texts):
            raise _empty(said)
        return texts

    def _whole(self, value: Any, said: str) -> int:
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(value, said)
        return self._bounded(value, said)

    def _number(self, value: Any, said: str) -> float:
        if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
            value = float(value)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise self._wrong(value, said)
        return self._bounded(value, said)

    def _bounded(self, number: _Number, said: str) -> _Number:
        low = self.least is not None and number < self.least
        high = self.most is not None and number > self.most
        if low or high or not math.isfinite(number):
            raise self._wrong(number, said)
        return number

    def _flag(self, value: Any, said: str) -> bool:
        word = value.strip().lower() if isinstance(value, str) else value
        if word is True or word in _TRUE:
            return True
        if word is False or word in _FALSE:
            return False
        raise self._wrong(value, said)

    def _headers(self, value: Any, said: str) -> dict[str, str]:
        if isinstance(value, Mapping):
            pairs = list(value.items())
        else:
            lines = value.splitlines() if isinstance(value, str) else value
            if not isinstance(lines, list):
                raise self._wrong(value, said)
            pairs = [(line.partition(":")[0], line.partition(":")[2] if ":" in line else None) for line in lines]
        found = {}
        for number, (name, text) in enumerate(pairs, 1):
            name_ok = HEADER_NAME.fullmatch(name.strip())
            if not name_ok or not isinstance(text, str) or any(char in text for char in "\r\n\0"):
                raise self._wrong(value, f"{said} (number {number})")
            found[name.strip().lower()] = text.strip()
        return found

    def _command(self, value: Any, said: str) -> tuple[str, ...]:
        if isinstance(value, str):
            try:
                value = shlex.split(value)
            except ValueError as error:
                raise TargetError(f"{said}: the command cannot be split into words ({error})") from None
        whole = isinstance(value, list | tuple) and value and all(isinstance(word, str) for word in value)
        if not whole or not value[0].strip() or any("\0" in word for word in value):
            raise self._wrong(value, said)
        return tuple(value)


def _empty(said: str) -> TargetError:
    hint = "Give a URL like http://localhost:8000/v1, or a name from conformance.toml"
    if said not in ("The target", "CONFORMANCE_TARGET", "--target"):
        hint = f"Give it a value, or leave {said} out"
    return TargetError(f"{said} is empty, perhaps because an environment variable is not set. {hint}")


_WANTED = {
    Kind.TEXT: "a text",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.FLAG: "true or false",
    Kind.TEXTS: "a text",
    Kind.HEADERS: "of the form 'Name: value' (in TOML: {Name = \"value\"})",
    Kind.COMMAND: "a command: one text (in TOML also a list of texts)",
}
_READERS: Mapping[Kind, Callable[[Option, Any, str], Any]] = {
    Kind.TEXT: Option._text,
    Kind.WHOLE: Option._whole,
    Kind.NUMBER: Option._number,
    Kind.FLAG: Option._flag,
    Kind.TEXTS: Option._texts,
    Kind.HEADERS: Option._headers,
    Kind.COMMAND: Option._command,
}
