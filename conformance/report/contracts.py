"""The results of comparing each exchange of a run with the target's OpenAPI document and with OpenAI's document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of exchanges that match an OpenAPI document, violate it, or call an operation that it lacks."""

    keeps: int = 0
    breaks: int = 0
    undescribed: int = 0

    @property
    def words(self) -> str:
        """The number of exchanges that match or violate the document, as text: `12 match it, 3 violate it`."""
        if not self.keeps + self.breaks:
            return "not described"
        said = [f"{self.keeps} match it"] if self.keeps else []
        said += [f"{self.breaks} violate it"] if self.breaks else []
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class ComparedOperation:
    """How many exchanges of one operation match or violate the target's document and OpenAI's document."""

    operation: str
    own: Counts
    openai: Counts


@dataclass(frozen=True, slots=True)
class Break:
    """One kind of violation of an OpenAPI document.

    `own` counts the exchanges that violate the target's document; `openai` counts the exchanges that violate OpenAI's
    document.

    `documented` is true if the target's document describes behaviour that OpenAI's document forbids.
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
        """The name of the OpenAPI document that the exchanges violate."""
        if self.own:
            return "both" if self.openai else "its own"
        return "OpenAI's, as its own document says" if self.documented else "OpenAI's"


@dataclass(frozen=True, slots=True)
class Contracts:
    """How the exchanges of a run compare with two OpenAPI documents: the target's and OpenAI's.

    `trouble` explains why the exchanges could not be compared; it is "" if they were compared.
    """

    document: str
    operations: tuple[ComparedOperation, ...]
    breaks: tuple[Break, ...]
    trouble: str = ""

    @property
    def faults(self) -> tuple[Break, ...]:
        """The violations caused by behaviour that the target's document does not describe."""
        return tuple(each for each in self.breaks if each.own or not each.documented)[:SHOWN]

    @property
    def documented(self) -> tuple[Break, ...]:
        """The violations of OpenAI's document caused by behaviour that the target's document describes."""
        return tuple(each for each in self.breaks if each.documented and not each.own)[:SHOWN]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison with OpenAPI documents as JSON data."""
        return asdict(self)


def read_contracts(data: Any) -> Contracts | None:
    """Read how exchanges compare with OpenAPI documents from the footer of a run file.

    Return None if the footer has no comparison with OpenAPI documents.
    """
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
