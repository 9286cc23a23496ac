"""A toy language model, which generates tokens from a conversation.

The toy language model does not depend on HTTP or on OpenAI's formats.
"""
