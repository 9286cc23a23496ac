"""Scenarios of the Responses API."""
