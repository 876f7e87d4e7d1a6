"""A page for looking through the results of a folder: one file that needs nothing else, and no network."""

import base64
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import islice
from urllib.parse import quote

from colorcli.archive.resume.local_journal import read_journal
from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.location import Location, Source
from colorcli.errors import ColorcliError
from colorcli.images.preview import preview
from colorcli.inference.device import usable_cores

NAME = "index.html"
SIDE = 240  # pixels of a preview
CHUNK = 24  # photographs whose previews the browser unpacks together
_MARK = "<!-- data -->"

Record = Mapping[str, object]


def write_gallery(folder: Location, sources: Mapping[str, Source]) -> Location:
    """Writes the page from the journal of `folder`, with previews of the photographs and their results.

    `sources` are photographs by the names they have in the journal; the rest is looked for by its name.
    """
    records = sorted(
        {str(line.values.get("name")): line.values for line in read_journal(folder)}.values(), key=_name
    )
    start, end = files("colorcli.archive").joinpath("gallery.html").read_text("utf-8").split(_MARK)
    path = folder / NAME
    with path.writing() as part, part.open("w", encoding="utf-8") as page:
        page.write(start)
        page.write(_data("index", [_about(record) for record in records]))
        for number, pictures in enumerate(_previews(folder, records, sources)):
            page.write(_data(f"chunk-{number}", pictures))
        page.write(end)
    return path


def _previews(
    folder: Location, records: Sequence[Record], sources: Mapping[str, Source]
) -> Iterator[list[list[str | None]]]:
    """Before and after of each photograph, chunk by chunk."""
    left = iter(records)
    with ThreadPoolExecutor(usable_cores()) as pool:
        while chunk := list(islice(left, CHUNK)):
            yield list(pool.map(lambda record: _pair(folder, record, sources), chunk))


def _pair(folder: Location, record: Record, sources: Mapping[str, Source]) -> list[str | None]:
    if not isinstance(output := record.get("output"), str):
        return [None, None]
    name = str(record.get("input"))
    return [_encoded(sources.get(name) or locate(name)), _encoded(folder / output)]


def _encoded(source: Source) -> str | None:
    try:
        data = source.data()
    except ColorcliError:  # it is not there any more
        return None
    small = preview(data, SIDE)
    return None if small is None else base64.b64encode(small).decode("ascii")


def _about(record: Record) -> dict[str, object]:
    """What the page says of a photograph."""
    output = record.get("output")
    return {
        "name": _shown(_name(record)),
        "status": record.get("status"),
        "error": _shown(str(record.get("error") or "")),
        "size": record.get("size"),
        "doubtful": record.get("doubtful"),
        "link": quote(os.fsencode(output)) if isinstance(output, str) else None,
    }


def _data(identity: str, values: object) -> str:
    """Data in a script element that is never run; with no < in it, nothing in it can end that element."""
    content = json.dumps(values).replace("<", "\\u003c")
    return f'<script type="application/json" id="{identity}">{content}</script>\n'


def _shown(text: str) -> str:
    """Text that a browser can show: the bytes of a name that are not UTF-8 as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _name(record: Record) -> str:
    return str(record.get("name"))
