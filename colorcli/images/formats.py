"""The photograph formats colorcli reads and writes: what each can hold, and how its first bytes look."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from colorcli.errors import PhotoError, UsageError


@dataclass(frozen=True)
class Format:
    """`holds` names what the format can carry beside RGB pixels; `bits` is the most a sample has."""

    name: str
    suffixes: tuple[str, ...]  # the first is what a new file gets
    bits: int
    sides: range  # pixels, of width and of height
    holds: frozenset[str]

    def suffix_for(self, path: Path) -> str:
        """The suffix of a result in this format: the one `path` has if it fits, else the usual one."""
        return path.suffix if path.suffix.lower() in self.suffixes else self.suffixes[0]

    def __reduce__(self) -> tuple[Callable[[str], "Format"], tuple[str]]:
        """In every process a format is one object."""
        return format_named, (self.name,)


_ANY = range(1, 1 << 31)


def _format(name: str, suffixes: str, bits: int, sides: range, holds: str) -> Format:
    return Format(name, tuple(suffixes.split()), bits, sides, frozenset(holds.split()))


# fmt: off
JPEG = _format("jpeg", ".jpg .jpeg .jpe .jfif",      8, range(1, 65501), "exif xmp iptc icc dpi")
PNG  = _format("png",  ".png",                      16, _ANY,            "exif xmp iptc icc dpi alpha")
TIFF = _format("tiff", ".tif .tiff",                16, _ANY,            "exif xmp iptc icc dpi alpha pages")
WEBP = _format("webp", ".webp",                      8, range(1, 16384), "exif xmp icc alpha")
AVIF = _format("avif", ".avif",                     12, range(1, 16385), "exif xmp icc alpha")
JP2  = _format("jp2",  ".jp2 .j2k .jpf .jpx .j2c",  16, _ANY[31:],       "exif xmp iptc alpha")  # is sRGB
BMP  = _format("bmp",  ".bmp .dib",                  8, range(1, 32768), "dpi alpha")
PNM  = _format("pnm",  ".ppm .pnm",                 16, _ANY,            "")  # PPM: results have colour
HEIC = _format("heic", ".heic .heif .hif",          12, range(0),        "")  # is read, not written
# fmt: on

FORMATS = (JPEG, PNG, TIFF, WEBP, AVIF, JP2, BMP, PNM)  # read and written
_KNOWN = (*FORMATS, HEIC)

_ALIASES = {"jpg": JPEG, "tif": TIFF, "jpeg2000": JP2, "j2k": JP2, "ppm": PNM, "pgm": PNM, "pbm": PNM}

_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),  # BigTIFF
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", JP2),
    (b"\xff\x4f\xff\x51", JP2),  # a bare codestream
    (b"BM", BMP),
    *((b"P%d" % kind, PNM) for kind in range(1, 7)),
)

# What we know by its first bytes and do not read: (bytes, offset, name).
_REFUSED = (
    (b"FUJIFILMCCD-RAW", 0, "a Fujifilm RAF camera raw file"),
    (b"CR", 8, "a Canon CR2 camera raw file"),
    (b"ftypcrx ", 4, "a Canon CR3 camera raw file"),
    (b"IIRO", 0, "an Olympus ORF camera raw file"),
    (b"IIRS", 0, "an Olympus ORF camera raw file"),
    (b"MMOR", 0, "an Olympus ORF camera raw file"),
    (b"IIU\0", 0, "a Panasonic RW2 camera raw file"),
    (b"FOVb", 0, "a Sigma X3F camera raw file"),
    (b"\0MRM", 0, "a Minolta MRW camera raw file"),
    (b"GIF8", 0, "a GIF"),
    (b"8BPS", 0, "a Photoshop document"),
    (b"%PDF", 0, "a PDF document"),
    (b"\0\0\0\x0cJXL ", 0, "a JPEG XL image"),
    (b"\xff\x0a", 0, "a JPEG XL image"),
    (b"P7", 0, "a PAM image"),
    (b"v/1\x01", 0, "an OpenEXR image"),
)

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_FILM_MAGIC = (b"\x1a\x45\xdf\xa3", b"\0\0\1\xba")  # Matroska with WebM, MPEG
_FILM = "it is a film or another file without a photograph"
_SEQUENCE_BRANDS = {b"avis", b"hevc", b"hevx", b"msf1"}

ANIMATION = "it is an animation, not a photograph"
FILM_HINT = "Films are coloured by: colorcli film OLD NEW"
CONVERT_HINT = "Save it as TIFF, PNG or JPEG with another program, then colour that file."
RAW_HINT = "Develop it to a 16-bit TIFF first (darktable, RawTherapee or dcraw -T -6), then colour that file."


def format_named(name: str) -> Format:
    """The format a user means by `name`, such as "jpg" or "TIFF"."""
    key = name.lower().lstrip(".")
    found = {known.name: known for known in _KNOWN}.get(key) or _ALIASES.get(key)
    if found is None:
        raise UsageError(f"unknown format {name!r}", "Known: " + ", ".join(known.name for known in FORMATS))
    return found


def format_of_path(path: Path) -> Format | None:
    """The format the suffix of `path` stands for, if any. Inputs go by their bytes."""
    return next((known for known in _KNOWN if path.suffix.lower() in known.suffixes), None)


def sniff(head: bytes) -> Format:
    """The format of a file that starts with `head` (64 bytes are enough), or a PhotoError that says why."""
    if not head:
        raise PhotoError("the file is empty")
    for magic, offset, name in _REFUSED:
        if head.startswith(magic, offset):
            raise PhotoError(
                f"it is {name}, which colorcli does not read", RAW_HINT if "camera" in name else CONVERT_HINT
            )
    if head[4:8] == b"ftyp":
        return _sniff_heif(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    for magic, known in _MAGIC:
        if head.startswith(magic):
            return known
    if head.startswith(_FILM_MAGIC) or head[8:12] == b"AVI ":
        raise PhotoError(_FILM, FILM_HINT)
    raise PhotoError("it is not an image in a format colorcli reads", _reads())


def _sniff_heif(head: bytes) -> Format:
    """AVIF and HEIC share a container; the brands in its first box tell them apart."""
    brands = heif_brands(head)
    if _SEQUENCE_BRANDS & {*brands}:
        raise PhotoError(ANIMATION)
    if b"avif" in brands:
        return AVIF
    if _HEIC_BRANDS & {*brands}:
        return HEIC
    raise PhotoError(_FILM, FILM_HINT)


def heif_brands(head: bytes) -> list[bytes]:
    """What the first box of a file says is in it."""
    size = int.from_bytes(head[:4], "big")
    return [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]


def _reads() -> str:
    return "colorcli reads " + ", ".join(known.name.upper() for known in _KNOWN) + "."
