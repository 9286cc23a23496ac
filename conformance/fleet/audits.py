"""Turns the targets of conformance.toml into a list of audits: one audit for each target and model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from conformance.config.target import folder_name
from conformance.fleet.layout import RESERVED
from conformance.fleet.limits import AuditBudget, FleetLimits, host_of
from conformance.options import OPTIONS, Given, Layer, TargetError, TargetOptions

ALL = "all"
"""The value of `models` that means all models that the target lists."""
_OF_THE_LIST = ("models", "models_match", "target", "model")
"""Options that the list of audits has used up."""


@dataclass(frozen=True, slots=True)
class FleetAudit:
    """One audit: a target of conformance.toml with one model.

    `name` is unique, and is the name of the audit's folder. `target` is the name of the target in conformance.toml.
    `model` is None if the audit takes the first model that the target lists. `host` is the host of `url`, with its
    port. `slots` is the maximum number of concurrent requests of this audit. `options` has the options of the target in
    conformance.toml that are in no other attribute.
    """

    name: str
    target: str
    url: str
    host: str
    model: str | None = None
    region: str = ""
    labels: tuple[str, ...] = ()
    slots: int = 1
    budget: AuditBudget = field(default_factory=AuditBudget)
    price_in: float | None = None
    price_out: float | None = None
    options: Layer = field(default_factory=dict, repr=False)


def list_audits(
    targets: Mapping[str, Layer],
    limits: FleetLimits,
    *,
    over: Layer | None = None,
    listed: Callable[[str], Sequence[str]] = lambda _: (),
) -> tuple[FleetAudit, ...]:
    """Return one audit for each target and model, in the order of conformance.toml.

    `targets` has the options of each target. The options in `over` apply to all targets, and take precedence over the
    options of a target. `listed` returns the models that a target lists in `GET /models`; it is called for a target
    with `models = "all"`.

    Raises `TargetError` if a target has contradictory options, or if no model matches `models_match`.
    """
    taken: set[str] = set()
    audits = []
    for target, layer in targets.items():
        options = TargetOptions.merged(over or {}, layer, environ={})
        for model, several in _models(target, options, listed):
            name = _unique(f"{target}.{model}" if several else target, taken)
            audits.append(_audit(name, target, model, options, layer, limits))
    return tuple(audits)


def _audit(
    name: str, target: str, model: str | None, options: TargetOptions, layer: Layer, limits: FleetLimits
) -> FleetAudit:
    url = str(options["target"])
    host = host_of(url)
    if options["max_cost"] is not None and options["price_in"] is None and options["price_out"] is None:
        raise TargetError(f"{options.said('max_cost')} needs price_in or price_out, for a million tokens each")
    wanted = 1 if options["gentle"] else int(options["concurrency"])
    return FleetAudit(
        name,
        target,
        url,
        host,
        model,
        region=options["region"] or "",
        labels=tuple(options["labels"] or ()),
        slots=min(wanted, limits.of_host(host)),
        budget=AuditBudget(options["max_requests"], options["max_output_tokens"], options["max_cost"]),
        price_in=options["price_in"],
        price_out=options["price_out"],
        options={key: given for key, given in layer.items() if key not in _OF_THE_LIST},
    )


def _models(
    target: str, options: TargetOptions, listed: Callable[[str], Sequence[str]]
) -> Iterator[tuple[str | None, bool]]:
    """Yield each model of a target, and whether the model belongs into the name of its audit."""
    models, patterns = options["models"], options["models_match"]
    if models is None:
        if patterns:
            raise TargetError(
                f'{options.said("models_match")} filters models, and `models` is missing. Add models = "all"'
            )
        yield options["model"], False
        return
    if options["model"] is not None:
        raise TargetError(f"{options.said('model')} and {options.said('models')} both name models. Keep one of them")
    found = listed(target) if models == [ALL] else models
    chosen = [
        name for name in dict.fromkeys(found) if not patterns or any(fnmatchcase(name, each) for each in patterns)
    ]
    if not chosen:
        why = f"none of {len(found)} models matches {', '.join(patterns)}" if patterns else "the target lists no model"
        raise TargetError(f"{options.said('models')}: {why}")
    yield from ((name, True) for name in chosen)


def _unique(text: str, taken: set[str]) -> str:
    """Return a folder name that no other audit has, whatever the case of letters."""
    name = folder_name(text)
    if name.casefold() in taken | RESERVED:
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        name = f"{name[:70]}-{digest}"
    taken.add(name.casefold())
    return name


def audit_to_dict(audit: FleetAudit) -> dict[str, Any]:
    """Return an audit as JSON data without secrets; the values of secret options are left out, and `withheld` names them."""
    secret = {key for key in audit.options if OPTIONS[key].secret}
    return {
        "name": audit.name,
        "target": audit.target,
        "url": audit.url,
        "host": audit.host,
        "model": audit.model,
        "region": audit.region,
        "labels": list(audit.labels),
        "slots": audit.slots,
        "budget": {
            "requests": audit.budget.requests,
            "output_tokens": audit.budget.output_tokens,
            "cost": audit.budget.cost,
        },
        "price_in": audit.price_in,
        "price_out": audit.price_out,
        "options": {key: given.value for key, given in audit.options.items() if key not in secret},
        "withheld": sorted(secret),
    }


def audit_from_dict(data: Mapping[str, Any]) -> FleetAudit:
    """Rebuild an audit from the data that `audit_to_dict` returned.

    Raises `TargetError` if the data does not describe an audit. The rebuilt audit lacks the options that hold secrets.
    """
    try:
        budget = data["budget"]
        return FleetAudit(
            _text(data["name"]),
            _text(data["target"]),
            _text(data["url"]),
            _text(data["host"]),
            None if data["model"] is None else _text(data["model"]),
            region=str(data["region"]),
            labels=tuple(str(each) for each in data["labels"]),
            slots=int(data["slots"]),
            budget=AuditBudget(budget["requests"], budget["output_tokens"], budget["cost"]),
            price_in=data["price_in"],
            price_out=data["price_out"],
            options=_layer(data["options"].items()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TargetError(f"this is not the description of an audit: {error!r}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is not a text")
    return value


def _layer(items: Iterable[tuple[str, Any]]) -> Layer:
    """Read the options again, so that a changed file cannot give an option a value of a wrong type."""
    return {key: Given(OPTIONS[key].read(value, key, typed=True), key) for key, value in items}
