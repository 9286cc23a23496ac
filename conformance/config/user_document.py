"""Loads an OpenAPI document named by the user: a file, a URL that is fetched once, or a document of the suite."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from conformance.config.profile import Profile
from conformance.contract.errors import SpecError


@contextmanager
def local(source: str) -> Iterator[str | Path]:
    """Provide the argument with which `load_document` loads the user's OpenAPI document: a contract's name or a file.

    A document from a URL is stored in a temporary file during the `with` block.
    """
    if not source.startswith(("http://", "https://")):
        yield source if "/" not in source and not Path(source).is_file() else Path(source)
        return
    body = fetched(source)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ("openapi.json" if body.lstrip().startswith(b"{") else "openapi.yaml")
        file.write_bytes(body)
        try:
            yield file
        except SpecError as problem:
            where = f"{source}:{problem.line}" if problem.line else source
            raise SpecError(f"{where}: {problem.message}") from None


def with_document(profile: Profile, source: str, stack: ExitStack) -> Profile:
    """Return the profile with the user's OpenAPI document.

    A document from a URL is kept until the exit stack is closed. Raises `SpecError` if the OpenAPI document cannot be
    used.
    """
    from conformance.contract.document import load_document

    file = stack.enter_context(local(source))
    return replace(profile, document=load_document(file).file)


def fetched(url: str) -> bytes:
    """Fetch the OpenAPI document from a URL, without sending credentials.

    Raises `SpecError` if the document cannot be fetched or is too large.
    """
    from conformance.config.target import why_unsendable
    from conformance.contract.spec_text import MAX_BYTES
    from conformance.wire import HttpClient, Limits, Request

    try:
        why = why_unsendable(url)
    except ValueError as error:  # what `urlsplit` does not take for a URL
        why = str(error)
    if why:
        raise SpecError(f"the URL of the document is not one that a request can be sent to ({why}); correct it")

    async def fetch() -> bytes:
        limits = Limits(max_bytes=MAX_BYTES)
        async with HttpClient(limits) as transport:
            headers = (("accept", "application/json, application/yaml, text/yaml"),)
            exchange = await transport.send(Request("GET", url, headers), exchange_id="spec")
        if exchange.failure is not None:
            raise SpecError(f"{url} cannot be fetched: {exchange.failure.message}")
        if exchange.status != 200:
            hint = "; give the final URL" if exchange.status and 300 <= exchange.status < 400 else ""
            raise SpecError(f"{url} cannot be fetched: it answers {exchange.status}{hint}")
        return exchange.body

    return asyncio.run(fetch())
