"""The pack of Telnyx AI Inference: what Telnyx promises beyond OpenAI. Its manifest is `specs/telnyx/pack.yaml`."""
