"""The pack of vLLM: vLLM's additions to OpenAI's contract. Its manifest is `specs/vllm/pack.yaml`."""
