"""Requests the version of the target's server, which is shown in the title of reports.

The version of the server is never evidence for a verdict.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.config import Target
from conformance.engine.tape import Tape
from conformance.wire import NO_RETRY, HttpClient, Request, parse_json

VERSION_S = 5.0
"""Maximum seconds to wait for the version."""
_SEGMENT = re.compile(r"/v[0-9]+(beta)?/?$")
_VERSION = re.compile(r"v?[0-9][\w.+-]{0,59}")


async def version_of(target: Target, wire: HttpClient | Tape) -> str:
    """Return the member `version` of the response to `GET /version`; "" if the response has none.

    The request for the version is sent without credentials and without the target's extra headers. The exchange of the
    version request is not recorded.
    """
    patience = min(VERSION_S, target.limits.total_s)
    limits = replace(target.limits, connect_s=patience, read_s=patience, total_s=patience)
    request = Request("GET", f"{_SEGMENT.sub('', target.url).rstrip('/')}/version", (("accept", "application/json"),))
    exchange = await wire.send(request, exchange_id="version", limits=limits, retry=NO_RETRY)
    try:
        data: Any = parse_json(exchange.body) if exchange.status == 200 else None
    except ValueError:
        return ""
    said = data.get("version") if isinstance(data, dict) else None
    return said if isinstance(said, str) and _VERSION.fullmatch(said) else ""
