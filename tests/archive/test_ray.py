"""`--engine ray` on a real cluster of this machine: nodes come and go, the results are as of a local run."""

import fcntl
import json
import os
import pickle
import re
import signal
import subprocess
import tarfile
import termios
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from cli.helpers import COLORCLI, write_photo
from strangers import write_stranger

from colorcli.archive.jobs import PhotoSettings
from colorcli.errors import OutOfMemoryError
from colorcli.guided import Hint
from colorcli.guided.files import SUFFIX, to_json
from colorcli.images import EncodeOptions
from colorcli.images.formats import PNG

from .archive import journal, lines, results, statuses, write_archive
from .server import Bucket
from .test_mixed_album import coloured
from .test_references import named, write_album

STORE = 80_000_000  # bytes, the least that Ray takes
HEALTH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 3,
}
DOCS = Path(__file__).parents[2] / "docs"
HANG = 120  # seconds

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without cores, so that nobody works before a node is added."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # else whatever else this machine does comes first
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE}
        cluster = Cluster(initialize_head=True, head_node_args=head | {"_system_config": HEALTH})
        yield cluster
        cluster.shutdown()


def add_node(cluster: Any) -> Any:
    return cluster.add_node(num_cpus=1, object_store_memory=STORE)


@pytest.fixture
def node(cluster: Any) -> Any:
    """One node that works, if there was none."""
    return next(iter(cluster.worker_nodes), None) or add_node(cluster)


@pytest.fixture
def start(cluster: Any, environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts `colorcli colorize ARGUMENTS` on the cluster, whose nodes do not have the model.

    Each worker has one photograph in work, so that a test knows what it holds.
    """
    model = Path(environment["COLORCLI_MODEL"])
    here = environment | {"COLORCLI_MODELS": str(model.parent), "COLORCLI_MODEL": model.stem}
    started = []

    def call(*arguments: str | Path, **settings: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [COLORCLI, "colorize", *arguments, "--engine", "ray", "--address", cluster.address, "-j", "1"],
            env=here | settings,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.wait()


def end(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """Exit code and what was said."""
    said = process.communicate(timeout=HANG)[1].decode()
    return process.returncode, said


def processes() -> list[int]:
    """All but this one."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if int(path.name) != os.getpid()]


def open_files(pid: int) -> set[Path]:
    try:
        return {link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:  # it has ended, or has closed one meanwhile
        return set()


def title(pid: int) -> bytes:
    """Its command line, which Ray writes over; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def hands(folder: Path) -> list[int]:
    """The workers of a run that was started in this folder."""
    return [pid for pid in processes() if title(pid).startswith(b"ray::RayWorker") and works_in(pid, folder)]


def works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False


class Gate:
    """A photograph that is a named pipe: whoever works on it waits until it is let through."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._pipe = os.open(path, os.O_RDWR)  # both ends, so that nobody waits for the other

    def holder(self, process: "subprocess.Popen[bytes]") -> int | None:
        """The process that waits here; None once the run has ended."""
        while process.poll() is None:
            for pid in processes():
                if self.path in open_files(pid):
                    return pid
            time.sleep(0.2)
        return None

    def let_through(self, photograph: bytes) -> None:
        os.write(self._pipe, photograph)
        waiting = b"\1"
        while any(waiting):
            time.sleep(0.01)
            waiting = fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4))
        os.close(self._pipe)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + HANG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def until_gone(pid: int | None) -> None:
    until(lambda: pid is None or not title(pid))


def lasting(out: Path) -> dict[str, dict[str, object]]:
    """The journal without the seconds each photograph took."""
    return {name: values | {"seconds": None} for name, values in journal(out).items()}


def write_list(tmp_path: Path, photographs: int) -> None:
    """A list of photographs, the first of which is behind a gate that is not there yet."""
    write_archive(tmp_path / "scans", photographs, 0)
    names = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "scans").rglob("*.*"))
    (tmp_path / "list").write_text("\n".join(["scans/gate.jpg", *names]))


