"""Chat completions: requests, generation, the answer whole and streamed, and what is stored."""
