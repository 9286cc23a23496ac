"""The toy language model: from a conversation to tokens, without HTTP and without OpenAI's objects."""
