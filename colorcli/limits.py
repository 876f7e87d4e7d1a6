"""Limits that hold unless the user sets others."""

MAX_PIXELS = 1_000_000_000  # of a photograph or frame
