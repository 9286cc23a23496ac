"""The address of a requirement's page on a documentation site."""

from __future__ import annotations

import re

from conformance.contract.pack import OPENAI
from conformance.contract.packs import suite_packs

_URL = re.compile(r"https?://")


def page_of(docs_url: str, requirement: str, contract: str) -> str:
    """Return the URL of a requirement's page.

    Returns "" without the URL of a documentation site, and for requirements of packs that the suite does not contain: the site has
    no pages for these.
    """
    known = (OPENAI, *(pack.name for pack in suite_packs()))
    return (
        f"{docs_url.rstrip('/')}/requirements/{requirement}.html" if _URL.match(docs_url) and contract in known else ""
    )
