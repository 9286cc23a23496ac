"""Two operations of the Responses API: counting the input tokens of a request, and compacting a long input."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from conformance.reference.dialect import Dialect
from conformance.reference.http import Http
from conformance.reference.ids import Ids
from conformance.reference.language_model.tokenizer import TOKENIZER
from conformance.reference.models import CHAT_MODELS
from conformance.reference.part import Part
from conformance.reference.prompt import Json, Message
from conformance.reference.responses.items import compaction, item_messages
from conformance.reference.responses.request import ResponseRequest
from conformance.reference.responses.requests import ResponseRequests
from conformance.reference.routes import serves


class ResponseOperations(Part):
    """Serves POST /responses/input_tokens and POST /responses/compact."""

    http: Http
    ids: Ids
    response_requests: ResponseRequests

    @serves("POST", "/v1/responses/input_tokens")
    def count_input(self, body: Json, dialect: Dialect) -> Response:
        """Answer POST /responses/input_tokens with the number of input tokens of the request.

        A POST /responses/input_tokens request need not have a `model`.
        """
        request = self.response_requests.response_request({"model": CHAT_MODELS[0], **body}, dialect)
        return self.http.json_response({"object": "response.input_tokens", "input_tokens": self.counted_input(request)})

    def counted_input(self, request: ResponseRequest) -> int:
        """Return the number of input tokens of a request."""
        return request.chat.prompt_tokens

    @serves("POST", "/v1/responses/compact")
    def compact(self, body: Json, dialect: Dialect) -> Response:
        """Answer POST /responses/compact with the user messages, and one compaction item that replaces all else."""
        request = self.response_requests.response_request(body, dialect)
        messages = (*request.earlier, *item_messages(request.items))
        return self.http.json_response(
            {
                "id": self.ids.new_id("resp_"),
                "object": "response.compaction",
                "created_at": self.ids.now(),
                "output": self.compacted_items(messages),
                "usage": self.compaction_usage(request),
            }
        )

    def compacted_items(self, messages: Sequence[Message]) -> list[Json]:
        """Return the items to which the messages are compacted: the user messages, and one compaction item."""
        said = [self.user_item(message) for message in messages if message.role == "user"]
        rest = [message for message in messages if message.role != "user"]
        return [*said, compaction(self.ids.new_id("cmp_"), rest)]

    def user_item(self, message: Message) -> Json:
        """Return a user's message as an item."""
        content = [{"type": "input_text", "text": message.text}]
        return {
            "id": self.ids.new_id("msg_"),
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": content,
        }

    def compaction_usage(self, request: ResponseRequest) -> Json:
        """Return the five token counts of a compaction."""
        made = sum(len(TOKENIZER.encode(text)) for text in request.chat.conversation.said("assistant"))
        return {
            "input_tokens": request.chat.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": request.chat.prompt_tokens + made,
        }
