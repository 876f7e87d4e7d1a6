"""From what stands on the command line to a list of jobs: which photograph goes where."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

from colorcli.batch.job import STDIN_NAME, Job
from colorcli.batch.walk import Selection, Walk, known_extension, place_of
from colorcli.errors import PhotoError, UsageError
from colorcli.files import identity, mode_of
from colorcli.images import Format, format_of_path

PIPE = "-"


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


@dataclass(frozen=True)
class Sources:
    """What is to be coloured: names from the command line, names from a list, and what to take of folders."""

    inputs: Sequence[str] = ()
    listed: Sequence[str] | None = None  # None: there is no list
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True)
class Plan:
    """The jobs in their order, each photograph once, and what was found on the way to them."""

    jobs: tuple[Job, ...]
    whole: bool  # folders or a list, not single photographs
    archive: Path | None  # where the results of a whole go, which is where its journal is kept
    problems: tuple[PhotoError, ...] = ()  # folders that could not be looked into
    links: tuple[str, ...] = ()  # to folders, not followed


@dataclass(frozen=True, slots=True)
class _Found:
    """A photograph (None: stdin) and its path below the folder of results."""

    path: Path | None
    place: Path

    @property
    def stem(self) -> Path:
        return self.place.with_name(self.place.name.removesuffix(known_extension(self.place)))


def plan(sources: Sources, naming: Naming) -> Plan:
    """The jobs of a command line; see `refuse_collisions` for those that cannot all be done."""
    if naming.output == "":
        raise UsageError("-o needs a name", "give a file, a folder or -")
    walks = [_walk(Path(text), sources.selection, naming) for text in sources.inputs if _is_folder(text)]
    found = list(dict.fromkeys(_found(sources, walks, naming)))
    problems = tuple(problem for walk in walks for problem in walk.problems)
    if not found and not problems:
        raise UsageError(
            f"no photographs in {', '.join(sources.inputs) or 'the list'}", _search_hint(sources)
        )
    whole = bool(walks) or sources.listed is not None
    stems = Counter(one.stem for one in found)
    alone = len(found) == 1 and not whole
    jobs = tuple(_job(one, naming, alone, crowded=stems[one.stem] > 1) for one in found)
    archive = Path(naming.output) if whole and naming.output not in (None, PIPE) else None
    return Plan(jobs, whole, archive, problems, tuple(link for walk in walks for link in walk.links))


def _is_folder(text: str) -> bool:
    return text not in ("", PIPE) and S_ISDIR(mode_of(Path(text)))


def _walk(folder: Path, selection: Selection, naming: Naming) -> Walk:
    target = None if naming.output in (None, PIPE) else identity(Path(naming.output))
    if target == identity(folder) and not naming.suffix_in(own_folder=False):
        raise UsageError(
            f"{folder} is the folder of the photographs itself, and those are never overwritten",
            "choose another folder with -o, or a --suffix",
        )
    return Walk(folder, selection, target)


def _found(sources: Sources, walks: Sequence[Walk], naming: Naming) -> Iterator[_Found]:
    """Every photograph: named ones by their bare name, those of folders and lists with their path."""
    folders = iter(walks)
    for text in sources.inputs:
        if text == "":
            raise UsageError("one of the names is empty", "is a variable in your command unset?")
        if text == PIPE:
            yield _Found(None, Path(STDIN_NAME))
        elif not _is_folder(text):
            yield _Found(Path(text), Path(Path(text).name))
        else:
            yield from _found_in(next(folders), naming)
    for text in sources.listed or ():
        yield _Found(Path(text), place_of(text))


def _found_in(walk: Walk, naming: Naming) -> Iterator[_Found]:
    """The photographs of a folder; where the results lie among them, earlier results are none."""
    among = naming.output is None or identity(Path(naming.output)) == identity(walk.root)
    earlier = naming.suffix_in(own_folder=naming.output is None) if among else ""
    for place in walk:
        if not (earlier and Path(place).stem.endswith(earlier)):
            yield _Found(walk.root / place, Path(place))


def _search_hint(sources: Sources) -> str:
    if sources.listed is not None:
        return "give one name a line, or with -0 one name before each NUL"
    if sources.selection.include or sources.selection.exclude:
        return "--include and --exclude left nothing of it"
    if sources.selection.recursive:
        return "no file there has the extension of an image"
    return "a folder is searched for images directly inside; -r searches the folders in it too"


def _job(found: _Found, naming: Naming, alone: bool, crowded: bool) -> Job:
    if naming.output == PIPE or (naming.output is None and found.path is None):
        return Job(found.path, None, None)
    if naming.output is not None and alone and not _means_folder(naming.output):
        return Job(found.path, _named_file(naming.output, naming.format), None)
    beside = naming.output is None
    old = known_extension(found.place)
    new = naming.format.suffix_for(found.place) if naming.format else old
    stem = found.place.name if crowded and new != old else found.stem.name
    name = stem + naming.suffix_in(own_folder=beside) + new
    return Job(found.path, _folder(naming.output, found) / name, new, crowded)


def _means_folder(output: str) -> bool:
    path = Path(output)
    if mode := mode_of(path):
        return S_ISDIR(mode)
    return output.endswith(("/", os.sep)) or not path.suffix


def _folder(output: str | None, found: _Found) -> Path:
    if output is None:
        return found.path.parent if found.path else Path()
    path = Path(output)
    if (mode := mode_of(path)) and not S_ISDIR(mode):
        raise UsageError(f"{path} is a file, and several photographs need a folder", "give a folder with -o")
    if not mode and format_of_path(path) and not output.endswith(("/", os.sep)):
        raise UsageError(f"{path} names one file for several photographs", f"for a folder say -o {path}/")
    return path / found.place.parent


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


def collisions(jobs: Sequence[Job]) -> Iterator[tuple[Job, Job]]:
    """Pairs of photographs that would get the same result."""
    first: dict[Path, Job] = {}
    for job in jobs:
        if job.target is not None and first.setdefault(job.target, job) is not job:
            yield first[job.target], job


def refuse_collisions(jobs: Sequence[Job]) -> None:
    """Raise where one result would replace another."""
    if sum(job.target is None for job in jobs) > 1:
        raise UsageError("stdout takes one photograph", "give a folder with -o")
    for first, second in collisions(jobs):
        raise UsageError(
            f"{first.name} and {second.name} would both become {first.target}",
            "colour them one after the other into different folders, or choose a --suffix",
        )
