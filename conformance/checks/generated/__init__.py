"""Cases generated from the OpenAPI document: bodies that must be accepted, and bodies with exactly one fault."""
