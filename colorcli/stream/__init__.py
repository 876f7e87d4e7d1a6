"""Many pictures through one process: concatenated images, yuv4mpeg, raw frames, and films by ffmpeg."""
