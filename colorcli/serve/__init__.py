"""A page to put colours right on, and the same colouring for programs, served to this machine alone."""
