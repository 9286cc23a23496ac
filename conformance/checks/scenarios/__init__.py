"""Scenarios: each sends specific requests to test one behaviour of the target, and judges the responses."""
