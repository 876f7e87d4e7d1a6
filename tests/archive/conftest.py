"""`colorcli` as a user runs it, as in tests/cli, and servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.conftest import environment, here, run
from s3fs import S3FileSystem

from colorcli.archive.storage import remote

from .server import KEY, SECRET, Bucket, Proxy, moto

__all__ = ["environment", "here", "moto", "run"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, a request that fails is made again almost at once."""
    monkeypatch.setattr(remote, "PAUSES", [pause / 100 for pause in remote.PAUSES])


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
