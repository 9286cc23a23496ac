"""Uses schemathesis to generate valid request bodies from a request schema that is restricted to promised features.

The module only generates request bodies, and sends no requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.checks.generated.repair import Body, repair
from conformance.checks.made import made
from conformance.checks.repeatable import repeatable_backend
from conformance.config.depth import SEED, Depth

# Hypothesis varies what it has just made, so many of its examples are near-twins; the most different ones are kept.
_EXAMPLES_FOR_EACH = 4
_ANY_MODEL = "model"


def positive(
    schema: Mapping[str, Any],
    valid: Callable[[Body], bool],
    cases: int = Depth.QUICK.valid,
    seed: int = SEED,
    mend: Callable[[Mapping[str, Any]], Body] = repair,
) -> list[Body]:
    """Generate at most `cases` different bodies that together cover much of the schema.

    The generated bodies are sorted by size, the smallest first.

    `mend` changes a body so that it follows rules that the schema does not state. `valid` is called after `mend`; a
    body for which `valid` returns false is discarded. The same seed gives the same bodies, as long as the versions of
    schemathesis and hypothesis do not change. Generating bodies may take a second, so call `positive` in a separate
    thread.
    """
    found = {canonical(body): body for body in map(mend, generate(schema, cases * _EXAMPLES_FOR_EACH, seed))}
    right = sorted((body for body in found.values() if valid(body)), key=lambda body: len(canonical(body)))
    return sorted(spread(right, cases), key=lambda body: len(canonical(body)))


def generate(schema: Mapping[str, Any], examples: int, seed: int) -> list[Body]:
    """Return the bodies that schemathesis generates, possibly with duplicates.

    The bodies are generated with a placeholder instead of the model name, so that they are the same for every model.
    """
    model, general = _of_any_model(schema)
    bodies: list[Body] = [json.loads(body) for body in _bodies(canonical(general), examples, seed)]
    return bodies if model is None else [body | {"model": model} if "model" in body else body for body in bodies]


def source_of(schema: Mapping[str, Any], cases: int, seed: int) -> tuple[str, int, int]:
    """Return the arguments for `generate_bodies`: the schema as text, the number of examples, and the seed."""
    return canonical(_of_any_model(schema)[1]), cases * _EXAMPLES_FOR_EACH, seed


def _of_any_model(schema: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """The model that the schema fixes, and the schema with another one; None if it fixes none."""
    fixed = schema.get("properties", {}).get("model")
    if not isinstance(fixed, Mapping) or len(fixed.get("enum", ())) != 1:
        return None, schema
    other = {**schema["properties"], "model": {**fixed, "enum": [_ANY_MODEL]}}
    return fixed["enum"][0], {**schema, "properties": other}


@lru_cache(maxsize=64)
def _bodies(schema_text: str, examples: int, seed: int) -> tuple[str, ...]:
    """The bodies as text, from the suite's file or generated; kept for whoever audits many targets in one process."""
    return tuple(made(schema_text, examples, seed) or generate_bodies(schema_text, examples, seed))


def generate_bodies(schema_text: str, examples: int, seed: int) -> tuple[str, ...]:
    """Generate request bodies from a schema that is given as text.

    Return the generated request bodies as JSON texts.
    """
    backend = repeatable_backend()
    import hypothesis
    import schemathesis

    content = {"application/json": {"schema": json.loads(schema_text)}}
    post = {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": "The answer."}}}
    document = {"openapi": "3.1.0", "info": {"title": "narrowed", "version": "1"}, "paths": {"/body": {"post": post}}}
    operation = schemathesis.openapi.from_dict(document)["/body"]["POST"]
    bodies: list[str] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        backend=backend,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def collect(case: Any) -> None:
        if isinstance(case.body, dict):
            bodies.append(json.dumps(case.body))

    collect()
    return tuple(bodies)


def spread(bodies: Iterable[Body], cases: int) -> list[Body]:
    """Select at most `cases` bodies that cover many parts of the schema.

    The body that is selected first is the smallest one. Each next body is the one that covers the most parts of the
    schema that the bodies selected so far do not cover.
    """
    left = list(bodies)
    chosen: list[Body] = []
    seen: set[str] = set()
    while left and len(chosen) < cases:
        best = max(left, key=lambda body: (len(set(marks(body)) - seen), -len(canonical(body)))) if chosen else left[0]
        left.remove(best)
        chosen.append(best)
        seen.update(marks(best))
    return chosen


def marks(value: Any, path: str = "") -> Iterator[str]:
    """Yield the parts of the request schema that occur in a request body.

    A part of the schema is a path with a type, a pair of properties in one object, or a certain value, such as a role
    or a boolean.
    """
    if isinstance(value, dict):
        names = sorted(value)
        yield from (f"{path} {a}+{b}" for place, a in enumerate(names) for b in names[place + 1 :])
        for name in names:
            yield from marks(value[name], f"{path}/{name}")
    elif isinstance(value, list):
        yield f"{path} {len(value)}"
        for item in value:
            yield from marks(item, f"{path}/*")
    else:
        sign = value if isinstance(value, bool) or path.endswith(("/role", "/type", "_choice")) else ""
        yield f"{path} {type(value).__name__} {sign} {value == 0}"


def canonical(body: Any) -> str:
    """Return a body as JSON text with sorted keys, so that equal bodies give equal texts."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
