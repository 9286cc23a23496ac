"""The table of all API operations: paths, schemas, stored objects, and the probes that call the operations.

To support a new API surface, first add rows to the table of operations. Other modules use the table of operations to
build paths, read recordings, generate cases, choose baseline probes, resume runs and reduce the OpenAPI document. The
sources of the table of operations are OpenAI's OpenAPI document and, for `GET /responses`, OpenAI's WebSocket guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

CORE = "chat"
"""The route that every target has: without it, nothing can be judged. All others may be missing."""


class Kept(StrEnum):
    """Whether a call of the operation makes the target store an object."""

    NEVER = "never"
    IF_STORED = "if stored"
    """If the body does not have `store: false`."""
    IF_ASKED = "if asked"
    """If the body has `store: true`."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation: an HTTP method with a path.

    - `route` names the path; a profile may map the name to a different path.
    - `path` is the path in OpenAI's document, relative to the base URL that an SDK is given.
    - `events` names the schema of one event of a streamed response; "" if the operation does not stream.
    - `judged` is true if invariants check all responses and errors of the operation, whichever probe sent the request.
    - `generated` names the probe that sends request bodies generated from the OpenAPI document.
    - `subject` is the name of the parameter that has the prompt, such as `messages`, and `limit` is the name of the
      parameter that limits the number of output tokens.
    - `baseline` lists the probes that call the operation so that invariants can judge its exchanges. The probes in
      `baseline` run even if no selected check needs them, because the verdicts of invariants must not depend on the
      selection.
    - `faults` lists baseline probes whose requests are invalid on purpose.
    """

    route: str
    method: str
    path: str
    kept: Kept = Kept.NEVER
    events: str = ""
    socket: bool = False
    judged: bool = False
    generated: str = ""
    subject: str = ""
    limit: str = ""
    baseline: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The operation as messages and reports write it: `get /responses/{response_id}`."""
        return f"{self.method.lower()} {self.path}"

    @property
    def template(self) -> str:
        """The path as profiles write it: `{id}` is an object's id, and `{item_id}` the id of an item in the object."""
        return re.sub(r"\{(\w+)\}", lambda name: "{item_id}" if name[1] == "item_id" else "{id}", self.path)

    @property
    def collection(self) -> bool:
        """Whether the path names a collection of objects: it contains no id."""
        return "{" not in self.path


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "chat",
        "POST",
        "/chat/completions",
        kept=Kept.IF_ASKED,
        events="CreateChatCompletionStreamResponse",
        judged=True,
        generated="generated_invalid",
        subject="messages",
        limit="max_completion_tokens",
        baseline=(
            "plain",
            "cut_short",
            "two_choices",
            "forced_call",
            "two_calls",
            "usage_in_stream",
            "logprobs_asked",
            "unknown_model",
            "refused_in_stream",
        ),
        faults=("refusals",),
    ),
    Operation("stored_chats", "GET", "/chat/completions", kept=Kept.ALWAYS),
    Operation("stored_chat", "GET", "/chat/completions/{completion_id}", kept=Kept.ALWAYS),
    Operation("stored_chat", "POST", "/chat/completions/{completion_id}", kept=Kept.ALWAYS),
    Operation("stored_chat", "DELETE", "/chat/completions/{completion_id}", kept=Kept.ALWAYS),
    Operation("stored_chat_messages", "GET", "/chat/completions/{completion_id}/messages", kept=Kept.ALWAYS),
    Operation(
        "completions",
        "POST",
        "/completions",
        judged=True,
        generated="generated_completions",
        subject="prompt",
        limit="max_tokens",
        baseline=("completed",),
    ),
    Operation(
        "embeddings",
        "POST",
        "/embeddings",
        judged=True,
        generated="generated_embeddings",
        subject="input",
        baseline=("embedded",),
    ),
    Operation("models", "GET", "/models", judged=True),
    Operation("model", "GET", "/models/{model}", judged=True, baseline=("models_retrieved",)),
    Operation(
        "responses",
        "POST",
        "/responses",
        kept=Kept.IF_STORED,
        events="ResponseStreamEvent",
        judged=True,
        generated="generated_responses",
        subject="input",
        limit="max_output_tokens",
        baseline=("response_plain", "response_cut", "response_forced", "response_required"),
    ),
    Operation("responses_socket", "GET", "/responses", socket=True),
    Operation("response", "GET", "/responses/{response_id}", kept=Kept.ALWAYS, judged=True),
    Operation("response", "DELETE", "/responses/{response_id}", kept=Kept.ALWAYS),
    Operation("response_cancel", "POST", "/responses/{response_id}/cancel", kept=Kept.ALWAYS),
    Operation("response_input_items", "GET", "/responses/{response_id}/input_items", kept=Kept.ALWAYS),
    # Both may refer to a stored response.
    Operation("response_input_tokens", "POST", "/responses/input_tokens", kept=Kept.ALWAYS),
    Operation("response_compact", "POST", "/responses/compact", kept=Kept.ALWAYS),
    Operation(
        "conversations",
        "POST",
        "/conversations",
        kept=Kept.ALWAYS,
        judged=True,
        baseline=("conversation_made", "conversation_updated"),
    ),
    Operation("conversation", "GET", "/conversations/{conversation_id}", kept=Kept.ALWAYS),
    Operation("conversation", "POST", "/conversations/{conversation_id}", kept=Kept.ALWAYS),
    Operation("conversation", "DELETE", "/conversations/{conversation_id}", kept=Kept.ALWAYS),
    Operation("conversation_items", "GET", "/conversations/{conversation_id}/items", kept=Kept.ALWAYS),
    Operation("conversation_items", "POST", "/conversations/{conversation_id}/items", kept=Kept.ALWAYS),
    Operation("conversation_item", "GET", "/conversations/{conversation_id}/items/{item_id}", kept=Kept.ALWAYS),
    Operation("conversation_item", "DELETE", "/conversations/{conversation_id}/items/{item_id}", kept=Kept.ALWAYS),
)


def by_route() -> Mapping[str, tuple[Operation, ...]]:
    """Return the operations grouped by route, in the order of `OPERATIONS`."""
    routes: dict[str, tuple[Operation, ...]] = {}
    for operation in OPERATIONS:
        routes[operation.route] = (*routes.get(operation.route, ()), operation)
    return MappingProxyType(routes)


@lru_cache(maxsize=256)  # a recording asks the same few operations thousands of times
def operation_at(method: str, path: str) -> Operation | None:
    """Return the operation with this HTTP method and URL path, or None if there is no such operation.

    Only the end of the URL path is compared, because the target chooses the prefix (version, deployment, gateway).
    """
    path = path.rstrip("/")
    found = (each for each in OPERATIONS if each.method == method.upper() and not each.socket)
    return next((each for each in found if _pattern(each.path).search(path)), None)


@lru_cache
def _pattern(path: str) -> re.Pattern[str]:
    """Return a pattern for the end of a URL path. The id of a model may contain slashes."""
    steps = re.sub(r"\\\{(\w+)\\\}", lambda name: ".+" if name[1] == "model" else "[^/]+", re.escape(path))
    return re.compile(f"{steps}$")
