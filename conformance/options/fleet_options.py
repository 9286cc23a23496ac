"""The options that are used only if several targets or models are audited, as rows of the table of options."""

from __future__ import annotations

from conformance.options.option import Kind, Option, Surface

_TOML = frozenset({Surface.TOML})

FLEET = (
    Option(
        "reference",
        "Compare the other audits with the audit of this name: requirements, fields, headers and events (docs/vendors.md).",
        metavar="NAME",
        on=frozenset({Surface.RUN}),
    ),
    Option(
        "max_cost",
        "Stop when the tokens cost this much at the prices in price_in and price_out."
        " The option max_cost needs price_in, price_out or both.",
        kind=Kind.NUMBER,
        metavar="PRICE",
        least=0,
        on=_TOML,
    ),
    Option(
        "models",
        'Models to audit, one audit for each: a list of ids, or "all" for all models that the target lists.',
        kind=Kind.TEXTS,
        metavar="ID",
        on=_TOML,
    ),
    Option(
        "models_match",
        "Audit only the models in `models` whose name matches a pattern, such as llama-*, or any pattern of a list.",
        kind=Kind.TEXTS,
        metavar="PATTERN",
        on=_TOML,
    ),
    Option("labels", "Words that describe the target in comparisons, such as production.", kind=Kind.TEXTS, on=_TOML),
    Option("region", "Region from which or in which the target is tested, such as eu-west.", on=_TOML),
)
"""The reference of several audits; models, labels, region and cost of one target in conformance.toml."""
