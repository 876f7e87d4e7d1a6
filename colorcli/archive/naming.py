"""How results are called, and which names cannot be."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR

from colorcli.archive.jobs import Job
from colorcli.archive.storage.extensions import known_extension
from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.location import Location, Source, mode_of
from colorcli.errors import UsageError
from colorcli.images import Format, format_of_path

PIPE = "-"
_NUMBER = re.compile(r"\.\d+$")  # of a variant


@dataclass(frozen=True, kw_only=True)
class Naming:
    """The options that decide about names."""

    output: str | None = None  # as given: FILE, DIR, - or nothing
    suffix: str | None = None
    format: Format | None = None
    compare: bool = False
    shards: bool = False  # the results of a tar go into a tar
    variants: int = 0  # results of each photograph, numbered; 0: one, without a number
    certainty: Path | None = None  # the folder of pictures of how sure the model is

    def __post_init__(self) -> None:
        if self.suffix and {"/", os.sep} & set(self.suffix):
            raise UsageError(
                f"--suffix {self.suffix} leads into another folder",
                "it is part of a name; -o names folders",
            )

    @property
    def root(self) -> Location | None:
        """What -o names; None: each result goes beside its photograph, or to stdout."""
        return None if self.output in (None, PIPE) else locate(self.output)

    def suffix_in(self, own_folder: bool) -> str:
        """What follows NAME; beside the photograph something must."""
        if self.suffix is not None:
            return self.suffix
        if not own_folder:
            return ""
        return ".compare" if self.compare else ".color"


@dataclass(frozen=True, slots=True)
class Found:
    """A photograph (None: stdin), or a tar of them, and its path below the folder of results."""

    source: Source | None
    path: Path
    shard: Location | None = None  # the tar of results
    hints: Source | None = None  # the file of them beside it

    @property
    def stem(self) -> Path:
        return self.path.with_name(self.path.name.removesuffix(known_extension(self.path)))


def certainty_places(given: str | None) -> tuple[Path | None, Path | None]:
    """The file for one photograph's picture, or the folder for those of many, as the name says which."""
    if not given:
        return None, None
    place = locate(given)
    if not (path := place.local_path):
        raise UsageError(f"{place} is not on this machine", "name a file or a folder here")
    return (None, Path(path)) if _means_folder(given, place) else (Path(path), None)


def name_results(found: Sequence[Found], naming: Naming, whole: bool) -> Iterator[Job]:
    """A job for each photograph or variant; `whole` where they come from folders, tars or a list."""
    return _numbered(_jobs(found, naming, whole), naming.variants)


def without_number(stem: str) -> str:
    """The stem of a result, as it would be if it were no variant."""
    return _NUMBER.sub("", stem)


def _jobs(found: Sequence[Found], naming: Naming, whole: bool) -> Iterator[Job]:
    root = naming.root
    if root is not None and found:
        if len(found) == 1 and not whole and not _means_folder(naming.output, root):
            job = Job(found[0].source, _named_file(root, naming.format), None, hints=found[0].hints)
            yield replace(job, certainty=_certainty(found[0], naming))
            return
        _refuse_file(naming.output, root)
    stems = Counter(one.stem for one in found)
    for one in found:
        if root is None and (naming.output == PIPE or one.source is None):
            yield Job(one.source, None, None, hints=one.hints, certainty=_certainty(one, naming))
        else:
            crowded = stems[one.stem] > 1
            job = _job(one, naming, root, crowded)
            yield replace(job, certainty=_certainty(one, naming, crowded))


def _numbered(jobs: Iterable[Job], variants: int) -> Iterator[Job]:
    """Each job, or one for each variant: NAME.1.EXT and so on."""
    for job in jobs:
        if not variants:
            yield job
        elif job.target is None:
            raise UsageError("stdout takes one picture, not variants", "give a file or a folder with -o")
        else:
            end = job.extension or job.target.suffix
            stem = job.target.name.removesuffix(end)
            for number in range(1, variants + 1):
                target = job.target.with_name(f"{stem}.{number}{end}")
                certainty = job.certainty if number == 1 else None  # which is that of all
                yield replace(job, target=target, variant=number, certainty=certainty)


def _job(found: Found, naming: Naming, root: Location | None, crowded: bool) -> Job:
    old = known_extension(found.path)
    new = naming.format.suffix_for(found.path) if naming.format else old
    stem = found.path.name if crowded and new != old else found.stem.name
    name = stem + naming.suffix_in(own_folder=root is None) + new
    if root is None:
        assert found.source is not None  # stdin has no folder of its own, nor have the members of tars
        return Job(found.source, found.source.file.parent / name, new, crowded, hints=found.hints)
    target = root / found.path.parent / name
    return Job(found.source, target, new, crowded, shard=found.shard, hints=found.hints)


def _certainty(found: Found, naming: Naming, crowded: bool = False) -> Path | None:
    """The picture of how sure the model is of a photograph, where all have one."""
    if naming.certainty is None:
        return None
    stem = found.path.name if crowded else found.stem.name
    return naming.certainty / found.path.parent / f"{stem}.certainty.png"


def _means_folder(output: str | None, root: Location) -> bool:
    if mode := mode_of(root):
        return S_ISDIR(mode)
    return str(output).endswith(("/", os.sep)) or not root.suffix


def _refuse_file(output: str | None, root: Location) -> None:
    """Raise where what should be a folder is a file, or looks like the name of one."""
    mode = mode_of(root)
    if mode and not S_ISDIR(mode):
        raise UsageError(f"{root} is a file, and several photographs need a folder", "give a folder with -o")
    if not mode and format_of_path(Path(root.name)) and not str(output).endswith(("/", os.sep)):
        raise UsageError(f"{root} names one file for several photographs", f"for a folder say -o {root}/")


def _named_file(path: Location, wanted: Format | None) -> Location:
    said = format_of_path(Path(path.name))
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
    first: dict[Location, Job] = {}
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
