"""The site, by `make docs`: README, docs/ and what the commands say of themselves, asking no other host."""

from pathlib import Path

from sphinx.application import Sphinx

from colorcli import __version__
from colorcli.cli.manual import markdown, pages

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"  # written by each build

project = "colorcli"
author = "The colorcli authors"
release = __version__
root_doc = "README"
include_patterns = ["*.md", "docs/**.md", "examples/README.md", "models/*.md"]
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
smartquotes = False  # of --option they make a dash
html_theme = "furo"
html_title = f"colorcli {release}"
html_copy_source = False
html_show_sphinx = False

CONTENTS = """
```{{toctree}}
:hidden:
:caption: Guides

docs/guided
docs/serve
docs/film
docs/streams
docs/remote
docs/cluster
docs/training
docs/evaluate
docs/models
docs/devices
docs/platforms
```
```{{toctree}}
:hidden:
:caption: Commands

{commands}
```
```{{toctree}}
:hidden:
:caption: More

models/README
models/LOG
examples/README
docs/architecture
docs/decisions
CONTRIBUTING
SECURITY
CHANGELOG
```
"""


def write_reference(_: Sphinx) -> None:
    """A page for each command."""
    REFERENCE.mkdir(exist_ok=True)
    for page in pages():
        path = REFERENCE / f"{page.name.replace(' ', '-')}.md"
        path.write_text(markdown(page), "utf-8")


def add_contents(_: Sphinx, document: str, source: list[str]) -> None:
    """README has no list of pages, for it is read by itself too; Sphinx knows no diagrams of Mermaid."""
    source[0] = source[0].replace("```mermaid", "```text")
    if document == root_doc:
        names = (page.name for page in pages())
        commands = "\n".join(f"docs/reference/{name.replace(' ', '-')}" for name in names)
        source[0] += CONTENTS.format(commands=commands)


def write_index(app: Sphinx, _: Exception | None) -> None:
    """Where a browser begins."""
    start = '<meta http-equiv="refresh" content="0; url=README.html"><a href="README.html">colorcli</a>'
    (Path(app.outdir) / "index.html").write_text(f"<!doctype html>{start}\n", "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_reference)
    app.connect("source-read", add_contents)
    app.connect("build-finished", write_index)
