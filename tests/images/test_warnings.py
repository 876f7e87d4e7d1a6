"""What libvips warns of: never on stderr, and never a way into Python."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from .tools import grey_photo

# A damaged JPEG waits to be collected, which happens while libvips warns of a damaged TIFF.
SCRIPT = """
import gc, logging, sys
from contextlib import suppress
from io import FileIO
from pathlib import Path
from colorcli.errors import PhotoError
from colorcli.images import decode, vips

gc.disable()
logging.getLogger("pyvips").addFilter(lambda record: gc.collect() >= 0)
garbage = [vips.load(FileIO(sys.argv[1]), "jpeg", "none")]
vips.read(garbage[0])
garbage.append(garbage)
del garbage
with suppress(PhotoError):
    decode(Path(sys.argv[2]))
"""


def test_a_warning_while_libvips_warns(tmp_path: Path) -> None:
    for name, damage, how in (
        ("old.jpg", b"\xff\xd9" * 20, {}),
        ("old.tif", b"\xff" * 40, {"compression": "tiff_lzw"}),
    ):
        path = tmp_path / name
        Image.fromarray(grey_photo(64, 80)).save(path, **how)
        data = path.read_bytes()
        at = len(data) // 2
        path.write_bytes(data[:at] + damage + data[at + len(damage) :])
    command = [sys.executable, "-c", SCRIPT, tmp_path / "old.jpg", tmp_path / "old.tif"]
    done = subprocess.run(command, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
