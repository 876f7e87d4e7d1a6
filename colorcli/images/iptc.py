"""IPTC records (IIM): taken out of Photoshop's resources, put back into them, and told as XMP properties."""

import binascii
import re
import struct
from collections.abc import Iterator

from colorcli.images.xmp import Property, Shape

_PHOTOSHOP = b"Photoshop 3.0\0"
_IIM_RESOURCE = 0x0404
_UTF8 = b"\x1b%G"
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML has no way to say

# Dataset of record 2 -> XMP property and its shape.
_AS_XMP: dict[int, tuple[str, Shape]] = {
    5: ("dc:title", "alt"),
    10: ("photoshop:Urgency", "text"),
    15: ("photoshop:Category", "text"),
    20: ("photoshop:SupplementalCategories", "bag"),
    25: ("dc:subject", "bag"),
    40: ("photoshop:Instructions", "text"),
    55: ("photoshop:DateCreated", "text"),
    80: ("dc:creator", "seq"),
    85: ("photoshop:AuthorsPosition", "text"),
    90: ("photoshop:City", "text"),
    92: ("Iptc4xmpCore:Location", "text"),
    95: ("photoshop:State", "text"),
    100: ("Iptc4xmpCore:CountryCode", "text"),
    101: ("photoshop:Country", "text"),
    103: ("photoshop:TransmissionReference", "text"),
    105: ("photoshop:Headline", "text"),
    110: ("photoshop:Credit", "text"),
    115: ("photoshop:Source", "text"),
    116: ("dc:rights", "alt"),
    120: ("dc:description", "alt"),
    122: ("photoshop:CaptionWriter", "text"),
}


def from_photoshop(block: bytes | None) -> bytes | None:
    """The IIM datasets in Photoshop's image resources; its thumbnail and the rest are not kept."""
    if block is None:
        return None
    at = len(_PHOTOSHOP) if block.startswith(_PHOTOSHOP) else 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        kind, name_length = struct.unpack_from(">HB", block, at + 4)
        at += 6 + name_length + 1 + (name_length + 1) % 2
        (size,) = struct.unpack(">I", block[at : at + 4].ljust(4, b"\0"))
        if kind == _IIM_RESOURCE:
            return block[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return block if block[:1] == b"\x1c" else None


def to_photoshop(iim: bytes) -> bytes:
    """The datasets as Photoshop's image resources, the way JPEG carries them."""
    head = struct.pack(">4sHHI", b"8BIM", _IIM_RESOURCE, 0, len(iim))
    return _PHOTOSHOP + head + iim + b"\0" * (len(iim) % 2)


def raw_profile(text: bytes) -> bytes | None:
    """The block in the text of a PNG's "Raw profile": a name, a length, hexadecimal digits."""
    digits = b"".join(re.sub(rb"^\s*\S+( profile)?\s+\d+", b"", text).split())
    try:
        return binascii.unhexlify(digits) or None
    except binascii.Error:
        return None


def to_raw_profile(iim: bytes) -> bytes:
    """The datasets as the text of a PNG's "Raw profile type iptc"."""
    block = to_photoshop(iim)[len(_PHOTOSHOP) :]
    digits = binascii.hexlify(block).decode()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\niptc\n{len(block):8}\n{lines}\n".encode()


def as_xmp(iim: bytes) -> list[Property]:
    """The datasets XMP has a property for, in XMP's words."""
    datasets = list(_datasets(iim))
    charset = "utf-8" if (1, 90, _UTF8) in datasets else "latin-1"
    found: dict[int, list[str]] = {}
    for record, number, value in datasets:
        if record == 2 and number in _AS_XMP:
            found.setdefault(number, []).append(_NO_XML.sub("", value.decode(charset, "replace")).strip())
    if 55 in found and re.fullmatch(r"\d{8}", found[55][0]):
        date = found[55][0]
        found[55] = [f"{date[:4]}-{date[4:6]}-{date[6:]}"]
    return [Property(*_AS_XMP[number], tuple(values)) for number, values in found.items()]


def _datasets(iim: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record, dataset number and value, one after another, until something is no dataset."""
    at = 0
    while at + 5 <= len(iim) and iim[at] == 0x1C:
        record, number, size = struct.unpack_from(">BBH", iim, at + 1)
        at += 5
        if size & 0x8000:  # the length of the length follows
            width = size & 0x7FFF
            size = int.from_bytes(iim[at : at + width], "big")
            at += width
        yield record, number, iim[at : at + size]
        at += size
