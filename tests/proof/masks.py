"""Mutants whose fault takes away what other checks need, so that a second fault behind it cannot be seen; and why."""

from __future__ import annotations

from collections.abc import Iterator

_REASONS: dict[str, tuple[str, ...]] = {
    "no answer can be read as a completion": ("choices-null", "content-array"),
    "no stream can be put together": (
        "choice-index-counts", "choice-index-missing", "chunk-has-message", "finish-never", "json-lines", "stream-content-type",
        "stream-cut", "stream-ignored",
    ),
    "the requests that other checks stage are refused": (
        "content-parts-500", "content-parts-refused", "developer-refused", "max-completion-tokens-refused",
        "stream-options-refused", "temperature-zero-refused", "tool-message-refused", "blocked-after-faults", "body-shorter-than-length",
    ),
    "nothing is refused in a way that can be read": (
        "error-detail-list", "error-flat", "error-list", "error-status-200", "error-string", "error-text-plain", "error-vendor-envelope",
        "invalid-request-500", "missing-messages-404", "unknown-model-503", "unknown-model-answered", "unknown-route-200",
    ),
    "a key that is not refused with 401 has no code": ("auth-403", "auth-500", "auth-any-key", "auth-missing"),
    "tokens are not counted": (
        "usage-chunk-missing", "usage-missing", "usage-negative", "usage-prompt-constant", "usage-prompt-zero",
    ),
    "there is no call to look at": (
        "tool-arguments-double-encoded", "tool-arguments-object", "tool-calls-as-text", "tool-delta-arguments-lost",
        "tool-delta-index-missing", "tools-ignored",
    ),
    "the reason is none, or the wrong one, so what it says cannot be compared": (
        "finish-length-always", "finish-reason-not-in-enum", "finish-reason-null", "role-empty", "role-missing",
    ),
    "there are no log probabilities to look at": ("logprobs-legacy-shape", "logprobs-missing", "logprobs-off-in-stream"),
    "the text ends elsewhere than it would": ("chunk-cumulative", "guided-endless-whitespace", "stop-string-as-characters"),
    "there is no second choice, id or name to compare with": ("id-empty", "models-list-bare", "models-list-renamed", "n-ignored"),
}  # fmt: skip


def _by_mutant() -> Iterator[tuple[str, str]]:
    for reason, mutants in _REASONS.items():
        yield from ((mutant, reason) for mutant in mutants)


MASKS: dict[str, str] = dict(_by_mutant())
