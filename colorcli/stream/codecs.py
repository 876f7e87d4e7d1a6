"""How a film in colour is stored: container, codec, pixel format and quality, by the film and by wish."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from colorcli.errors import UsageError
from colorcli.stream.probe import Film, Layout

QUALITIES = ("small", "good", "best")
_CHROMAS = ("420", "422", "444")
_YUV = re.compile(r"yuv(420|422|444)p(?:(10|12|14|16)le)?")


def _layouts(chromas: tuple[str, ...], depths: tuple[int, ...]) -> tuple[Layout, ...]:
    return tuple(Layout(*pair) for pair in product(chromas, depths))


@dataclass(frozen=True)
class Codec:
    """A video codec: how ffmpeg is to encode with it, and what it can hold."""

    encoder: tuple[str, ...]
    layouts: tuple[Layout, ...]  # it is used with
    rates: Mapping[str, int] = field(default_factory=dict)  # -crf of each quality; empty: it has none
    worst: int = 0  # the largest -crf
    profiles: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)  # of each quality, by layout
    even: bool = False  # subsampled chroma wants sides of an even number of pixels
    ranged: bool = True  # it says itself whether samples have full range
    matrix: str | None = None  # the only one that players take it to have


CODECS = {
    "h264": Codec(
        ("libx264",),
        _layouts(_CHROMAS, (8, 10)),
        {"small": 23, "good": 16, "best": 10},
        51,
        even=True,
    ),
    "h265": Codec(
        ("libx265", "-x265-params", "log-level=error"),
        _layouts(_CHROMAS, (8, 10, 12)),
        {"small": 26, "good": 18, "best": 12},
        51,
        even=True,
    ),
    "vp9": Codec(
        ("libvpx-vp9", "-b:v", "0", "-row-mt", "1"),
        _layouts(_CHROMAS, (8, 10, 12)),
        {"small": 32, "good": 16, "best": 10},
        63,
    ),
    "ffv1": Codec(
        ("ffv1", "-level", "3", "-slicecrc", "1", "-g", "1"),
        _layouts(_CHROMAS, (8, 10, 12, 16)),
        ranged=False,
    ),
    "prores": Codec(
        ("prores_ks", "-vendor", "apl0"),
        _layouts(("422", "444"), (10,)),
        profiles={"yuv422p10le": ("lt", "hq", "hq"), "yuv444p10le": ("4444", "4444", "4444xq")},
        ranged=False,
    ),
    "dnxhr": Codec(
        ("dnxhd",),
        (Layout("422", 8), Layout("422", 10), Layout("444", 10)),
        profiles={
            "yuv422p": ("dnxhr_sq", "dnxhr_hq", "dnxhr_hq"),
            "yuv422p10le": ("dnxhr_hqx",) * 3,
            "yuv444p10le": ("dnxhr_444",) * 3,
        },
        ranged=False,
        matrix="709",
    ),
}
# What a film that has one of them already may keep, by its layout.
_PROFILES = {
    "yuv422p": ("dnxhr_lb", "dnxhr_sq", "dnxhr_hq"),
    "yuv422p10le": ("proxy", "lt", "standard", "hq", "dnxhr_hqx"),
    "yuv444p10le": ("4444", "4444xq", "dnxhr_444"),
}
_NAMES = {"hevc": "h265", "ffv1": "ffv1", "prores": "prores", "dnxhd": "dnxhr"}  # ours by ffmpeg's


@dataclass(frozen=True)
class Container:
    """`stays`: codecs that a film keeps if it has them; `text`: the one kind of text for subtitles."""

    muxer: str
    default: str
    stays: tuple[str, ...] = ()
    text: str | None = None
    attachments: bool = False


_MP4 = Container("mp4", "h264", ("h265",), "mov_text")
CONTAINERS = {
    ".mkv": Container("matroska", "h264", ("h265", "ffv1", "prores", "dnxhr"), attachments=True),
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": Container("mov", "h264", ("h265", "prores", "dnxhr"), "mov_text"),
    ".webm": Container("webm", "vp9", text="webvtt"),
}


@dataclass(frozen=True)
class Wish:
    """What the user says of it; None leaves it to us."""

    codec: str | None = None
    quality: str | None = None  # one of QUALITIES, or the codec's own -crf
    pixel_format: str | None = None


@dataclass(frozen=True)
class Storage:
    """All that is decided. `options` are those of ffmpeg for the video."""

    container: Container
    codec: str
    layout: Layout
    options: tuple[str, ...]
    shown: Mapping[str, str]  # what players are told of the colours, as ffmpeg's filters name it
    full_range: bool
    matrix: str  # 601 or 709
    tag: str | None  # of the codec in the container, where ffmpeg's own is not what players want


def container_of(target: Path) -> Container:
    """By the ending of its name."""
    found = CONTAINERS.get(target.suffix.lower())
    if found is None:
        names = ", ".join(CONTAINERS)
        raise UsageError(f"{target}: its ending is none of a film's: {names}", "write for example new.mp4")
    return found


def storage_of(film: Film, target: Path, wish: Wish) -> Storage:
    """Codecs of archives stay what they are where the container has them; else H.264, or VP9 in WebM."""
    container = container_of(target)
    own = _NAMES.get(film.codec, "")
    name = wish.codec or (own if own in container.stays else container.default)
    codec = CODECS[name]
    layout = _wished(wish.pixel_format) or _best(codec, film)
    full = film.full_range and (codec.ranged or (name == "ffv1" and container.muxer == "matroska"))
    matrix = codec.matrix or film.matrix
    shown = _shown(film, matrix)
    told = "setparams=" + ":".join(f"{name}={value}" for name, value in shown.items())
    steps = [told] if full == film.full_range else ["scale=out_range=limited", told]
    options = ("-vf", ",".join(steps), "-pix_fmt", layout.name, "-c:v", *codec.encoder)
    quality = _quality(name, film, layout, wish.quality)
    tag = (
        "hvc1" if name == "h265" and container.text == "mov_text" else None
    )  # else Apple's players refuse it
    return Storage(container, name, layout, (*options, *quality), shown, full, matrix, tag)


def _shown(film: Film, matrix: str) -> dict[str, str]:
    space = {"601": "smpte170m", "709": "bt709"}[matrix]
    said = {
        "colorspace": film.space or space if film.matrix == matrix else space,
        "color_primaries": film.primaries,
        "color_trc": film.curve,
    }
    return {name: value for name, value in said.items() if value}


def _wished(name: str | None) -> Layout | None:
    if name is None:
        return None
    found = _YUV.fullmatch(name)
    if not found:
        raise UsageError(
            f"--pix-fmt {name} is none that colour can be made in", "such as yuv420p, yuv422p10le or yuv444p"
        )
    return Layout(found[1], int(found[2] or 8))


def _best(codec: Codec, film: Film) -> Layout:
    """The smallest that loses nothing of the film, or else the least of it."""
    least = (
        "444" if codec.even and film.odd else "420" if film.layout.chroma == "mono" else film.layout.chroma
    )
    bits = film.layout.bits

    def cost(layout: Layout) -> tuple[bool, int, str, int]:
        return layout.chroma < least, max(0, bits - layout.bits), layout.chroma, layout.bits

    return min(codec.layouts, key=cost)


def _quality(name: str, film: Film, layout: Layout, wish: str | None) -> tuple[str, ...]:
    codec = CODECS[name]
    if codec.rates:
        return "-crf", str(_rate(name, wish))
    if wish is not None and not codec.profiles:
        raise UsageError(f"--quality {wish} is not for {name}, which loses nothing", "leave it out")
    if wish is not None and wish not in QUALITIES:
        raise UsageError(f"--quality {wish} is not for {name}", f"use one of {', '.join(QUALITIES)}")
    if layout.name not in codec.profiles:
        return ()  # ffmpeg says whether it can
    if wish is None and (own := _own_profile(name, film, layout)):
        return "-profile:v", own
    return "-profile:v", codec.profiles[layout.name][QUALITIES.index(wish or "good")]


def _rate(name: str, wish: str | None) -> int:
    codec = CODECS[name]
    if wish is None or wish in QUALITIES:
        return codec.rates[wish or "good"]
    if not (wish.isdecimal() and len(wish) < 4 and int(wish) <= codec.worst):
        words = ", ".join(QUALITIES)
        raise UsageError(
            f"--quality {wish} is none that {name} has",
            f"use {words}, or a CRF from 0 (all) to {codec.worst}",
        )
    return int(wish)


def _own_profile(name: str, film: Film, layout: Layout) -> str | None:
    """That of the film, if it is in this codec already."""
    own = film.profile.lower().replace(" ", "_")
    own = {"xq": "4444xq"}.get(own, own)
    return own if _NAMES.get(film.codec) == name and own in _PROFILES[layout.name] else None
