"""A stream through colorcli in this process, with the tiny model."""

from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from colorcli.colorizer import Colorizer
from colorcli.errors import ColorcliError
from colorcli.stream.kinds import Form
from colorcli.stream.pipeline import StreamSettings, run

_FORM, _SETTINGS = Form(), StreamSettings()
Through = Callable[..., tuple[bytes, ColorcliError | None]]


@pytest.fixture(scope="session")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, "cpu", threads=1)


@pytest.fixture
def through(colorizer: Colorizer, tmp_path: Path) -> Through:
    """What comes out, and the error it ended with."""

    def call(
        data: bytes, form: Form = _FORM, settings: StreamSettings = _SETTINGS
    ) -> tuple[bytes, ColorcliError | None]:
        (tmp_path / "in").write_bytes(data)
        error = None
        with FileIO(tmp_path / "in") as source, FileIO(tmp_path / "out", "w") as sink:
            try:
                for _ in run(form, colorizer, settings, source, sink):
                    pass
            except ColorcliError as raised:
                error = raised
        return (tmp_path / "out").read_bytes(), error

    return call
