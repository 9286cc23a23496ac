"""The pack of Telnyx AI Inference: Telnyx's additions to OpenAI's contract. Its manifest is `specs/telnyx/pack.yaml`."""
