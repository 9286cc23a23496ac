"""Scenarios: checks that create a situation with specific requests and judge the responses."""
