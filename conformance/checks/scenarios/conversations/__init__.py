"""Conversations: OpenAI's and Telnyx's."""
