"""Test cases generated from an OpenAPI document: valid request bodies, and request bodies with exactly one fault."""
