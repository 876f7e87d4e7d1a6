"""What ffprobe says of a film, and what of it colorcli must know; films it cannot do right are refused."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from stat import S_ISBLK, S_ISDIR, S_ISREG
from typing import Any

from colorcli.errors import PhotoError, cause_of
from colorcli.stream.ffmpeg import literal, program, what_failed
from colorcli.stream.y4m import HD_ROWS

_MATRICES = {"bt709": "709", "smpte170m": "601", "bt470bg": "601"}
# Curves that differ little from sRGB's, by which brightness is read here. Others would give false colour.
_SDR_CURVES = ("bt709", "smpte170m", "smpte240m", "bt470bg", "bt470m", "iec61966-2-1")
_UNKNOWN = ("", "unknown", "unspecified", "reserved")
_DEPTHS = (8, 10, 12, 16)  # bits of a sample that yuv4mpeg can hold with every kind of chroma
_FINEST = 1_000_000  # the largest denominator of a rate: more is noise
_MOST_REPEATED = 3  # of a film's average rate: a finer raster of times is no rate of frames
_LABELS = ("language", "title", "timecode")
MOST_PIXELS = 1 << 26  # of a frame
_SDR_HINT = "make it SDR first, for example with ffmpeg's filters zscale and tonemap"


@dataclass(frozen=True)
class Layout:
    """How pixels are stored: `chroma` is mono, 420, 422 or 444."""

    chroma: str
    bits: int

    @property
    def name(self) -> str:
        """As ffmpeg has it."""
        space = "gray" if self.chroma == "mono" else f"yuv{self.chroma}p"
        return space if self.bits == 8 else f"{space}{self.bits}le"


@dataclass(frozen=True)
class Companion:
    """A stream that goes along with the video."""

    index: int  # in its file
    kind: str  # audio, subtitle or attachment
    codec: str


@dataclass(frozen=True)
class Film:
    """What ffprobe says of a film; the video is its first that is no cover picture."""

    path: Path
    index: int  # of the video in its file
    rate: Fraction  # frames a second
    seconds: float  # 0: unknown
    delay: float  # seconds by which the first frame comes later than whatever comes first
    layout: Layout  # in which it is to be decoded
    full_range: bool
    size: tuple[int, int]  # width and height of what is stored, which may be meant to be turned
    shape: Fraction  # of a pixel: width by height
    matrix: str  # 601 or 709: what the film says, or what suits its height
    space: str | None  # ffmpeg's name of it, where the film says
    curve: str | None  # and of transfer and primaries
    primaries: str | None
    codec: str
    profile: str
    labels: tuple[tuple[str, str], ...]  # of the video: its language and the like
    companions: tuple[Companion, ...]
    notes: tuple[str, ...]  # what will not be in the result

    @property
    def decoded(self) -> str:
        """The pixel format in which ffmpeg is to give the frames, so that brightness stays as it is."""
        name = self.layout.name
        plain = self.layout.bits > 8 or self.layout.chroma == "mono" or not self.full_range
        return name if plain else name.replace("yuv", "yuvj")  # ffmpeg's names for 8 bits of full range

    @property
    def odd(self) -> bool:
        """Whether a side has an odd number of pixels."""
        return any(side % 2 for side in self.size)


def probe(path: Path) -> Film:
    """Looks at the film."""
    found = _ask(path)
    streams = found["streams"]
    video = next((one for one in streams if _is_film(one)), None)
    if video is None or _is_picture(found):
        raise PhotoError(f"{path}: it is no film", "colorcli colorize colours photographs")
    if video["width"] * video["height"] > MOST_PIXELS:
        raise PhotoError(f"{path}: {video['width']}x{video['height']} are too many pixels for a film")
    _refuse_hdr(path, video)
    companions = tuple(
        Companion(one["index"], one["codec_type"], one.get("codec_name", "unknown"))
        for one in streams
        if one.get("codec_type") in ("audio", "subtitle", "attachment")
    )
    tags = video.get("tags", {})
    start = float(found["format"].get("start_time", 0))
    layout = layout_of(video.get("pix_fmt", ""))
    return Film(
        path=path,
        index=video["index"],
        rate=_rate(video),
        seconds=float(video.get("duration") or found["format"].get("duration") or 0),
        delay=max(float(video.get("start_time", start)) - start, 0),
        layout=layout,
        full_range=layout.chroma == "mono" or video.get("color_range") == "pc" or "yuvj" in video["pix_fmt"],
        size=(video["width"], video["height"]),
        shape=_fraction(video.get("sample_aspect_ratio", ""), ":") or Fraction(1),
        matrix=_MATRICES.get(video.get("color_space", "")) or ("601" if video["height"] < HD_ROWS else "709"),
        space=video.get("color_space") if video.get("color_space") in _MATRICES else None,
        curve=_known(video.get("color_transfer", "")),
        primaries=_known(video.get("color_primaries", "")),
        codec=video.get("codec_name", "unknown"),
        profile=str(video.get("profile", "")),
        labels=tuple((name, tags[name]) for name in _LABELS if tags.get(name, "und") != "und"),
        companions=companions,
        notes=tuple(_left_out(streams, video)),
    )


def layout_of(pixel_format: str) -> Layout:
    """The layout that holds what counts of a pixel format: brightness, and how fine its chroma is."""
    found = _pixel_formats().get(pixel_format)
    if found is None:
        return Layout("420", 8)
    bits = max(one["bit_depth"] for one in found["components"])
    depth = next((depth for depth in _DEPTHS if depth >= bits), _DEPTHS[-1])
    across, down = found.get("log2_chroma_w", 0), found.get("log2_chroma_h", 0)
    if found["nb_components"] < 3 or found["flags"]["rgb"] or found["flags"]["palette"]:
        return Layout("mono", depth)  # of which RGB that shows grey loses nothing
    return Layout("444" if not across else "420" if down or across > 1 else "422", depth)


@cache
def _pixel_formats() -> dict[str, Any]:
    done = subprocess.run(
        [program("ffprobe"), "-v", "error", "-show_pixel_formats", "-of", "json"], capture_output=True
    )
    return {one["name"]: one for one in json.loads(done.stdout or '{"pixel_formats": []}')["pixel_formats"]}


def _ask(path: Path) -> dict[str, Any]:
    """What ffprobe says, as it says it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise PhotoError(f"{path}: {cause_of(error)}") from error
    if S_ISDIR(mode):
        raise PhotoError(f"{path}: it is a folder", "give the name of a film in it")
    if not (S_ISREG(mode) or S_ISBLK(mode)):
        raise PhotoError(f"{path}: it is no file", "for pipes there is colorcli stream")
    command = [program("ffprobe"), "-v", "error", "-show_streams", "-show_format", "-of", "json"]
    done = subprocess.run([*command, literal(path)], capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout or "{}")
    if done.returncode or not found.get("streams"):
        why = what_failed(done.stderr) or "there is no video in it"
        raise PhotoError(f"{path}: it is no film, or a damaged one ({why})")
    return found


