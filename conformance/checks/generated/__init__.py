"""Cases generated from the OpenAPI document: request bodies that the target must accept, and bodies with exactly one fault."""
