"""`colorcli` as a user runs it, as in tests/cli, in this process where that is enough; and servers."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.conftest import environment, run
from cli.helpers import Run
from s3fs import S3FileSystem

from colorcli.cli import main

from .server import KEY, SECRET, Bucket, Proxy, moto

__all__ = ["environment", "moto", "run"]


@pytest.fixture
def here(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Run]:
    """Runs `colorcli ARGUMENTS` in `tmp_path`, without the time that a new process takes."""
    monkeypatch.chdir(tmp_path)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]

    def call(*arguments: str | Path) -> "subprocess.CompletedProcess[bytes]":
        command = ["colorcli", *map(str, arguments)]
        monkeypatch.setattr("sys.argv", command)
        for name in set(os.environ) - set(environment):
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        stdout = os.dup(1)
        capfdbinary.readouterr()
        try:
            with pytest.raises(SystemExit) as ended:
                main.run()
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)
        said = capfdbinary.readouterr()
        code = ended.value.code
        print(shlex.join(command), code, said.err.decode(errors="replace"))
        return subprocess.CompletedProcess(command, int(code or 0), said.out, said.err)

    yield call
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def bucket(environment: dict[str, str], moto: str, tmp_path: Path) -> Bucket:
    """An empty bucket on a real S3 server; `run` and `here` know the way to it."""
    environment |= {
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    S3FileSystem.clear_instance_cache()  # of an earlier test in this process, without the keys
    return Bucket(moto)


@pytest.fixture
def proxy(environment: dict[str, str], bucket: Bucket, moto: str) -> Iterator[Proxy]:
    """What stands before the server of `bucket`, and fails one request in ten."""
    with Proxy(moto) as proxy:
        environment["AWS_ENDPOINT_URL"] = proxy.url
        yield proxy
