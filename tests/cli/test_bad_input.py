"""Whatever is wrong, the user learns what and why, the exit code says it too, and no file suffers."""

import json
import os
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from .helpers import COLORCLI, Run, is_coloured, temporary_files, write_photo


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


FAULTY = {
    "empty.jpg": b"",
    "text.jpg": b"Dear diary, today I took a photograph.\n",
    "garbage.png": bytes(range(7, 256)) * 9,
    "jpeg-then-garbage.jpg": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4,
    "png-then-garbage.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "bomb.png": png_bomb(60_000, 60_000),
    "film.avif": b"\0\0\0\x18ftypmp42" + bytes(64),
    "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64),
    "photoshop.jpg": b"8BPS\0\1" + bytes(64),
    "animation.gif": b"GIF89a" + bytes(64),
}


def test_one_faulty_photograph_does_not_stop_the_rest(here: Run, tmp_path: Path) -> None:
    for name, content in FAULTY.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    good = [write_photo(tmp_path / name).name for name in ("good-1.jpg", "good-2.png")]
    faulty = [*FAULTY, "missing.jpg", "loop.jpg", "/dev/zero"]
    done = here("colorize", good[0], *faulty, good[1], "-o", "out", "--json")
    assert done.returncode == 3
    records = {record["input"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert set(records) == {*good, *faulty}
    assert {name for name, record in records.items() if record["status"] == "ok"} == set(good)
    said = done.stderr.decode()
    for name in faulty:
        assert f"{name}: " in said
        assert records[name]["error"].startswith(f"{name}: ")
    assert "Photoshop" in records["photoshop.jpg"]["error"]
    assert "JPEG" in records["photoshop.jpg"]["hint"]
    assert "--max-pixels" in records["bomb.png"]["hint"]
    assert "Traceback" not in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == good
    assert all((tmp_path / name).read_bytes() == content for name, content in FAULTY.items())


@pytest.mark.parametrize("name", ["old.jpg", "old.png", "old.tif", "old.webp", "old.bmp", "old.pgm"])
def test_truncated_at_every_eighth(here: Run, tmp_path: Path, name: str) -> None:
    whole = write_photo(tmp_path / name).read_bytes()
    cuts = []
    for eighth in range(8):
        cuts.append(tmp_path / f"{eighth}-{name}")
        cuts[-1].write_bytes(whole[: len(whole) * eighth // 8])
    done = here("colorize", *cuts, "-o", "out")
    assert done.returncode == 3
    assert all(f"{cut}: " in done.stderr.decode() for cut in cuts)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_folder_with_the_name_of_a_photograph(here: Run, tmp_path: Path) -> None:
    (tmp_path / "old.jpg").mkdir()
    done = here("colorize", "old.jpg")
    assert done.returncode == 2
    assert b"no photographs in old.jpg" in done.stderr


def test_the_pixel_limit_is_the_users(here: Run, photo: Path) -> None:
    done = here("colorize", "old.jpg", "--max-pixels", "1000")
    assert done.returncode == 3
    assert b"--max-pixels" in done.stderr
    assert list(photo.parent.iterdir()) == [photo]


def test_where_nobody_can_write(here: Run, photo: Path) -> None:
    (photo.parent / "file").write_text("not a folder")
    for target in ("file/new.jpg", "/proc/new.jpg", "/dev/full"):
        done = here("colorize", "old.jpg", "-o", target)
        assert done.returncode == 3, target
        assert f"{target}: " in done.stderr.decode()
        assert b"Traceback" not in done.stderr
    assert (photo.parent / "file").read_text() == "not a folder"


@pytest.mark.parametrize("name", ["old.jpg", "old.png", "old.tif", "old.bmp"])
def test_a_full_disk(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    photo = write_photo(tmp_path / name, 400, 300)
    before = photo.read_bytes()
    (tmp_path / "kept").mkdir()
    kept = tmp_path / "kept" / name
    kept.write_bytes(b"precious")
    done = subprocess.run(
        [COLORCLI, "colorize", photo, "-o", kept, "--overwrite"],
        env=environment,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
    )
    assert done.returncode == 3
    assert f"{kept}: " in done.stderr.decode()
    assert kept.read_bytes() == b"precious"
    assert photo.read_bytes() == before
    assert not temporary_files(tmp_path)


def test_no_permission(environment: dict[str, str], tmp_path: Path) -> None:
    secret, readable = write_photo(tmp_path / "secret.jpg"), write_photo(tmp_path / "old.jpg")
    secret.chmod(0)
    tmp_path.chmod(0o555)
    powerless = ["setpriv", "--bounding-set=-all"] if os.getuid() == 0 else []  # root may do everything
    done = subprocess.run(
        [*powerless, COLORCLI, "colorize", secret, readable], env=environment, capture_output=True
    )
    tmp_path.chmod(0o755)
    assert done.returncode == 3
    assert "secret.jpg: no permission" in done.stderr.decode()
    assert "old.color.jpg: it could not be written: no permission" in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.jpg", "secret.jpg"]


def test_memory_that_runs_out_is_an_error(environment: dict[str, str], tmp_path: Path) -> None:
    photo = tmp_path / "large.pgm"
    with photo.open("wb") as file:
        file.write(b"P5 30000 30000 65535\n")
        file.truncate(file.tell() + 2 * 30000 * 30000)  # takes no room on the disk
    done = subprocess.run(
        [COLORCLI, "colorize", photo],
        env=environment,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
    )
    assert done.returncode == 3
    assert b"large.pgm: " in done.stderr
    assert b"memory" in done.stderr
    assert list(tmp_path.iterdir()) == [photo]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "model"), (b"not a model", "model"), (None, "no such")],
    ids=["empty", "text", "none"],
)
def test_a_bad_model(here: Run, photo: Path, content: bytes | None, said: str) -> None:
    model = photo.with_name("bad.onnx")
    if content is not None:
        model.write_bytes(content)
    done = here("colorize", "old.jpg", "--model", "bad.onnx")
    assert done.returncode == 4
    assert "bad.onnx" in done.stderr.decode()
    assert said in done.stderr.decode()
    assert not photo.with_name("old.color.jpg").exists()


def test_a_truncated_or_tampered_model(here: Run, photo: Path, tiny_model: Path) -> None:
    whole = tiny_model.read_bytes()
    (photo.parent / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    tampered = photo.parent / "tampered.onnx"
    tampered.write_bytes(whole)
    (photo.parent / "SHA256SUMS").write_text(f"{'0' * 64}  tampered.onnx\n")
    for model in ("cut.onnx", "tampered.onnx"):
        done = here("colorize", "old.jpg", "--model", model)
        assert done.returncode == 4
        assert model in done.stderr.decode()
    assert not photo.with_name("old.color.jpg").exists()


def test_a_gpu_that_is_not_there_is_not_replaced_in_silence(here: Run, photo: Path) -> None:
    done = here("colorize", "old.jpg", "--device", "cuda:7")
    assert done.returncode == 5
    assert b"--device" in done.stderr
    assert len(done.stderr.splitlines()) == 2  # the message and what to do, no noise of a library
    assert not photo.with_name("old.color.jpg").exists()


def test_more_threads_than_any_machine_has(here: Run, photo: Path) -> None:
    done = here("colorize", "old.jpg", "--threads", "3000000000")
    assert done.returncode == 2
    assert b"--threads" in done.stderr
    assert b"model" not in done.stderr


def test_a_named_pipe_in_a_list(run: Run, photo: Path) -> None:
    """It can be read but once: nobody opens it but who decodes it."""
    os.mkfifo(photo.with_name("pipe.jpg"))
    with subprocess.Popen(["sh", "-c", "cat old.jpg > pipe.jpg"], cwd=photo.parent) as writer:
        done = run("colorize", "--files-from", "-", "-o", "out", stdin=b"pipe.jpg\n", timeout=60)
        writer.kill()
    assert done.returncode == 0, done.stderr
    assert is_coloured(photo.parent / "out" / "pipe.jpg")


def test_tracebacks_are_for_those_who_ask(here: Run, photo: Path) -> None:
    photo.write_bytes(b"no photograph")
    assert b"Traceback" not in here("colorize", "old.jpg").stderr
    assert b"Traceback" in here("colorize", "old.jpg", "-v").stderr


def test_a_missing_library_is_named(photo: Path) -> None:
    script = (
        "import sys; sys.modules['cv2'] = None; sys.argv = ['colorcli', 'colorize', sys.argv[1]]\n"
        "from colorcli.cli.main import run; run()"
    )
    done = subprocess.run([sys.executable, "-c", script, photo], capture_output=True, text=True)
    assert done.returncode == 5
    assert "cv2" in done.stderr
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_16_bits_and_transparency_are_not_dropped_in_silence(here: Run, tmp_path: Path) -> None:
    for name, options in (
        ("deep", "-depth 16"),
        ("clear", "-alpha set -channel A -evaluate set 50% -depth 8"),
    ):
        target = tmp_path / f"{name}.png"
        subprocess.run(["convert", "-size", "40x30", "gradient:", *options.split(), target], check=True)
    for name, way_out in (("deep", ["--depth", "8"]), ("clear", ["--flatten"])):
        done = here("colorize", f"{name}.png", "-o", "new.jpg")
        assert done.returncode == 2
        assert way_out[0] in done.stderr.decode()
        assert not (tmp_path / "new.jpg").exists()
        assert here("colorize", f"{name}.png", "-o", f"{name}.jpg", *way_out).returncode == 0
        assert is_coloured(tmp_path / f"{name}.jpg")


def test_a_list_with_nul_between_the_names(run: Run, photo: Path) -> None:
    done = run("colorize", "--files-from", "-", "-o", "out", stdin=b"old.jpg\0old.jpg\0")
    assert done.returncode == 2
    assert b"add -0" in done.stderr
