"""The language between the process that audits and the one that judges: one JSON object a line, both ways.

What was sent is told in the lines of a run file, so that judging a run that is under way and judging its file again are
the same thing. The key is never told.
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
from conformance.engine import BudgetExhausted, Death, Interrupted, TargetDied
from conformance.record import exchange_to_dict
from conformance.wire import Exchange, NoTokenError, Redactor, UnsendableRequestError

Message = dict[str, Any]

_ERRORS: dict[str, type[Exception]] = {
    each.__name__: each for each in (BudgetExhausted, TargetDied, NoTokenError, UnsendableRequestError)
}


@dataclass(frozen=True, slots=True)
class JudgingOrder:
    """What a judging process is to do. Without a `recorded` file it is told line by line what is sent.

    `target` has no credentials (`judging.recorded_target.without_credentials`). `done` are the cases that need no verdict any
    more. `alone` judges each invariant alone, so that one that never ends keeps no other from its verdict. `packs` are the
    folders of the packs that the user gave.
    """

    target: Target
    only: tuple[str, ...] = ()
    recorded: Path | None = None
    done: frozenset[tuple[str, str]] = frozenset()
    alone: bool = False
    compares: bool = True
    packs: tuple[str, ...] = ()


def line(kind: str, data: Mapping[str, Any] = MappingProxyType({})) -> bytes:
    """A message as a line."""
    return json.dumps({"kind": kind, **data}, separators=(",", ":")).encode("ascii") + b"\n"


def order_line(order: JudgingOrder) -> bytes:
    """An order as a line."""
    written = io.BytesIO()
    _Pickler(written).dump(order)
    return line("order", {"pickle": base64.b64encode(written.getvalue()).decode("ascii")})


def order_of(message: Message) -> JudgingOrder:
    """The order that `order_line` wrote; the process that started this one wrote it."""
    order: JudgingOrder = pickle.loads(base64.b64decode(message["pickle"]))  # noqa: S301 - from our own parent
    return order


def exchange_line(exchange: Exchange, redactor: Redactor) -> bytes:
    """An exchange as a run file has it; `redactor` has cleaned its response before."""
    return line("exchange", exchange_to_dict(replace(exchange, request=redactor.request(exchange.request))))


def error_line(identity: str, error: BaseException) -> bytes:
    """That a request was not answered, and what its probe was told."""
    if isinstance(error, Exception):
        return line("unanswered", {"identity": identity, "error": type(error).__name__, "said": str(error)})
    return line("unanswered", {"identity": identity, "error": "Interrupted", "said": ""})  # its task was cancelled


def error_of(message: Message) -> Exception:
    """The error that `error_line` told."""
    name, said = message["error"], message["said"]
    if name == Interrupted.__name__:
        return Interrupted()
    return _ERRORS[name](said) if name in _ERRORS else RuntimeError(f"{name}: {said}")


def complete_line(death: Death | None, *, interrupted: bool) -> bytes:
    """That all probes have ended."""
    return line("complete", {"death": asdict(death) if death else None, "interrupted": interrupted})


def death_of(message: Message) -> Death | None:
    """How the target died, as `complete_line` told it."""
    told = message["death"]
    if told is None:
        return None
    return Death(**{**told, "others": tuple(told["others"]), "refused": tuple(told["refused"])})


class _Pickler(pickle.Pickler):
    """Knows read-only mappings, which profiles have."""

    def reducer_override(self, found: object) -> Any:
        return (_read_only, (dict(found),)) if isinstance(found, MappingProxyType) else NotImplemented


def _read_only(data: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(data)
