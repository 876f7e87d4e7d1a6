"""A server that fails now and then, and one that goes away."""

import subprocess
import time
from pathlib import Path

import pytest
from cli.helpers import COLORCLI, Run, write_photo

from .archive import results, write_archive
from .server import SECRET, Bucket, Proxy


@pytest.mark.parametrize("photographs", [30, pytest.param(400, marks=pytest.mark.slow)])
def test_one_request_in_ten_fails_and_then_the_server_goes_away(
    environment: dict[str, str], here: Run, tmp_path: Path, bucket: Bucket, proxy: Proxy, photographs: int
) -> None:
    write_archive(tmp_path / "scans", photographs, 0)
    bucket.put_tree("in", tmp_path / "scans")
    command = [COLORCLI, "colorize", "-r", bucket.url("in/"), "-o", bucket.url("out/")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    while bucket.done("out") < photographs // 4 and process.poll() is None:
        time.sleep(0.05)
    proxy.__exit__()
    said = process.communicate(timeout=300)[1].decode()
    print(said)
    assert process.returncode == 6
    last_words = said.splitlines()[-2:]
    assert "no answer" in last_words[0]
    assert "the same command goes on from here" in last_words[1]
    assert "Traceback" not in said
    assert SECRET not in said
    assert photographs // 4 <= bucket.done("out") < photographs
    with proxy:
        again = here("colorize", "-r", bucket.url("in/"), "-o", bucket.url("out/"))
    print(again.stderr.decode(), proxy.failed, proxy.asked)
    assert again.returncode == 0
    assert proxy.failed > photographs // 10
    assert here("colorize", "-r", "scans", "-o", "local").returncode == 0
    assert bucket.results("out") == results(tmp_path / "local")
    assert {record["status"] for record in bucket.journal("out").values()} == {"ok"}
    assert len(bucket.journal("out")) == photographs


def test_photographs_on_a_server_that_goes_away(
    here: Run, impatient: None, tmp_path: Path, bucket: Bucket, proxy: Proxy
) -> None:
    """The results are here: what ends the run is one photograph after the other without an answer."""
    content = write_photo(tmp_path / "a.jpg").read_bytes()
    for number in range(20):
        bucket.put(f"in/{number:02}.jpg", content)
    (tmp_path / "list").write_text("".join(f"{bucket.url('in')}/{number:02}.jpg\n" for number in range(20)))
    proxy.__exit__()
    done = here("colorize", "--files-from", "list", "-o", "out")
    assert done.returncode == 6
    assert b"the server has gone away: 5 photographs in a row got no answer" in done.stderr
    with proxy:
        assert here("colorize", "--files-from", "list", "-o", "out").returncode == 0
    assert len(results(tmp_path / "out")) == 20


def test_no_server_at_all(run: Run, bucket: Bucket, proxy: Proxy) -> None:
    proxy.__exit__()
    done = run("colorize", "-r", bucket.url("in"), "-o", "out")
    assert done.returncode == 6
    assert f"no answer from s3://{bucket.name}: ".encode() in done.stderr
