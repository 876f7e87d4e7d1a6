"""A child of the fuzzing test: damages seed files at random, and tells of whatever is not refused in words.

`python fuzzing.py SEEDS REPORT START SECONDS`: each file that did something wrong goes into the folder
REPORT, and a line about it to stdout; the last line is how many were tried.
"""

import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from colorcli.errors import ColorcliError
from colorcli.images import EncodeOptions, Page, Picture, Provenance, decode, encode, format_named, notes

MEMORY = 4 << 30  # bytes of address space
PATIENCE = 60  # seconds a file
MOST_PIXELS = 1_000_000
BY = Provenance("colorcli 9.9", "fuzz", "0" * 64)
TARGETS = [format_named(name) for name in ("jpeg", "png", "tiff", "webp", "bmp", "pnm")]
DIGITS = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x01", b"\x80\0\0\0", b"\xff\xff"]


class StoodStill(BaseException):
    """A file took longer than PATIENCE."""


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled or put in, mostly where the headers are."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(min(len(changed), 600) if chance.random() < 0.6 else len(changed) or 1)
        length = chance.choice((1, 2, 4, 8, 40, 400))
        match chance.randrange(6):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                number = chance.choice(DIGITS)
                changed[at : at + len(number)] = number
            case 3:
                del changed[at : at + length]
            case 4:
                changed[at:at] = changed[at : at + length]
            case 5:
                changed[at:at] = chance.randbytes(length)
        if not changed:
            changed = bytearray(b"\0")
    return bytes(changed)


def in_colour(picture: Picture) -> Picture:
    pages = tuple(
        Page(np.dstack([page.pixels] * 3) if page.pixels.ndim == 2 else page.pixels, page.alpha)
        for page in picture.pages
    )
    return Picture(pages, picture.format, picture.metadata, picture.bits, picture.compressed, picture.notes)


def try_one(source: bytes | Path, target: int) -> None:
    """Through decoding and encoding; a refusal in words is as good as a picture."""
    try:
        picture = in_colour(decode(source, MOST_PIXELS))
        options = EncodeOptions(format=TARGETS[target % len(TARGETS)], depth=8, flatten=True, provenance=BY)
        notes(picture, options)
        encode(picture, options)
    except ColorcliError as error:
        assert error.message


def stand_still(*_: object) -> None:
    raise StoodStill


def main() -> None:
    seeds, report, start, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, stand_still)
    files = sorted(seeds.iterdir())
    end, number = time.monotonic() + seconds, start
    while time.monotonic() < end:
        chance = random.Random(number)
        seed = files[number % len(files)]
        data = damaged(seed.read_bytes(), chance)
        kept = report / f"{number}-{seed.name}"
        kept.write_bytes(data)  # also where it ends this process
        signal.alarm(PATIENCE)
        try:
            try_one(chance.choice((data, kept)), chance.randrange(len(TARGETS)))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            at = traceback.extract_tb(error.__traceback__)[-1]
            print(f"{kept.name}: {type(error).__name__}: {error} ({at.filename}:{at.lineno})", flush=True)
        else:
            kept.unlink()
        signal.alarm(0)
        number += 1
    print(number - start, flush=True)


if __name__ == "__main__":
    main()
