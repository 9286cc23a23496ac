"""The exception `ApiError`, and the two formats of error bodies: OpenAI's `error` object and Telnyx's `detail` list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from conformance.reference.prompt import Json


@dataclass(slots=True)
class ApiError(Exception):
    """An error response. `param` names the faulty field (`messages[0].role`); `code` is OpenAI's error code."""

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    type: str = "invalid_request_error"
    allow: str | None = None
    exact: bool = False  # the status holds in every dialect
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set the text of the exception."""
        Exception.__init__(self, self.message)


def refuse(message: str, param: str | None = None, code: str | None = None) -> NoReturn:
    """Reject the request by raising an `ApiError` with status 400."""
    raise ApiError(400, message, param, code)


def envelope(error: ApiError) -> Json:
    """Return an error body in OpenAI's format, with `message`, `type`, `param` and `code`."""
    return {"error": {"message": error.message, "type": error.type, "param": error.param, "code": error.code}}


def validation_error(error: ApiError) -> Json:
    """Return an error body in the format `HTTPValidationError` of Telnyx's OpenAPI document."""
    parts = [part for part in (error.param or "").replace("[", ".[").split(".") if part]
    where: list[str | int] = [int(part[1:-1]) if part[1:-1].isdigit() and part[0] == "[" else part for part in parts]
    return {"detail": [{"loc": ["body", *where], "msg": error.message, "type": error.code or "value_error"}]}
