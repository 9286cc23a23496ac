"""The pack for Telnyx AI Inference: Telnyx's additions to OpenAI's contract.

The manifest of the Telnyx pack is `specs/telnyx/pack.yaml`.
"""
