"""The checks of Telnyx's contract."""
