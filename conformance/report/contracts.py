"""Both answers to every exchange, as a report shows them: does it keep the target's own document, and OpenAI's?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Counts:
    """How many exchanges keep a document, break it, or belong to no operation of it."""

    keeps: int = 0
    breaks: int = 0
    undescribed: int = 0

    @property
    def words(self) -> str:
        """The counts in words: `12 keep it, 3 break it`."""
        if not self.keeps + self.breaks:
            return "not described"
        said = [f"{self.keeps} keep it"] if self.keeps else []
        said += [f"{self.breaks} break it"] if self.breaks else []
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class ComparedOperation:
    """One operation in both columns."""

    operation: str
    own: Counts
    openai: Counts


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a document, and how many exchanges break the target's own, and OpenAI's, in it.

    `documented` says that the target's own document describes what OpenAI's forbids.
    """

    operation: str
    where: str
    message: str
    own: int
    openai: int
    exchange: str
    documented: bool

    @property
    def side(self) -> str:
        """Which contract is broken, in words."""
        if self.own:
            return "both" if self.openai else "its own"
        return "OpenAI's, as its own document says" if self.documented else "OpenAI's"


@dataclass(frozen=True, slots=True)
class Contracts:
    """Both columns. `trouble` says why there are none."""

    document: str
    operations: tuple[ComparedOperation, ...]
    breaks: tuple[Break, ...]
    trouble: str = ""

    @property
    def faults(self) -> tuple[Break, ...]:
        """What is broken and not documented by the target."""
        return tuple(each for each in self.breaks if each.own or not each.documented)[:SHOWN]

    @property
    def documented(self) -> tuple[Break, ...]:
        """What breaks OpenAI's contract just as the target's own document says."""
        return tuple(each for each in self.breaks if each.documented and not each.own)[:SHOWN]

    def to_dict(self) -> dict[str, Any]:
        """The columns as JSON data."""
        return asdict(self)


def read_contracts(data: Any) -> Contracts | None:
    """The columns from a run file's footer; None where a run has none, or a broken file says something else."""
    if not isinstance(data, Mapping):
        return None
    try:
        return Contracts(
            str(data["document"]),
            tuple(
                ComparedOperation(str(each["operation"]), _counts(each["own"]), _counts(each["openai"]))
                for each in data["operations"]
            ),
            tuple(_break(each) for each in data["breaks"]),
            str(data.get("trouble", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _counts(data: Mapping[str, Any]) -> Counts:
    return Counts(int(data["keeps"]), int(data["breaks"]), int(data["undescribed"]))


def _break(data: Mapping[str, Any]) -> Break:
    texts = {name: str(data[name]) for name in ("operation", "where", "message", "exchange")}
    return Break(**texts, own=int(data["own"]), openai=int(data["openai"]), documented=bool(data["documented"]))