def _is_film(stream: Mapping[str, Any]) -> bool:
    """Whether it is video and no cover picture."""
    is_cover = stream.get("disposition", {}).get("attached_pic")
    return stream.get("codec_type") == "video" and "pix_fmt" in stream and not is_cover


def _is_picture(found: Mapping[str, Any]) -> bool:
    name = str(found["format"].get("format_name", ""))
    return name == "image2" or name.endswith("_pipe")


def _refuse_hdr(path: Path, video: Mapping[str, Any]) -> None:
    """Its colours could only come out wrong: here brightness is read and colour is made as in SDR."""
    curve, primaries = video.get("color_transfer", ""), video.get("color_primaries", "")
    wide = [name for name in (primaries, video.get("color_space", "")) if name.startswith("bt2020")]
    sides = [str(one.get("side_data_type", "")) for one in video.get("side_data_list", ())]
    if curve not in (*_UNKNOWN, *_SDR_CURVES) or wide or any("DOVI" in side for side in sides):
        said = ", ".join(dict.fromkeys([curve, *wide, *(side for side in sides if "DOVI" in side)]))
        raise PhotoError(f"{path}: it is HDR or of wide gamut ({said}), which colorcli would lose", _SDR_HINT)


def _known(name: str) -> str | None:
    return None if name in _UNKNOWN else name


def _rate(video: Mapping[str, Any]) -> Fraction:
    """Of the raster of its times, or, where that is much finer than its frames, their average rate."""
    raster = _fraction(video.get("r_frame_rate", ""), "/")
    average = _fraction(video.get("avg_frame_rate", ""), "/")
    fields = video.get("field_order", "progressive") not in ("progressive", "unknown")
    if average and (not raster or raster > _MOST_REPEATED * average or (fields and raster == 2 * average)):
        return average.limit_denominator(_FINEST)
    return raster or Fraction(25)


def _fraction(text: str, between: str) -> Fraction:
    """0 where it says nothing."""
    top, _, bottom = text.partition(between)
    plain = top.isdecimal() and bottom.isdecimal() and int(bottom)
    return Fraction(int(top), int(bottom)) if plain else Fraction(0)


def _left_out(streams: list[Any], video: Mapping[str, Any]) -> list[str]:
    """What ffmpeg could not be asked to copy."""
    more = [one for one in streams if _is_film(one) and one is not video]
    covers = [one for one in streams if one.get("disposition", {}).get("attached_pic")]
    found = _pixel_formats().get(video["pix_fmt"])
    kinds = {
        "further video": len(more),
        "cover picture": len(covers),
        "data streams": sum(one.get("codec_type") == "data" for one in streams),
        "transparency": bool(found and found["flags"]["alpha"] and not found["flags"]["palette"]),
    }
    return [kind for kind, count in kinds.items() if count]
