"""The protocol between the auditing process and the judging process: JSON objects, one per line, in both directions.

The auditing process sends each exchange as a line of a run file, so judging during a run gives the same verdicts as
judging the run file later. The messages between the two processes never contain the API key.
"""

from __future__ import annotations

import base64
import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.config import Target
from conformance.engine import BudgetExhausted, Death, Interrupted, LimitsIgnored, TargetDied
from conformance.record import exchange_to_dict
from conformance.wire import Exchange, NoTokenError, Redactor, UnsendableRequestError

Message = dict[str, Any]

_ERRORS: dict[str, type[Exception]] = {
    each.__name__: each for each in (BudgetExhausted, LimitsIgnored, TargetDied, NoTokenError, UnsendableRequestError)
}


@dataclass(frozen=True, slots=True)
class JudgingOrder:
    """The instructions that a judging process receives: what to judge, and how.

    If `recorded` is None, the judging process receives each exchange as a line as soon as the exchange is complete.
    `target` is the target under test without credentials (`judging.recorded_target.without_credentials`). `done` lists
    the cases that already have a verdict. If `alone` is true, each invariant is judged separately, so an invariant that
    hangs does not affect the others. `packs` lists the folders of the packs that the user gave.
    """

    target: Target
    only: tuple[str, ...] = ()
    recorded: Path | None = None
    done: frozenset[tuple[str, str]] = frozenset()
    alone: bool = False
    compares: bool = True
    packs: tuple[str, ...] = ()


def line(kind: str, data: Mapping[str, Any] = MappingProxyType({})) -> bytes:
    """Return a message as one line of JSON."""
    return json.dumps({"kind": kind, **data}, separators=(",", ":")).encode("ascii") + b"\n"


def order_line(order: JudgingOrder) -> bytes:
    """Return the instructions for a judging process as one line of JSON."""
    written = io.BytesIO()
    _Pickler(written).dump(order)
    return line("order", {"pickle": base64.b64encode(written.getvalue()).decode("ascii")})


def order_of(message: Message) -> JudgingOrder:
    """Read the instructions for a judging process from a message that the auditing process sent."""
    order: JudgingOrder = pickle.loads(base64.b64decode(message["pickle"]))  # noqa: S301 - from our own parent
    return order


def exchange_line(exchange: Exchange, redactor: Redactor) -> bytes:
    """Return an exchange as a line of a run file.

    The `redactor` redacts the request; the response must already be redacted.
    """
    return line("exchange", exchange_to_dict(replace(exchange, request=redactor.request(exchange.request))))


def error_line(identity: str, error: BaseException) -> bytes:
    """Return a line which says that a request got no response, and which error the probe receives instead."""
    if isinstance(error, Exception):
        return line("unanswered", {"identity": identity, "error": type(error).__name__, "said": str(error)})
    return line("unanswered", {"identity": identity, "error": "Interrupted", "said": ""})  # its task was cancelled


def error_of(message: Message) -> Exception:
    """Return the exception that a message from `error_line` describes."""
    name, said = message["error"], message["said"]
    if name == Interrupted.__name__:
        return Interrupted()
    return _ERRORS[name](said) if name in _ERRORS else RuntimeError(f"{name}: {said}")


def complete_line(death: Death | None, *, interrupted: bool) -> bytes:
    """Return a line which says that all probes have ended."""
    return line("complete", {"death": asdict(death) if death else None, "interrupted": interrupted})


def death_of(message: Message) -> Death | None:
    """Return how the target died, according to a message from `complete_line`; None if it did not die."""
    told = message["death"]
    if told is None:
        return None
    return Death(**{**told, "others": tuple(told["others"]), "refused": tuple(told["refused"])})


class _Pickler(pickle.Pickler):
    """Pickles the read-only mappings of profiles."""

    def reducer_override(self, found: object) -> Any:
        return (_read_only, (dict(found),)) if isinstance(found, MappingProxyType) else NotImplemented


def _read_only(data: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(data)
