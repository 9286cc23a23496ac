"""Contract testing and conformance for LLM inference endpoints that say they are OpenAI-compatible."""

__version__ = "0.1.0"
