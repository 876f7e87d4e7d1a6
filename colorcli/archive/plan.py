"""From what stands on the command line to a list of jobs: which photographs, from where, also in tars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from stat import S_ISDIR

from colorcli.archive import sidecar
from colorcli.archive.jobs import STDIN_NAME, Job
from colorcli.archive.naming import PIPE, Found, Naming, name_results, without_number
from colorcli.archive.scan import Selection, Walk
from colorcli.archive.storage.extensions import TAR, is_sidecar, is_tar
from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.location import Location, Problem, mode_of
from colorcli.archive.storage.tar import PARTS, Member, Shard, members
from colorcli.errors import UsageError
from colorcli.guided.files import SUFFIX
from colorcli.images.formats import FILM_HINT


@dataclass(frozen=True)
class Sources:
    """What is to be coloured: names from the command line, names from a list, and what to take of folders."""

    inputs: Sequence[str] = ()
    listed: Sequence[str] | None = None  # None: there is no list
    selection: Selection = field(default_factory=Selection)
    hints: bool = True  # whether the files of hints beside photographs count


@dataclass(frozen=True)
class ArchivePlan:
    """The jobs in their order, each photograph once, and what was found on the way to them."""

    jobs: tuple[Job, ...]
    is_archive: bool  # folders, tars or a list, not single photographs
    results_folder: Location | None  # of an archive, where its journal is kept too
    problems: tuple[Problem, ...] = ()  # what could not be looked into
    links: tuple[str, ...] = ()  # to folders, not followed
    left_out: tuple[str, ...] = ()  # folders with folders in them, which only -r enters
    shards: tuple[Shard, ...] = ()  # with --shards


def plan(sources: Sources, naming: Naming) -> ArchivePlan:
    """The jobs of a command line; see `refuse_collisions` for those that cannot all be done."""
    if not sources.inputs and sources.listed is None:
        raise UsageError("which photographs?", "give files, folders, -, or a list with --files-from")
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
        raise UsageError(f"no photographs in {', '.join(names) or 'the list'}", _search_hint(sources, walks))
    whole = bool(walks or tars) or sources.listed is not None
    return ArchivePlan(
        tuple(name_results(found, naming, whole)),
        whole,
        results_folder=naming.root if whole else None,
        problems=tuple(problems),
        links=tuple(link for walk in walks for link in walk.links),
        left_out=tuple(str(walk.root) for walk in walks if walk.left_out),
        shards=tuple(_shard(one, naming) for one in tars) if naming.shards else (),
    )


def _input(text: str, selection: Selection, naming: Naming) -> "Walk | Location | None":
    """What a name on the command line means: a folder, a file, or (None) stdin."""
    if text == PIPE:
        return None
    named = locate(text)
    if not S_ISDIR(mode_of(named)):
        return named
    target = naming.root and naming.root.identity()
    if target is not None and target == named.identity() and not naming.suffix_in(own_folder=False):
        raise UsageError(
            f"{named} is the folder of the photographs itself, and those are never overwritten",
            "choose another folder with -o, or a --suffix",
        )
    return Walk(named, selection, target)


def _found(
    inputs: "Sequence[Walk | Location | None]", listed: Sequence[str] | None, naming: Naming
) -> Iterator[Found]:
    """Every photograph: named ones by their bare name, those of folders and lists with their path."""
    for one in inputs:
        if isinstance(one, Walk):
            yield from _found_in(one, naming)
        else:
            path = Path(STDIN_NAME if one is None else one.name)
            yield Found(one, path, hints=one and sidecar.beside(one))
    for named in map(locate, listed or ()):
        yield Found(named, named.tree_path(), hints=sidecar.beside(named))


def _found_in(walk: Walk, naming: Naming) -> Iterator[Found]:
    """The photographs of a folder; where the results lie among them, earlier results are none."""
    root = naming.root
    among = naming.output is None or (root is not None and root.identity() == walk.root.identity())
    earlier = naming.suffix_in(own_folder=naming.output is None) if among else ""
    for source, path in walk:
        if not (earlier and without_number(Path(path).stem).endswith(earlier)):
            yield Found(source, Path(path), hints=walk.sidecars.get(path + SUFFIX))


def _check_for_tars(tars: Sequence[Found], naming: Naming) -> None:
    if naming.shards and not tars:
        raise UsageError("--shards is for tar archives, and none was given", "leave out --shards")
    if tars and naming.root is None:
        raise UsageError(
            f"{tars[0].source} is a tar archive, and its results need a folder", "give a folder with -o"
        )


def _unpacked(taken: Sequence[Found], naming: Naming, problems: list[Problem]) -> Iterator[Found]:
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
            if isinstance(member, Problem):
                problems.append(member)
            elif not is_sidecar(member.path):
                path = one.path.with_name(name) / member.path
                target = shard.target if naming.shards else None
                yield Found(member, path, target, hints.get(member.path))


def _shard(tar: Found, naming: Naming) -> Shard:
    assert naming.root is not None and tar.source is not None  # as `_check_for_tars` left it
    return Shard(tar.source.file, naming.root / tar.path)


def _search_hint(sources: Sources, walks: Sequence[Walk]) -> str:
    if sources.listed is not None:
        return "give one name a line, or with -0 one name before each NUL"
    if any(walk.films for walk in walks):
        return FILM_HINT
    if sources.selection.include or sources.selection.exclude:
        return "--include and --exclude left nothing of it"
    if sources.selection.recursive:
        return "no file there has the extension of an image"
    return "a folder is searched for images directly inside; -r searches the folders in it too"
