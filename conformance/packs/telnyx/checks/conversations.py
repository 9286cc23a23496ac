"""Creates a Telnyx conversation for the checks that need one."""

from __future__ import annotations

from conformance.checks.scenarios.conversations.conftest import PlainReply, id_of
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.wire import Exchange


async def telnyx_created(http: Http, cleanup: Cleanup, **metadata: str) -> Exchange:
    """Create a Telnyx conversation, which is deleted at the end of the run."""
    body = {"name": "openai-conformance", "metadata": {"suite": "conformance", **metadata}}
    exchange = await http("POST", "telnyx_conversations", body, fresh=True)
    if PlainReply(exchange).accepted:
        cleanup.later("telnyx_conversation", id=id_of(exchange))
    return exchange
