"""The pack for vLLM: vLLM's additions to OpenAI's contract. The manifest of the vLLM pack is `specs/vllm/pack.yaml`."""
