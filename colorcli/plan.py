"""From what stands on the command line to a list of jobs: which photograph goes where."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from colorcli.errors import PhotoError, UsageError
from colorcli.files import mode_of
from colorcli.images import Format, format_of_path
from colorcli.images.source import cause_of

PIPE = "-"
STDIN_NAME = "stdin"  # the name of a photograph read from stdin, in messages and in a folder
_READ_ONLY_SUFFIXES = (".pgm", ".pbm")  # grey by definition, so no result has them


@dataclass(frozen=True)
class Job:
    """One photograph and where its result goes."""

    source: Path | None  # None: stdin
    target: Path | None  # None: stdout
    extension: str | None  # the end of the target's name that follows the format; None: the user named it all

    @property
    def name(self) -> str:
        return STDIN_NAME if self.source is None else str(self.source)

    def target_for(self, image_format: Format) -> Path | None:
        """The target, its extension exchanged where the bytes turn out to be of another format."""
        if self.target is None or self.extension is None or self.extension.lower() in image_format.suffixes:
            return self.target
        return self.target.with_name(self.target.name.removesuffix(self.extension) + image_format.suffixes[0])


@dataclass(frozen=True)
class Naming:
    """The options that decide about names."""

    output: str | None = None  # as given: FILE, DIR, - or nothing
    suffix: str | None = None
    format: Format | None = None
    compare: bool = False

    def suffix_in(self, own_folder: bool) -> str:
        """What follows NAME; beside the photograph something must."""
        if self.suffix is not None:
            return self.suffix
        if not own_folder:
            return ""
        return ".compare" if self.compare else ".color"


def plan(inputs: Sequence[str], naming: Naming) -> list[Job]:
    """The jobs of a command line in its order, each photograph once; every clash of names is found here."""
    sources = list(dict.fromkeys(source for text in inputs for source in _sources(text, naming)))
    if not sources:
        raise UsageError(
            f"no photographs in {', '.join(inputs)}", "a folder is searched for images directly inside"
        )
    if naming.output == "":
        raise UsageError("-o needs a name", "give a file, a folder or -")
    jobs = [_job(source, naming, alone=len(sources) == 1) for source in sources]
    _refuse_clashes(jobs)
    return jobs


def _sources(text: str, naming: Naming) -> Iterator[Path | None]:
    """One photograph, or those directly inside a folder, without hidden files and earlier results."""
    if text == "":
        raise UsageError("one of the names is empty", "is a variable in your command unset?")
    if text == PIPE:
        yield None
    elif not S_ISDIR(mode_of(folder := Path(text))):
        yield folder
    else:
        earlier = naming.suffix_in(own_folder=naming.output is None)
        for path in _files(folder):
            if _known_extension(path) and not (earlier and path.stem.endswith(earlier)):
                yield path


def _files(folder: Path) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise PhotoError(f"{folder}: cannot be listed: {cause_of(error)}") from error
    return [path for path in paths if S_ISREG(mode_of(path))]


def _job(source: Path | None, naming: Naming, alone: bool) -> Job:
    if naming.output == PIPE or (naming.output is None and source is None):
        return Job(source, None, None)
    if naming.output is not None and alone and not _means_folder(naming.output):
        return Job(source, _named_file(naming.output, naming.format), None)
    beside = naming.output is None
    folder = _folder(naming.output, source)
    path = source or Path(STDIN_NAME)
    old = _known_extension(path)
    new = naming.format.suffix_for(path) if naming.format else old
    name = path.name.removesuffix(old) + naming.suffix_in(own_folder=beside) + new
    return Job(source, folder / name, new)


def _means_folder(output: str) -> bool:
    path = Path(output)
    if mode := mode_of(path):
        return S_ISDIR(mode)
    return output.endswith(("/", os.sep)) or not path.suffix


def _folder(output: str | None, source: Path | None) -> Path:
    if output is None:
        return source.parent if source else Path()
    path = Path(output)
    if (mode := mode_of(path)) and not S_ISDIR(mode):
        raise UsageError(f"{path} is a file, and several photographs need a folder", "give a folder with -o")
    if not mode and format_of_path(path):
        raise UsageError(f"{path} names one file for several photographs", f"for a folder say -o {path}/")
    return path


def _named_file(output: str, wanted: Format | None) -> Path:
    path = Path(output)
    said = format_of_path(path)
    if said and wanted and said is not wanted:
        raise UsageError(f"{path} says {said.name} and --format says {wanted.name}", "leave one of them out")
    if not (said or wanted or mode_of(path)):
        raise UsageError(
            f"{path}: no image format has the extension {path.suffix}",
            "give --format, or end the name in / for a folder",
        )
    return path


def _known_extension(path: Path) -> str:
    """The extension if an image format has it: of scan.1890 all is name."""
    known = format_of_path(path) or path.suffix.lower() in _READ_ONLY_SUFFIXES
    return path.suffix if known else ""


def _refuse_clashes(jobs: Sequence[Job]) -> None:
    if sum(job.target is None for job in jobs) > 1:
        raise UsageError("stdout takes one photograph", "give a folder with -o")
    counts = Counter(job.target for job in jobs)
    for target, count in counts.items():
        if count > 1:
            names = [job.name for job in jobs if job.target == target]
            raise UsageError(
                f"{names[0]} and {names[1]} would both become {target}",
                "colour them one after the other into different folders, or choose a --suffix",
            )
