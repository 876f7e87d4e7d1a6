"""Films for the tests, and ffmpeg's opinion of what comes out."""

import json
import subprocess

import numpy as np
from numpy.typing import NDArray

SOURCE = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=0.6")  # 6 frames
FRAMES = 6


def ffmpeg(*arguments: str, stdin: bytes = b"") -> bytes:
    """Runs ffmpeg; what it writes to stdout."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=60).stdout


def y4m(pixel_format: str, source: tuple[str, ...] = SOURCE) -> bytes:
    """A film as yuv4mpeg."""
    return ffmpeg(*source, "-pix_fmt", pixel_format, "-f", "yuv4mpegpipe", "-strict", "-1", "-")


def probe(data: bytes, *arguments: str) -> dict[str, str]:
    """ffprobe on the one stream in `data`, every frame decoded."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", *arguments, "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    (stream,) = json.loads(done.stdout)["streams"]
    return dict(stream)


def luma_md5(data: bytes) -> bytes:
    """MD5 of the Y planes of all frames, as ffmpeg reads them."""
    return ffmpeg("-i", "-", "-vf", "extractplanes=y", "-f", "md5", "-", stdin=data)


def plane(data: bytes, name: str) -> NDArray[np.uint8]:
    """All samples of an 8-bit plane (y, u or v)."""
    return np.frombuffer(
        ffmpeg("-i", "-", "-vf", f"extractplanes={name}", "-f", "rawvideo", "-", stdin=data), np.uint8
    )
