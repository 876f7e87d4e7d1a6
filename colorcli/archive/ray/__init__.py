"""An archive on all machines of a Ray cluster."""
