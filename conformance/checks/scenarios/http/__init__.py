"""Scenarios of HTTP: methods, media types, keys, concurrency, clients that disconnect."""
