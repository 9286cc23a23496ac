"""Tests of the JSON Schemas of files, and what other tests need to compare files with them."""
