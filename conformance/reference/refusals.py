"""Creates error responses: the status, body and headers that a dialect uses for an `ApiError`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError, envelope, validation_error
from conformance.reference.http import Http
from conformance.reference.part import Part


class Refusals(Part):
    """Creates error responses."""

    http: Http

    def error_body(self, error: ApiError, dialect: Dialect) -> Any:
        """Return the JSON body of an error response."""
        return (
            validation_error(error) if dialect.detail and self.error_status(error, dialect) == 422 else envelope(error)
        )

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        """Return the status of an error response.

        In Telnyx's dialect, the status is 422 where OpenAI's API returns 400, as Telnyx documents.
        """
        return 422 if dialect.detail and error.status == 400 and not error.exact else error.status

    def error_media_type(self, error: ApiError) -> str:  # noqa: ARG002 - for mutants that choose by it
        """Return the content type of an error response."""
        return "application/json"

    def error_response(self, error: ApiError, dialect: Dialect) -> Response:
        """Create an error response."""
        headers = self.http.headers()
        headers.update(error.headers)
        if error.allow:
            headers["allow"] = error.allow
        if error.status == 401:
            headers["www-authenticate"] = 'Bearer realm="OpenAI API"'
        body = self.error_body(error, dialect)
        raw = body if isinstance(body, str) else self.http.dumps(body)
        return Response(raw, self.error_status(error, dialect), headers, self.error_media_type(error))
