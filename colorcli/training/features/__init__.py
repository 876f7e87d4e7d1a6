"""What the frozen layers of a network see, computed once and kept on disk, and a run fed with it."""
