"""Identifies a target by its responses: server header, owner of its models, version, fingerprint."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from conformance.contract.engines import load_engines
from conformance.report.safe_text import one_line
from conformance.wire import parse_json

if TYPE_CHECKING:
    from conformance.wire import Exchange

_LONGEST = 60
_VERSION = re.compile(r"[bv]?[0-9][\w.+-]*")
_READ = 40  # answers that are looked into for a fingerprint


class Identity:
    """The facts about the server that the exchanges of a run reveal; `version` is the response to `GET /version`."""

    def __init__(self, exchanges: Mapping[str, Exchange], version: str = "") -> None:
        answered = [each for each in exchanges.values() if each.status is not None]
        self.server = _most(each.header("server") for each in answered)
        bodies = [_body(each) for each in answered if _is(each, "/models") or _is(each, "/version")]
        self.owner = _most(_owner(body) for body in bodies)
        self.version = one_line(version, _LONGEST) or _most(_text(body.get("version")) for body in bodies)
        completions = [each for each in answered if each.status == 200 and _is(each, "/chat/completions")][:_READ]
        self.fingerprint = _most(_text(_body(each).get("system_fingerprint")) for each in completions)

    @property
    def product(self) -> str:
        """The name of the engine with its version, if known; "" if the engine is unknown."""
        engines = load_engines()
        known = engines.owners.get(self.owner.lower(), "")
        named = self.server if self.server and not self.server.lower().startswith(engines.frameworks) else ""
        product = named or known
        version = self.version or self._version_in_fingerprint
        return f"{product} {version}" if product and version and version not in product else product

    @property
    def _version_in_fingerprint(self) -> str:
        """The version and git revision that some engines give as fingerprint: `b6710-74b8fc17`, `NAME-0.32.0-f5a26059`."""
        said = self.fingerprint.lower().removeprefix(self.owner.lower()).strip("-_ ")
        return said if _VERSION.fullmatch(said) else ""

    @property
    def facts(self) -> tuple[str, ...]:
        """Short facts about the server for the head of a report."""
        said = (("server", self.server), ("version", self.version), ("fingerprint", self.fingerprint))
        return tuple(f"{name} {value}" for name, value in said if value)


def _is(exchange: Exchange, path: str) -> bool:
    return exchange.request.path.endswith(path)


def _most(values: Iterable[str | None]) -> str:
    """Return the most frequent text, short and on one line; "" if there is none."""
    found = Counter(one_line(value, _LONGEST) for value in values if value)
    return found.most_common(1)[0][0] if found else ""


def _body(exchange: Exchange) -> dict[str, Any]:
    try:
        body: Any = parse_json(exchange.body) if len(exchange.body) < 1_000_000 and not exchange.events else None
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _owner(body: Mapping[str, Any]) -> str:
    models = body.get("data")
    first = models[0] if isinstance(models, list) and models else None
    return _text(first.get("owned_by")) if isinstance(first, dict) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
