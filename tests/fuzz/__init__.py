"""Fuzzing: whatever a file or a target says, the answer is data or one of the documented errors."""
