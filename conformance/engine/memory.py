"""Gives each request an identity, which equal requests share, also in a resumed run.

The response to a request can be taken from a recorded exchange with the same identity.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable

from conformance.api import OPERATIONS, Kept, operation_at
from conformance.config import Target
from conformance.wire import Exchange, Request


def _below(path: str) -> str:
    """Return a pattern for paths that begin like this one up to its first id."""
    fixed, brace, _ = path.partition("{")
    return f"{re.escape(fixed)}.+$" if brace else f"{re.escape(fixed)}(/.+)?$"


# The objects of an operation that keeps them, and everything below: a vendor may have more there.
_KEEPING = {each.path for each in OPERATIONS if each.kept is Kept.ALWAYS}
_KEEPING -= {each.path for each in OPERATIONS if each.kept is not Kept.ALWAYS}
_KEPT = re.compile("|".join(sorted(map(_below, _KEEPING))))
_STATE = {"previous_response_id", "conversation"}

_SAID_BY_US = frozenset({"host", "content-length", "accept-encoding", "user-agent"})
# What says nothing of the target but that it could not answer then; a resumed run asks again.
_NOT_NOW = frozenset({429, 503})


def identity(
    request: Request,
    secrets: Iterable[str] = (),
    fixed: Collection[str] = (),
    credential: str = "authorization",
    second: str | None = None,
) -> str:
    """Return a hash of method, URL, headers and body that is equal for equal requests.

    Values in `secrets` are replaced by one constant before hashing. The identity of a request does not depend on the
    API key, so a run can be resumed with another key. The identity of a request reveals nothing about the API key. The
    API key is replaced only in the header that `credential` names. A key such as `ollama` may also be a word in the
    URL, and a replay does not know the key. `second` is the API key of another account; a request with this key has
    another identity than the same request with the first key. The hash ignores headers named in `fixed`, because every
    request of the run has these headers.
    """
    ignored = {*_SAID_BY_US, *fixed}
    headers = [
        f"{name}: {_masked(value, secrets, second) if name == credential else value}"
        for name, value in sorted(request.headers)
        if name not in ignored
    ]
    text = "\n".join([request.method, request.url, *headers])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") + b"\n\n" + request.body).hexdigest()[:32]


def _masked(value: str, secrets: Iterable[str], second: str | None) -> str:
    """Return the value of a credential header with the credential masked after its scheme (`Bearer`)."""
    scheme, space, rest = value.partition(" ") if value.startswith("Bearer ") else ("", "", value)
    if second and rest == second:
        return f"{scheme}{space}\1"
    for secret in secrets:
        rest = rest.replace(secret, "\0")
    return f"{scheme}{space}{rest}"


class Memory:
    """Assigns identities to requests, and finds the recorded exchange with a given identity.

    `last_number` is the highest number in the ids of the recorded exchanges, or 0 without recorded exchanges.
    """

    def __init__(self, target: Target, earlier: Iterable[Exchange] = ()) -> None:
        self._secrets = sorted(target.secrets, key=len, reverse=True)
        self._fixed = frozenset(name.lower() for name, _ in target.headers)
        self._credential = target.key_header
        self._second = target.second_key
        self._earlier: dict[str, deque[Exchange]] = {}
        self.last_number = 0
        for exchange in earlier:
            self.last_number = max(self.last_number, _number(exchange.id))
            self.add(exchange)
        self._asked: Counter[str] = Counter()

    def name(self, request: Request, label: str, *, own: bool, again: int = 0) -> str:
        """Return the identity of a request.

        If `own` is true, no other request of the run gets the same identity. If `own` is false, equal requests share
        one identity, unless `again` (the number of the repetition) differs.
        """
        shared = identity(request, self._secrets, self._fixed, self._credential, self._second)
        if not own:
            return f"{shared} #{again + 1}" if again else shared
        word = f"{shared} {label}"
        self._asked[word] += 1
        return f"{word} {self._asked[word]}"

    def add(self, exchange: Exchange) -> None:
        """Add a recorded exchange, which may answer a later request."""
        if exchange.identity:
            self._earlier.setdefault(exchange.identity, deque()).append(exchange)

    def recall(self, name: str) -> Exchange | None:
        """Return the recorded exchange with the given identity, or None; each exchange is returned only once."""
        known = self._earlier.get(name)
        return known.popleft() if known else None


def _number(exchange_id: str) -> int:
    digits = exchange_id.removeprefix("x")
    return int(digits) if digits.isdigit() else 0


def reusable(exchange: Exchange) -> bool:
    """Return whether a resumed run may use a recorded exchange instead of sending its request again.

    A resumed run does not reuse a response in which the target says that it is busy. A resumed run does not reuse an
    exchange with stored objects, because the interrupted run deleted its objects when it ended.
    """
    answered = bool(exchange.identity) and exchange.failure is None and exchange.status not in _NOT_NOW
    if exchange.request.on_socket:  # the turns of one connection belong together
        return False
    return answered and not keeps_state(exchange.request)


def keeps_state(request: Request) -> bool:
    """Return whether a request creates, uses or reads an object that the target stores."""
    path = request.path.rstrip("/")
    operation = operation_at(request.method, path)
    kept = operation.kept if operation is not None else Kept.NEVER
    if kept is Kept.ALWAYS or _KEPT.search(path):
        return True
    body = request.json if kept is not Kept.NEVER else None
    if not isinstance(body, dict):
        return False
    if kept is Kept.IF_ASKED:
        return body.get("store") is True
    return body.get("store") is not False or bool(_STATE & body.keys())
