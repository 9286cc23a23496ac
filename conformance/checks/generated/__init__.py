"""Cases made from the contract's OpenAPI document: bodies that must be accepted, and bodies with exactly one fault."""
