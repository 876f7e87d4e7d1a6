"""A network at work: its file, the device it runs on, and the photographs that share a call."""
