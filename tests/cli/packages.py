"""Image files from the sources of Debian's and PyPI's packages, fetched by the programs those have for it."""

import subprocess
import sys
import tarfile
from pathlib import Path

_JPEG = (".jpg", ".jpeg", ".jpe")
_JPEG_2000 = (".jp2", ".j2k", ".jpx", ".j2c")
_PNM = (".pbm", ".pgm", ".ppm", ".pnm")
HEIC = (".heic", ".heif", ".hif")
SUFFIXES = (*_JPEG, *_JPEG_2000, *_PNM, *HEIC, ".png", ".tif", ".tiff", ".webp", ".avif", ".bmp", ".dib")
FROM_DEBIAN = [  # of bookworm
    *("exempi", "exiv2", "gdk-pixbuf", "graphicsmagick", "leptonlib", "libexif", "libgd2", "libheif"),
    *("libimage-exiftool-perl", "libjpeg-turbo", "libpng1.6", "libwebp", "netpbm-free", "piexif", "pillow"),
    *("tiff", "vips"),
]
FROM_PYPI = ["glymur", "pypng"]
_SOURCES = "deb-src http://deb.debian.org/debian bookworm main\n"


def fetch(name: str, folder: Path, apt: list[str]) -> list[Path]:
    """The image files in the source of a package."""
    if name in FROM_DEBIAN:
        _run([*apt, "source", "--download-only", "--tar-only", name], folder)
    else:  # source packages, since tests and their images are only in there
        _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, name], folder)
    target = folder / name
    target.mkdir()
    for archive in folder.glob("*.tar.*[!c]"):
        _extract(archive, target)
    return sorted(target.iterdir())


def sources_of_debian(folder: Path) -> list[str]:
    """apt-get that knows them, whatever the machine's own lists are."""
    sources = folder / "sources.list"
    sources.write_text(_SOURCES, "utf-8")
    (folder / "lists" / "partial").mkdir(parents=True)
    own = [f"-oDir::Etc::sourcelist={sources}", f"-oDir::State::lists={folder / 'lists'}"]
    apt = ["apt-get", "-q", "-oDir::Etc::sourceparts=-", *own]
    _run([*apt, "update"], folder)
    return apt


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=600)


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        for number, member in enumerate(members):
            if member.isfile() and member.name.lower().endswith(SUFFIXES):
                content = members.extractfile(member)
                assert content
                (target / f"{number:04}-{Path(member.name).name}").write_bytes(content.read())
