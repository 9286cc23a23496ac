"""The Responses API of the reference endpoint: requests, response objects, events, storage and WebSockets."""
