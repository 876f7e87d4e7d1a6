"""Metadata on its way from the input to the output: made right for the pixels, fitted to the format."""

from dataclasses import replace

from colorcli.images import exif, iptc, jpeg, profile, upright, xmp
from colorcli.images.formats import JPEG, Format
from colorcli.images.picture import EncodeOptions, Metadata

_LEAST_DPI, _MOST_DPI = 0.5, 65535  # what every format can hold
_ROOM = {"exif": jpeg.MOST_EXIF, "xmp": jpeg.MOST_XMP, "iptc": jpeg.MOST_IPTC}


def orientation(found: Metadata) -> int:
    """1..8, how the pixels must be turned; XMP is asked where EXIF does not say."""
    return exif.orientation(found.exif) or (xmp.orientation(found.xmp) if found.xmp else None) or 1


def for_upright_pixels(found: Metadata, orientation: int) -> tuple[Metadata, tuple[str, ...]]:
    """What the file had, as it is right for upright sRGB pixels; and notes on what is damaged."""
    sideways = upright.is_sideways(orientation)
    notes = []
    block = exif.upright(found.exif, sideways) if found.exif else None
    if found.exif and block is None:
        notes.append("its EXIF is damaged and was left out")
    packet = xmp.upright(found.xmp, sideways) if found.xmp else None
    if found.xmp and packet is None:
        notes.append("its XMP is damaged and was left out")
    dpi = found.dpi[::-1] if found.dpi and sideways else found.dpi
    if dpi and not all(_LEAST_DPI <= value <= _MOST_DPI for value in dpi):
        notes.append(f"its resolution of {dpi[0]:g} x {dpi[1]:g} dots per inch is no sensible one: left out")
        dpi = None
    return replace(found, exif=block, xmp=packet, dpi=dpi), tuple(notes)


def for_format(about: Metadata, format_: Format, options: EncodeOptions) -> tuple[Metadata, tuple[str, ...]]:
    """What a file of `format_` will carry, and notes on what it cannot."""
    about, notes = (Metadata(), ()) if options.metadata == "none" else _kept(about, format_)
    provenance = options.provenance
    if provenance is None:
        return about, notes
    if "xmp" not in format_.holds:
        return about, (*notes, f"{format_.name.upper()} cannot say that a model added the colours")
    packet = xmp.with_provenance(about.xmp, provenance)
    if _fits("xmp", packet, format_):
        return replace(about, xmp=packet), notes
    notes = (*notes, f"{format_.name.upper()} has no room for all of the XMP: left out")
    return replace(about, xmp=xmp.with_provenance(None, provenance)), notes


def _kept(about: Metadata, format_: Format) -> tuple[Metadata, tuple[str, ...]]:
    """As much of `about` as the format holds, some of it in another place."""
    notes = []
    if about.iptc and "iptc" not in format_.holds and "xmp" in format_.holds:
        about = replace(about, iptc=None, xmp=xmp.with_properties(about.xmp, iptc.as_xmp(about.iptc)))
        notes.append(f"{format_.name.upper()} holds no IPTC: carried over as XMP")
    if about.dpi and "dpi" not in format_.holds and "exif" in format_.holds and not about.exif:
        about = replace(about, exif=exif.resolution(about.dpi))
    lost = [kind for kind in ("exif", "xmp", "iptc") if not _fits(kind, getattr(about, kind), format_)]
    if about.dpi and not {"dpi", "exif"} & format_.holds:
        lost.append("dpi")
    if lost:
        names = ", ".join(kind if kind == "dpi" else kind.upper() for kind in lost)
        notes.append(f"{format_.name.upper()} cannot hold it, left out: {names}")
    icc = (about.icc or profile.srgb()) if "icc" in format_.holds else None
    return replace(about, icc=icc, **dict.fromkeys(lost)), tuple(notes)


def _fits(kind: str, block: bytes | None, format_: Format) -> bool:
    """Whether the format has a place for the block, large enough."""
    if block is None:
        return True
    return kind in format_.holds and (format_ is not JPEG or len(block) <= _ROOM[kind])
