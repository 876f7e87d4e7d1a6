"""POST /colorize gives what the command line gives."""

import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import cv2
import numpy as np
import pytest
from cli.helpers import COLORCLI, is_coloured, temporary_files, write_photo
from scenery import scenery

from .conftest import Serve
from .server import Answer

CASES = {  # of the query, and of the command line
    "": [],
    "?saturation=1.4&format=png": ["--saturation", "1.4", "--format", "png"],
    "?hint=10,10%3D%237a3b2e&hint=50%25,90%25%3Dneutral": [
        *("--hint", "10,10=#7a3b2e"),
        *("--hint", "50%,90%=neutral"),
    ],
    "?no-border=true&quality=70&metadata=none": ["--no-border", "--quality", "70", "--metadata", "none"],
    "?compare=1&temperature=0.2": ["--compare", "--temperature", "0.2"],
}


def test_the_bytes_of_the_command_line_sixteen_at_once(
    serve: Serve, folder: Path, environment: dict[str, str]
) -> None:
    photo = (folder / "a.jpg").read_bytes()
    command = [COLORCLI, "colorize", "-"]
    wanted = {
        query: subprocess.run(
            [*command, *said], input=photo, env=environment, capture_output=True, check=True
        ).stdout
        for query, said in CASES.items()
    }
    with serve(folder) as server, ThreadPoolExecutor(16) as clients:
        queries = [query for query in CASES for _ in range(16)][:64]
        answers = list(clients.map(lambda query: server.ask(f"/colorize{query}", photo), queries))
    for query, answer in zip(queries, answers, strict=True):
        assert answer.status == 200, answer.content
        assert answer.content == wanted[query], query
    assert {answer.headers["content-type"] for answer in answers} == {"image/jpeg", "image/png"}


def test_a_variant_is_that_of_the_command_line(
    serve: Serve, folder: Path, environment: dict[str, str]
) -> None:
    command = [COLORCLI, "colorize", "a.jpg", "--variants", "3", "--seed", "5"]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    with serve() as server:
        photo = (folder / "a.jpg").read_bytes()
        for number in (1, 2, 3):
            answer = server.ask(f"/colorize?variants=3&seed=5&variant={number}", photo)
            assert answer.content == (folder / f"a.color.{number}.jpg").read_bytes()
        assert server.ask("/colorize?variants=3&variant=4", photo).status == 400


def parts(folder: Path) -> list[bytes]:
    """A photograph in grey, two in colour that show what lies on either side of its middle, and another."""
    pixels, other = scenery(), scenery(3)
    shown = {"old": pixels[:, 80:240], "left": pixels[:, :200], "right": pixels[:, 120:], "else": other}
    for name, part in shown.items():
        picture = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY if name == "old" else cv2.COLOR_RGB2BGR)
        assert cv2.imwrite(str(folder / f"{name}.png"), picture)
    return [(folder / f"{name}.png").read_bytes() for name in shown]


def test_references_are_those_of_the_command_line(
    serve: Serve, folder: Path, environment: dict[str, str], matching_model: Path
) -> None:
    environment["COLORCLI_MODEL"] = str(matching_model)
    old, left, right, _ = parts(folder)
    command = [COLORCLI, "colorize", "-", "--reference", "left.png", "--reference", "right.png"]
    done = subprocess.run(command, cwd=folder, input=old, env=environment, capture_output=True, check=True)
    with serve() as server:
        given = {"left.png": left, "right.png": right}
        answers = [server.ask(f"/references?name={name}", content) for name, content in given.items()]
        query = "&".join(f"reference={answer.said['key']}" for answer in answers)
        assert server.ask(f"/colorize?{query}", old).content == done.stdout
        assert b"left.png" in done.stdout and b"right.png" in done.stdout
        assert server.ask("/colorize", old).content != done.stdout


def test_the_reference_used_longest_ago_makes_room(
    serve: Serve, folder: Path, environment: dict[str, str], matching_model: Path
) -> None:
    environment["COLORCLI_MODEL"] = str(matching_model)
    old, *pictures = parts(folder)
    with serve() as server:
        first, second, _ = (server.ask("/references", picture).said["key"] for picture in pictures)
        for seed in range(10, 16):
            assert server.ask(f"/colorize?reference={first}", old).status == 200
            assert cv2.imwrite(str(folder / "more.png"), scenery(seed))
            assert server.ask("/references", (folder / "more.png").read_bytes()).status == 200
        assert server.ask(f"/colorize?reference={first}", old).status == 200
        gone = server.ask(f"/colorize?reference={second}", old)
    assert gone.status == 422
    assert "not here any more" in gone.said["error"]


def test_a_reference_has_to_be_in_colour(serve: Serve, folder: Path) -> None:
    with serve() as server:
        answer = server.ask("/references", (folder / "a.jpg").read_bytes())
    assert answer.status == 400
    assert "it is grey" in answer.said["error"]