def test_nodes_come_and_go(cluster: Any, start: Start, environment: dict[str, str], tmp_path: Path) -> None:
    """A run waits for its first node, another joins, the first is lost with photographs in work."""
    write_archive(tmp_path / "scans", 120, 8)
    ray, local = tmp_path / "ray", tmp_path / "local"
    run = start("-r", "scans", "-o", ray)
    first = add_node(cluster)
    until(lambda: hands(tmp_path))
    (worker,) = hands(tmp_path)
    until(lambda: lines(ray))
    os.kill(worker, signal.SIGSTOP)
    assert lines(ray) < 100
    add_node(cluster)
    until(lambda: lines(ray) >= 120)  # the second does all but two chunks of four
    assert run.poll() is None
    cluster.remove_node(first, allow_graceful=False)
    os.kill(worker, signal.SIGKILL)
    code, said = end(run)
    assert code == 3
    assert "a worker on" in said
    assert re.search(r"120  coloured +\n +8  failed +\n128  of 128 photographs", said)

    command = [COLORCLI, "colorize", "-r", "scans", "-o", local, "-q"]
    assert subprocess.run(command, env=environment, cwd=tmp_path, timeout=HANG).returncode == 3
    assert results(ray) == results(local)
    assert lasting(ray) == lasting(local)


