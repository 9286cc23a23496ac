"""Scenarios of chat completions."""
