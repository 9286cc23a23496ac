"""Creates a Telnyx conversation for the checks that need one."""

from __future__ import annotations

from conformance.checks import premise
from conformance.checks.scenarios.conversations import conftest
from conformance.checks.scenarios.conversations.conftest import PlainReply
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.wire import Exchange

MISSING = (404, 405, 501)


def id_of(exchange: Exchange) -> str:
    """Return the id of the object in a response of Telnyx's conversations API. Raises `NotAnswered`.

    If the target cannot create conversations at all, raises `Inconclusive`: only the requirement
    `telnyx.conversations.create` reports this fault.
    """
    missing = exchange.request.method == "POST" and exchange.status in MISSING
    why = f"conversations cannot be created: the target answered {exchange.status}"
    premise(not missing, why, see="telnyx.conversations.create")
    return conftest.id_of(exchange)


async def telnyx_created(http: Http, cleanup: Cleanup, **metadata: str) -> Exchange:
    """Create a Telnyx conversation, which is deleted at the end of the run."""
    body = {"name": "openai-conformance", "metadata": {"suite": "conformance", **metadata}}
    exchange = await http("POST", "telnyx_conversations", body, fresh=True)
    if PlainReply(exchange).accepted:
        cleanup.later("telnyx_conversation", id=id_of(exchange))
    return exchange
