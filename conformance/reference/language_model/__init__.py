"""A toy language model, which generates tokens from a conversation.

The model does not depend on HTTP or OpenAI's formats.
"""
