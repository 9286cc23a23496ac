"""Views of an exchange: how a client interprets its bytes. The package `conformance.reply` judges nothing."""

from conformance.reply.chat import ChatReply
from conformance.reply.choice import Choice, ToolCall
from conformance.reply.error import ErrorBody, error_in, model_lacks, points_at, read_error, refuses_the_body
from conformance.reply.not_answered import NotAnswered
from conformance.reply.responses import FunctionCall, ResponseReply
from conformance.reply.stream import Chunk, chunks_of

__all__ = [
    "ChatReply",
    "Choice",
    "Chunk",
    "ErrorBody",
    "FunctionCall",
    "NotAnswered",
    "ResponseReply",
    "ToolCall",
    "chunks_of",
    "error_in",
    "model_lacks",
    "points_at",
    "read_error",
    "refuses_the_body",
]
