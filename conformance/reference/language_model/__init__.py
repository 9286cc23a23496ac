"""The toy language model: it turns a conversation into tokens, and knows neither HTTP nor OpenAI's objects."""
