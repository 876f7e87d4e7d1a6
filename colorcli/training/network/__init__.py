"""What networks are built of: encoders, layers, and weights out of files."""
