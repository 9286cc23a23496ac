"""The pack of vLLM: what vLLM documents beyond OpenAI. Its manifest is `specs/vllm/pack.yaml`."""
