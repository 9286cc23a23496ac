"""Chat completions: requests, generation, responses and streams, and stored completions."""
