"""The option that names the documentation site to which reports link."""

from __future__ import annotations

import re

from conformance.options.errors import TargetError
from conformance.options.option import Option

_URL = re.compile(r"https?://[^\s<>\"]+")

DOCS_URL = Option(
    "docs_url",
    "URL of a documentation site that `nox -s docs` built. Reports link each requirement to its page on this site.",
    metavar="URL",
    default_text="none, so reports have no such links",
)


def docs_site(url: str, said: str) -> str:
    """Return the URL of a documentation site; `said` is the option's name in error messages.

    Raises `TargetError` if the text does not begin with http:// or https://.
    """
    if url and not _URL.fullmatch(url):
        raise TargetError(f"{said}: a URL that begins with http:// or https:// is needed")
    return url
