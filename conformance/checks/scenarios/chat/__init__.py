"""Chat completions: situations and what must come of them."""
