"""Conformance and contract testing for LLM inference endpoints that claim to be OpenAI-compatible."""

__version__ = "0.1.0"
