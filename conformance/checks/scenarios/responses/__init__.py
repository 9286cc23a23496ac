"""Scenarios (checks that send requests) about the Responses API."""
