"""Chat completions of the reference endpoint: requests, generation, responses, streams and stored completions."""