def test_an_added_model_travels_with_its_description(
    node: Any, start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    """The nodes do not have it; the results are those of a local run."""
    own = {"COLORCLI_MODELS": str(tmp_path / "own")}
    model = write_stranger(tmp_path / "grey.onnx", [1, 1, 64, 64], 2, 20)
    options = ["--input-kind", "grey", "--input-range", "-1", "1", "--licence", "CC BY-NC 4.0"]
    added = [COLORCLI, "models", "add", model, *options]
    assert subprocess.run(added, env=environment | own, timeout=HANG).returncode == 0
    write_archive(tmp_path / "scans", 6, 0)
    assert end(start("-r", "scans", "-o", "ray", "--model", "grey", **own))[0] == 0
    command = [COLORCLI, "colorize", "-r", "scans", "-o", "local", "-q", "--model", "grey"]
    assert subprocess.run(command, env=environment | own, cwd=tmp_path, timeout=HANG).returncode == 0
    assert results(tmp_path / "ray") == results(tmp_path / "local")
    assert b"model grey (CC BY-NC 4.0)" in results(tmp_path / "ray")["box 0/0/0.jpg"]


def test_a_photograph_that_kills_its_worker(node: Any, start: Start, tmp_path: Path) -> None:
    """It costs four workers, then it alone has failed."""
    write_list(tmp_path, 12)
    gate = Gate(tmp_path / "scans" / "gate.jpg")
    run = start("--files-from", "list", "-o", "out")
    killed = set()
    while (pid := gate.holder(run)) is not None:
        os.kill(pid, signal.SIGKILL)
        killed.add(pid)
        until_gone(pid)
    code, said = end(run)
    assert code == 3
    assert len(killed) == 4
    assert "scans/gate.jpg: 4 workers ended in the middle of it" in said
    assert statuses(tmp_path / "out") == ["failed"] + ["ok"] * 12


def test_ctrl_c_finishes_what_is_in_work(node: Any, start: Start, tmp_path: Path) -> None:
    write_list(tmp_path, 24)
    gate = Gate(tmp_path / "scans" / "gate.jpg")
    run = start("--files-from", "list", "-o", "out")
    assert gate.holder(run)
    run.send_signal(signal.SIGINT)
    assert run.stderr is not None
    while b"Ctrl-C again" not in run.stderr.readline():
        assert run.poll() is None
    time.sleep(1)  # for the word to get to the worker
    gate.let_through(write_photo(tmp_path / "photograph.jpg").read_bytes())
    code, said = end(run)
    assert code == 130
    assert "stopped after 1 of 25; the same command goes on from here" in said
    assert set(results(tmp_path / "out")) == {"scans/gate.jpg"}


@pytest.mark.slow
def test_the_second_ctrl_c_stops_at_once(node: Any, start: Start, tmp_path: Path) -> None:
    write_list(tmp_path, 24)
    gate = Gate(tmp_path / "scans" / "gate.jpg")
    run = start("--files-from", "list", "-o", "out")
    worker = gate.holder(run)
    run.send_signal(signal.SIGINT)
    assert run.stderr is not None
    while b"Ctrl-C again" not in run.stderr.readline():
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    assert end(run)[0] == 130
    until_gone(worker)
    assert not list((tmp_path / "out").rglob("*.part"))


def test_fail_fast(node: Any, start: Start, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "00.jpg").write_bytes(b"no photograph")
    for number in range(1, 24):
        write_photo(tmp_path / "scans" / f"{number:02}.jpg")
    assert end(start("scans", "-o", "out", "--fail-fast"))[0] == 3
    assert statuses(tmp_path / "out") == ["failed"]


@pytest.mark.slow
def test_killed_and_resumed(node: Any, start: Start, tmp_path: Path) -> None:
    """The driver dies, and the same command goes on; only what failed is tried again when asked."""
    write_archive(tmp_path / "scans", 200, 4)
    run = start("-r", "scans", "-o", "out")
    until(lambda: lines(tmp_path / "out") >= 20)
    run.kill()
    run.wait()
    assert lines(tmp_path / "out") < 204
    code, said = end(start("-r", "scans", "-o", "out"))
    assert code == 3
    assert "done before" in said and "kept" not in said
    assert len(results(tmp_path / "out")) == 200
    assert statuses(tmp_path / "out") == ["failed"] * 4 + ["ok"] * 200
    code, said = end(start("-r", "scans", "-o", "out", "--retry-failed"))
    assert code == 3
    assert "4  of 4 photographs" in said
    code, said = end(start("-r", "scans", "-o", "out", "--saturation", "0.5", "--settings-changed", "keep"))
    assert code == 3
    assert "200 done before with another model, other settings" in said
    assert "200  done before" in said


def test_a_server_and_a_tar_archive(
    cluster: Any, bucket: Bucket, start: Start, environment: dict[str, str], tmp_path: Path
) -> None:
    """The nodes ask the server themselves; each has its address and keys in its environment."""
    for node in list(cluster.worker_nodes):
        cluster.remove_node(node)
    there = {name: value for name, value in environment.items() if name.startswith("AWS_")}
    cluster.add_node(num_cpus=1, object_store_memory=STORE, env_vars=there)
    write_archive(tmp_path / "scans", 12, 2)
    hinted = "box 0/0/0.jpg"
    (tmp_path / "scans" / f"{hinted}{SUFFIX}").write_bytes(to_json((Hint.parse("50%,50%=crimson"),)))
    with tarfile.open(tmp_path / "scans.tar", "w") as archive:
        archive.add(tmp_path / "scans", "scans")
    bucket.put_tree("in", tmp_path / "scans")
    bucket.put("scans.tar", (tmp_path / "scans.tar").read_bytes())
    for arguments in (["-r", bucket.url("in")], ["--shards", bucket.url("scans.tar")]):
        assert end(start(*arguments, "-o", bucket.url("ray")))[0] == 3
        command = [COLORCLI, "colorize", *arguments, "-o", bucket.url("local"), "-q"]
        assert subprocess.run(command, env=environment, timeout=HANG).returncode == 3
    assert bucket.results("ray") == bucket.results("local")
    assert len(bucket.results("ray")) == 13
    plain = [COLORCLI, "colorize", tmp_path / "scans" / hinted, "--no-hints", "-o", tmp_path / "plain.jpg"]
    assert subprocess.run(plain, env=environment, timeout=HANG).returncode == 0
    assert bucket.results("ray")[hinted] != (tmp_path / "plain.jpg").read_bytes()


def test_references(
    node: Any, start: Start, environment: dict[str, str], matching_model: Path, tmp_path: Path
) -> None:
    """They travel with the settings: no worker reads them itself."""
    write_album(tmp_path)
    how = {"COLORCLI_MODELS": str(matching_model.parent), "COLORCLI_MODEL": matching_model.stem}
    command = ["-r", "in", "--reference", "scene.png"]
    assert end(start(*command, "-o", "ray", **how))[0] == 0
    local = [COLORCLI, "colorize", *command, "-o", "local", "-q"]
    assert subprocess.run(local, env=environment | how, cwd=tmp_path, timeout=HANG).returncode == 0
    assert results(tmp_path / "ray") == results(tmp_path / "local")
    assert named(results(tmp_path / "ray")) == ["a.png", "box/b.png"]


def test_photographs_in_colour(node: Any, start: Start, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "grey.jpg")
    photograph = coloured(tmp_path / "in" / "colour.jpg").read_bytes()
    assert end(start("in", "-o", "out"))[0] == 0
    assert (tmp_path / "out" / "colour.jpg").read_bytes() == photograph
    assert journal(tmp_path / "out")["colour.jpg"]["status"] == "passed"
    code, said = end(start("in", "-o", "out", "--coloured", "recolor"))
    assert code == 0
    assert "1  coloured" in said and "1  done before" in said
    assert (tmp_path / "out" / "colour.jpg").read_bytes() != photograph
    assert journal(tmp_path / "out")["colour.jpg"]["status"] == "ok"


def test_no_node_can_work(node: Any, start: Start, tmp_path: Path) -> None:
    write_photo(tmp_path / "old.jpg")
    code, said = end(start(".", "-o", "out", "--device", "cuda", "--patience", "1"))
    assert code == 5
    assert "for 1 s no node of the Ray cluster had a free GPU or core for a worker" in said
    assert lines(tmp_path / "out") == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--engine", "ray", "--address", "127.0.0.1:1"], 5, "cannot join the Ray cluster at 127.0.0.1:1"),
        (["--address", "auto"], 2, "add --engine ray"),
    ],
)
def test_refused(run: Any, tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    write_photo(tmp_path / "old.jpg")
    done = run("colorize", ".", "-o", "out", *arguments)
    assert done.returncode == code
    assert says in done.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_without_a_folder_of_results(run: Any, tmp_path: Path) -> None:
    write_photo(tmp_path / "old.jpg")
    done = run("colorize", "old.jpg", "--engine", "ray")
    assert done.returncode == 2
    assert b"give -o DIR" in done.stderr


def test_without_ray(run: Any, tmp_path: Path) -> None:
    write_photo(tmp_path / "old.jpg")
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "ray.py").write_text("raise ImportError('there is no ray')")
    paths = os.pathsep.join([str(tmp_path / "bare"), os.environ.get("PYTHONPATH", "")])
    done = run("colorize", ".", "-o", "out", "--engine", "ray", settings={"PYTHONPATH": paths})
    assert done.returncode == 5
    assert b"pip install 'colorcli[ray]'" in done.stderr


def test_what_travels_arrives_whole() -> None:
    error = pickle.loads(pickle.dumps(OutOfMemoryError("a.jpg: too large", "use less")))
    assert (type(error), error.message, error.hint) == (OutOfMemoryError, "a.jpg: too large", "use less")
    settings = PhotoSettings(encoding=EncodeOptions(format=PNG))
    arrived = pickle.loads(pickle.dumps(settings))
    assert arrived == settings
    assert arrived.encoding.format is PNG


def test_the_cluster_of_the_docs_is_one() -> None:
    schema = json.loads(files("ray.autoscaler").joinpath("ray-schema.json").read_text())
    jsonschema.validate(yaml.safe_load((DOCS / "cluster.yaml").read_text()), schema)
