"""Scenarios: each stages a situation and judges its meaning."""
