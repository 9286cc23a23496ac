"""Scenarios of HTTP: methods, media types, keys, concurrency, and clients that disconnect."""
