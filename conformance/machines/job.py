"""Describes one audit by value, without secrets, for a Dask worker. The worker has its own API keys."""

from __future__ import annotations

import json
from collections.abc import Iterable

import conformance
from conformance.options import OPTIONS, Given, Layer, TargetError
from conformance.options.gate_options import GATE
from conformance.wire import Redactor

FOR_THE_CLIENT = frozenset(
    {"all", "config", "output", "resume", "json", "quiet", "alluredir", "shard", "dask"} | {row.name for row in GATE}
)
"""Options that only the client uses. The client applies the gate, so that files with waivers stay where they are."""

_WITHHELD = frozenset({"key_cmd"})
"""Options that are never sent, because a command may have a credential in any form."""


def job_text(options: Layer, secrets: Iterable[str]) -> str:
    """Return the options of one audit as JSON text.

    `secrets` are the secrets that the client knows. Raises `TargetError` if an option contains one of the secrets.
    """
    sent = {name: given for name, given in options.items() if name not in FOR_THE_CLIENT and given.value is not None}
    known = [secret for secret in secrets if secret]
    for name, given in sent.items():
        text = " ".join(_texts(given.value))
        if name in _WITHHELD or any(secret in text for secret in known) or Redactor().message(text) != text:
            raise TargetError(
                f"{given.said} may have a credential, and credentials are not sent to Dask workers. Set"
                f" {OPTIONS[name].variable} in the environment of each worker instead"
            )
    data = {
        name: [list(given.value) if isinstance(given.value, tuple) else given.value, given.said]
        for name, given in sent.items()
    }
    return json.dumps({"suite": conformance.__version__, "options": data})


def read_job(text: str) -> Layer:
    """Return the options that `job_text` wrote.

    Raises `TargetError` if another version of the suite wrote the options.
    """
    data = json.loads(text)
    if data["suite"] != conformance.__version__:
        raise TargetError(
            f"The Dask worker has version {conformance.__version__} of the suite, and the client has version"
            f" {data['suite']}. Install the same version on both"
        )
    return {
        name: Given(OPTIONS[name].read(value, said, typed=True), said)
        for name, (value, said) in data["options"].items()
    }


def of_the_worker(environ: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the variables of a worker that an audit may use: keys and other secrets, but no option of the suite."""
    variables = {option.variable for option in OPTIONS.values() if not option.secret and option.name not in _WITHHELD}
    return {name: value for name, value in environ if name not in variables}


def _texts(value: object) -> Iterable[str]:
    match value:
        case dict():
            for name, text in value.items():
                yield f"{name}: {text}"
        case list() | tuple():
            yield from map(str, value)
        case _:
            yield str(value)
