"""Mutants (faulty variants of the reference endpoint) that violate requirements of the area `auth`."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.reference.auth import Auth
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.mutants.registry import mutant
from conformance.reference.refusals import Refusals


@mutant(
    "auth-missing",
    breaks={"auth.key-missing", "auth.key-wrong", "responses.socket.key"},
    defects=("d321",),
    source="vllm-project/vllm#58144",
)
class AuthMissing(Auth):
    """Requests without an API key are accepted."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        return


@mutant("auth-any-key", breaks={"auth.key-wrong"}, source="vllm-project/vllm#58144")
class AuthAnyKey(Auth):
    """Any API key is accepted, even a wrong one."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        try:
            super().authenticate(headers)
        except ApiError as error:
            if error.code != "invalid_api_key":
                raise


@mutant("auth-case-sensitive", breaks={"auth.scheme-case"}, source="RFC 9110, 11.1")
class AuthCaseSensitive(Auth):
    """The authentication scheme `bearer` is rejected; only `Bearer` is accepted."""

    def authenticate(self, headers: Mapping[str, str]) -> None:
        if not headers.get("authorization", "Bearer").startswith("Bearer"):
            raise ApiError(401, "You didn't provide an API key.")
        super().authenticate(headers)


@mutant("auth-500", breaks={"auth.key-wrong", "http.no-server-error"}, defects=("d144",), source="ogx-ai/ogx#2990")
class Auth500(Refusals):
    """A wrong API key causes a 500."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 500 if error.code == "invalid_api_key" else super().error_status(error, dialect)


@mutant("auth-403", breaks={"auth.key-wrong", "auth.key-missing"}, source="common gateways")
class Auth403(Refusals):
    """A missing or wrong API key causes a 403 instead of a 401."""

    def error_status(self, error: ApiError, dialect: Dialect) -> int:
        return 403 if error.status == 401 else super().error_status(error, dialect)
