"""From what stands on the command line to a list of jobs: which photograph goes where."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from stat import S_ISDIR

from colorcli.batch import sidecar
from colorcli.batch.job import STDIN_NAME, Job
from colorcli.batch.place import Member, Place, Source, Url, identity, mode_of, place
from colorcli.batch.shards import PARTS, Shard, members
from colorcli.batch.walk import TAR, Selection, Walk, is_tar, known_extension, path_below
from colorcli.errors import PhotoError, UsageError
from colorcli.guided.files import SUFFIX
from colorcli.images import Format, format_of_path

PIPE = "-"
_NUMBER = re.compile(r"\.\d+$")  # of a variant


@dataclass(frozen=True)
class Naming:
    """The options that decide about names."""

    output: str | None = None  # as given: FILE, DIR, - or nothing
    suffix: str | None = None
    format: Format | None = None
    compare: bool = False
    shards: bool = False  # the results of a tar go into a tar
    variants: int = 0  # results of each photograph, numbered; 0: one, without a number

    @property
    def root(self) -> Place | None:
        """What -o names; None: each result goes beside its photograph, or to stdout."""
        return None if self.output in (None, PIPE) else place(self.output)

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
    hints: bool = True  # whether the files of hints beside photographs count


@dataclass(frozen=True)
class Plan:
    """The jobs in their order, each photograph once, and what was found on the way to them."""

    jobs: tuple[Job, ...]
    whole: bool  # folders, tars or a list, not single photographs
    archive: Place | None  # where the results of a whole go, which is where its journal is kept
    problems: tuple[PhotoError, ...] = ()  # what could not be looked into
    links: tuple[str, ...] = ()  # to folders, not followed
    shards: tuple[Shard, ...] = ()  # with --shards


@dataclass(frozen=True, slots=True)
class _Found:
    """A photograph (None: stdin), or a tar of them, and its path below the folder of results."""

    source: Source | None
    path: Path
    shard: Place | None = None  # the tar of results
    hints: Source | None = None  # the file of them beside it

    @property
    def stem(self) -> Path:
        return self.path.with_name(self.path.name.removesuffix(known_extension(self.path)))


def plan(sources: Sources, naming: Naming) -> Plan:
    """The jobs of a command line; see `refuse_collisions` for those that cannot all be done."""
    if naming.output == "":
        raise UsageError("-o needs a name", "give a file, a folder or -")
    if "" in sources.inputs:
        raise UsageError("one of the names is empty", "is a variable in your command unset?")
    inputs = [_input(text, sources.selection, naming) for text in sources.inputs]
    walks = [one for one in inputs if isinstance(one, Walk)]
    taken = list(dict.fromkeys(_found(inputs, sources.listed, naming)))
    tars = [one for one in taken if is_tar(one.path.name)]
    _check_for_tars(tars, naming)
    problems = [problem for walk in walks for problem in walk.problems]
    found = list(_unpacked(taken, naming, problems))
    if not sources.hints:
        found = [replace(one, hints=None) for one in found]
    if not found and not problems and not (tars and naming.shards):
        names = [str(one.root if isinstance(one, Walk) else one) for one in inputs]
        raise UsageError(f"no photographs in {', '.join(names) or 'the list'}", _search_hint(sources))
    whole = bool(walks or tars) or sources.listed is not None
    return Plan(
        tuple(_numbered(_jobs(found, naming, whole), naming.variants)),
        whole,
        archive=naming.root if whole else None,
        problems=tuple(problems),
        links=tuple(link for walk in walks for link in walk.links),
        shards=tuple(_shard(one, naming) for one in tars) if naming.shards else (),
    )


def _input(text: str, selection: Selection, naming: Naming) -> "Walk | Place | None":
    """What a name on the command line means: a folder, a file, or (None) stdin."""
    if text == PIPE:
        return None
    named = place(text)
    if not S_ISDIR(mode_of(named)):
        return named
    target = identity(naming.root)
    if target is not None and target == identity(named) and not naming.suffix_in(own_folder=False):
        raise UsageError(
            f"{named} is the folder of the photographs itself, and those are never overwritten",
            "choose another folder with -o, or a --suffix",
        )
    return Walk(named, selection, target)


def _found(
    inputs: "Sequence[Walk | Place | None]", listed: Sequence[str] | None, naming: Naming
) -> Iterator[_Found]:
    """Every photograph: named ones by their bare name, those of folders and lists with their path."""
    for one in inputs:
        if isinstance(one, Walk):
            yield from _found_in(one, naming)
        else:
            yield _Found(
                one, Path(STDIN_NAME if one is None else one.name), hints=one and sidecar.beside(one)
            )
    for named in map(place, listed or ()):
        yield _Found(named, path_below(named), hints=sidecar.beside(named))


def _found_in(walk: Walk, naming: Naming) -> Iterator[_Found]:
    """The photographs of a folder; where the results lie among them, earlier results are none."""
    among = naming.output is None or identity(naming.root) == identity(walk.root)
    earlier = naming.suffix_in(own_folder=naming.output is None) if among else ""
    for source, path in walk:
        if not (earlier and _NUMBER.sub("", Path(path).stem).endswith(earlier)):
            yield _Found(source, Path(path), hints=walk.sidecars.get(path + SUFFIX))


def _check_for_tars(tars: Sequence[_Found], naming: Naming) -> None:
    if naming.shards and not tars:
        raise UsageError("--shards is for tar archives, and none was given", "leave out --shards")
    if tars and naming.root is None:
        raise UsageError(
            f"{tars[0].source} is a tar archive, and its results need a folder", "give a folder with -o"
        )


def _unpacked(taken: Sequence[_Found], naming: Naming, problems: list[PhotoError]) -> Iterator[_Found]:
    """The photographs, those in tars too; what is wrong with a tar is added to the problems."""
    for one in taken:
        if not is_tar(one.path.name):
            yield one
            continue
        shard = _shard(one, naming)
        name = one.path.name + PARTS if naming.shards else one.path.name[: -len(TAR)]
        found = list(members(shard.source))
        hints = sidecar.among(member for member in found if isinstance(member, Member))
        for member in found:
            if isinstance(member, PhotoError):
                problems.append(member)
            elif not sidecar.is_sidecar(member.path):
                path = one.path.with_name(name) / member.path
                target = shard.target if naming.shards else None
                yield _Found(member, path, target, hints.get(member.path))


def _shard(tar: _Found, naming: Naming) -> Shard:
    assert naming.root is not None and isinstance(tar.source, Path | Url)
    return Shard(tar.source, naming.root / tar.path)


def _search_hint(sources: Sources) -> str:
    if sources.listed is not None:
        return "give one name a line, or with -0 one name before each NUL"
    if sources.selection.include or sources.selection.exclude:
        return "--include and --exclude left nothing of it"
    if sources.selection.recursive:
        return "no file there has the extension of an image"
    return "a folder is searched for images directly inside; -r searches the folders in it too"


def _jobs(found: Sequence[_Found], naming: Naming, whole: bool) -> Iterator[Job]:
    root = naming.root
    if root is not None and found:
        if len(found) == 1 and not whole and not _means_folder(naming.output, root):
            yield Job(found[0].source, _named_file(root, naming.format), None, hints=found[0].hints)
            return
        _refuse_file(naming.output, root)
    stems = Counter(one.stem for one in found)
    for one in found:
        if root is None and (naming.output == PIPE or one.source is None):
            yield Job(one.source, None, None, hints=one.hints)
        else:
            yield _job(one, naming, root, crowded=stems[one.stem] > 1)


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
                yield replace(job, target=job.target.with_name(f"{stem}.{number}{end}"), variant=number)


def _job(found: _Found, naming: Naming, root: Place | None, crowded: bool) -> Job:
    old = known_extension(found.path)
    new = naming.format.suffix_for(found.path) if naming.format else old
    stem = found.path.name if crowded and new != old else found.stem.name
    name = stem + naming.suffix_in(own_folder=root is None) + new
    if root is None:
        assert isinstance(found.source, Path | Url)  # tars and stdin have no folder of their own
        return Job(found.source, found.source.parent / name, new, crowded, hints=found.hints)
    target = root / found.path.parent / name
    return Job(found.source, target, new, crowded, shard=found.shard, hints=found.hints)


def _means_folder(output: str | None, root: Place) -> bool:
    if mode := mode_of(root):
        return S_ISDIR(mode)
    return str(output).endswith(("/", os.sep)) or not root.suffix


def _refuse_file(output: str | None, root: Place) -> None:
    """Raise where what should be a folder is a file, or looks like the name of one."""
    mode = mode_of(root)
    if mode and not S_ISDIR(mode):
        raise UsageError(f"{root} is a file, and several photographs need a folder", "give a folder with -o")
    if not mode and format_of_path(Path(root.name)) and not str(output).endswith(("/", os.sep)):
        raise UsageError(f"{root} names one file for several photographs", f"for a folder say -o {root}/")


def _named_file(path: Place, wanted: Format | None) -> Place:
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
    first: dict[Place, Job] = {}
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
