"""What Telnyx promises beyond OpenAI."""
