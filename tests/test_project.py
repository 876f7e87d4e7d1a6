"""What the project says of itself, told the same everywhere."""

import configparser
from pathlib import Path

import yaml

from colorcli import __version__

ROOT = Path(__file__).parent.parent


def test_the_citation_is_that_of_the_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == setup["metadata"]["version"] == __version__
    assert citation["license"] == setup["metadata"]["license"]
    assert [author["name"] for author in citation["authors"]] == [setup["metadata"]["author"]]
    assert setup["metadata"]["author"] in (ROOT / "LICENSE").read_text("utf-8")
