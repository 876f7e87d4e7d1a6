"""Files with more than one picture: an animation is refused, what comes beside a photograph is named."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from colorcli.errors import PhotoError
from colorcli.images import decode, encode

from .tools import colour_photo, options

FRAMES = [Image.fromarray(np.roll(colour_photo(30, 40), shift, axis=0)) for shift in range(3)]


def saved(kind: str, frames: int) -> bytes:
    stream = BytesIO()
    FRAMES[0].save(stream, kind, save_all=frames > 1, append_images=FRAMES[1:frames])
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "AVIF", "WEBP"])
def test_an_animation_is_refused(kind: str) -> None:
    with pytest.raises(PhotoError, match="animation"):
        decode(saved(kind, 3))
    assert decode(saved(kind, 1)).pages[0].pixels.shape == (30, 40, 3)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


HDR_XMP = (
    b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)), "gain map"),
        (segment(0xE1, HDR_XMP), "gain map"),
        (segment(0xE2, b"MPF\0II*\0" + bytes(40)), "further pictures"),
        (b"", ""),
    ],
)
def test_what_comes_behind_a_photograph_is_named(before: bytes, words: str) -> None:
    plain = saved("JPEG", 1)
    picture = decode(plain[:2] + before + plain[2:] + plain)
    assert words in " ".join(picture.notes)
    assert bool(picture.notes) == bool(words)
    assert b"hdrgm:Version" not in encode(picture, options())  # the result has none and does not say so