@pytest.mark.parametrize(
    ("query", "body", "status", "words"),
    [
        ("", b"<html>", 422, "not an image"),
        ("?saturation=9", None, 400, "saturation"),
        ("?size=9", None, 400, "no option 'size'"),
        ("?flatten=maybe", None, 400, "true or false"),
        ("?hint=999,0%3Dred", None, 400, "outside the photograph"),
        ("?format=gif", None, 400, "gif"),
    ],
)
def test_what_is_wrong_is_said(
    serve: Serve, folder: Path, query: str, body: bytes | None, status: int, words: str
) -> None:
    with serve() as server:
        answer = server.ask(f"/colorize{query}", body or (folder / "a.jpg").read_bytes())
    assert answer.status == status
    assert words in answer.said["error"]
    assert answer.headers["content-type"] == "application/json"


def test_limits(serve: Serve, folder: Path) -> None:
    with serve("--max-upload", "1", "--max-pixels", "5000") as server:
        assert server.ask("/colorize", (folder / "a.jpg").read_bytes()).status == 422  # 120 x 80
        assert server.ask("/colorize", b"\0" * 1_000_001).status == 413
        large = cv2.imencode(".png", scenery())[1].tobytes()
        refused = server.ask("/references?name=large.png", large)
        assert refused.status == 422
        assert "more than the limit" in refused.said["error"]


def test_it_describes_itself(serve: Serve) -> None:
    with serve() as server:
        said = server.ask("/openapi.json", token=None).said
    parameters = {one["name"]: one for one in said["paths"]["/colorize"]["post"]["parameters"]}
    assert parameters["saturation"]["schema"] == {"type": "number", "minimum": 0, "maximum": 4}
    assert parameters["hint"]["schema"]["type"] == "array"
    assert parameters["depth"]["schema"]["enum"] == ["8", "16"]
    assert parameters["reference"]["schema"]["type"] == "array"
    assert said["paths"]["/references"]["post"]["parameters"][0]["name"] == "name"
    assert "[bold]" not in str(said)


def test_a_save_in_work_is_finished(serve: Serve, folder: Path) -> None:
    """SIGTERM loses nothing, neither the result nor the hints."""
    noise = np.random.default_rng(0).integers(0, 255, (3000, 4000), np.uint8)
    assert cv2.imwrite(str(folder / "large.png"), noise)
    answers: list[Answer] = []
    with serve(folder) as server:
        path = f"/api/photographs/{server.key_of('large.png')}/result?known="
        body = b'{"hints": [{"x": 9, "y": 9, "colour": "#7a3b2e"}]}'
        client = Thread(target=lambda: answers.append(server.ask(path, body)))
        client.start()
        end = monotonic() + 60
        while not temporary_files(folder) and monotonic() < end:
            sleep(0.005)
        assert not (folder / "large.color.png").exists()
        server.process.send_signal(signal.SIGTERM)
        client.join()
        assert server.process.wait(60) == 0
    assert answers[0].said["output"] == "large.color.png"
    assert is_coloured(folder / "large.color.png")
    assert b"#7a3b2e" in (folder / "large.png.hints.json").read_bytes()
    assert not temporary_files(folder)


def test_what_is_saved_is_what_the_command_line_makes(
    serve: Serve, folder: Path, environment: dict[str, str]
) -> None:
    levels = np.random.default_rng(0).integers(0, 65535, (60, 90), np.uint16)
    assert cv2.imwrite(str(folder / "deep.tif"), levels)
    body = b'{"hints": [{"x": 9, "y": 9, "colour": "#7a3b2e"}, {"x": "50%", "y": 8, "colour": "keep"}]}'
    with serve(folder) as server:
        key = server.key_of("deep.tif")
        path = f"/api/photographs/{key}/result?saturation=1.2"
        assert server.ask(f"{path}&known=", body).status == 200
        saved = (folder / "deep.color.tif").read_bytes()
        again = server.ask(f"{path}&known=", body)
        assert again.status == 409
        assert "has changed" in again.said["error"]
        assert server.ask(path, b'{"hints": []}').status == 200
        assert not (folder / "deep.tif.hints.json").exists()
        assert server.ask(path, body).status == 200
    assert (folder / "deep.color.tif").read_bytes() == saved
    command = [COLORCLI, "colorize", "deep.tif", "-o", "cli.tif", "--saturation", "1.2"]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    assert (folder / "cli.tif").read_bytes() == saved


def test_a_result_that_is_there_is_kept(serve: Serve, folder: Path) -> None:
    (folder / "a.color.jpg").write_bytes(b"mine")
    with serve(folder) as server:
        answer = server.ask(f"/api/photographs/{server.key_of('a.jpg')}/result?known=", b'{"hints": []}')
    assert answer.status == 409
    assert "a.color.jpg is there already" in answer.said["error"]
    assert (folder / "a.color.jpg").read_bytes() == b"mine"


def test_without_the_extra_it_says_what_to_install(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')", "ascii")
    path = {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([COLORCLI, "serve"], env=environment | path, capture_output=True, text=True)
    assert done.returncode == 5
    assert "pip install 'colorcli[serve]'" in done.stderr


def test_a_port_that_is_taken(serve: Serve, environment: dict[str, str]) -> None:
    with serve() as server:
        command = [COLORCLI, "serve", "--port", str(server.port)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_a_folder_without_photographs(tmp_path: Path, environment: dict[str, str]) -> None:
    write_photo(tmp_path / "old.jpg")
    (tmp_path / "empty").mkdir()
    for name in ("old.jpg", "empty", "nowhere"):
        command = [COLORCLI, "serve", name]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 2
        assert name in done.stderr
