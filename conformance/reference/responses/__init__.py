"""The Responses API: requests, the response object, its events, storage, background mode and WebSocket."""
