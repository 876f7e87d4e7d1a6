"""Which photographs of its sources a run asks for: all, those of some categories, or so many of each."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorcli.errors import UsageError
from colorcli.training.data.sources import (
    FoundPhoto,
    Label,
    by_folder,
    by_name,
    by_table,
    catalogue,
    find,
    fingerprint,
)


@dataclass(frozen=True)
class PhotoSelection:
    """What is wanted of the sources, and how their categories are told."""

    categories: tuple[str, ...] = ()  # empty: all
    category_from: str = "folder"  # folder, name, or the path of a CSV file
    limit: int = 0  # photographs of each source, evenly spread; 0: all

    @property
    def key(self) -> tuple[object, ...]:
        """Tells selections apart; the categories alone where no more is asked, as older caches have it."""
        if self.category_from == "folder" and not self.limit:
            return (sorted(self.categories),)
        told_by = self.category_from if self.category_from in LABELS else fingerprint(self.category_from)
        return (sorted(self.categories), told_by, self.limit)


LABELS: dict[str, Label] = {"folder": by_folder, "name": by_name}


def select(sources: Sequence[str], wanted: PhotoSelection) -> Iterator[FoundPhoto]:
    """The photographs that are wanted, in a fixed order."""
    label = LABELS.get(wanted.category_from) or by_table(Path(wanted.category_from))
    if not (wanted.categories or wanted.limit):
        return itertools.chain.from_iterable(find(source, label) for source in sources)
    listed = [[photo.category for photo in catalogue(source, label)] for source in sources]
    _check(wanted.categories, {category for categories in listed for category in categories})
    rows = [_rows(categories, wanted) for categories in listed]
    return itertools.chain.from_iterable(map(_chosen, sources, itertools.repeat(label), rows))


def evenly(length: int, count: int) -> list[int]:
    """At most `count` indices of so many things, evenly spread."""
    count = min(count, length)
    return [index * length // count for index in range(count)]


def _check(categories: Collection[str], known: Collection[str]) -> None:
    if missing := sorted(set(categories) - set(known)):
        raise UsageError(
            f"no photograph is of the category {', '.join(missing)}",
            f"There are {', '.join(sorted(known)) or 'none'}; --category-from says where they are told.",
        )


def _rows(categories: Sequence[str], wanted: PhotoSelection) -> set[int]:
    rows = [
        row
        for row, category in enumerate(categories)
        if not wanted.categories or category in wanted.categories
    ]
    return {rows[index] for index in evenly(len(rows), wanted.limit or len(rows))}


def _chosen(source: str, label: Label, rows: Collection[int]) -> Iterator[FoundPhoto]:
    for row, photo in enumerate(catalogue(source, label)):
        if row in rows:
            yield FoundPhoto(photo.name, photo.category, photo.read())
