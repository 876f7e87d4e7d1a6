"""Files of hints in archives: found beside each photograph, and part of what is up to date."""

import tarfile
from pathlib import Path

import pytest
from cli.helpers import Run, write_photo

from colorcli.guided import Hint
from colorcli.guided.files import SUFFIX, to_json
from colorcli.inference.model import Model

from .archive import journal, results
from .server import Bucket


def hint(photograph: Path, text: str = "50%,50%=#6e4646") -> Path:
    """Puts a file of hints beside a photograph."""
    path = photograph.with_name(photograph.name + SUFFIX)
    path.write_bytes(to_json((Hint.parse(text),)))
    return path


def box(folder: Path, count: int = 30) -> list[Path]:
    folder.mkdir(parents=True)
    return [write_photo(folder / f"{number:02}.png", seed=number) for number in range(count)]


def redone(here: Run, *options: str) -> int:
    """Runs over in/ and says how many photographs cost work."""
    done = here("colorize", "-r", "in", "-o", "out", "--json", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.count(b'"status": "ok"')


def test_exactly_the_one_whose_hints_changed_is_redone(here: Run, tmp_path: Path) -> None:
    photographs = box(tmp_path / "in" / "box")
    files = [hint(photograph) for photograph in photographs[::3]]
    assert redone(here) == 30
    before = results(tmp_path / "out")
    assert redone(here) == 0
    files[4].write_bytes(files[4].read_bytes().replace(b"#6e4646", b"#46466e"))
    assert redone(here) == 1
    after = results(tmp_path / "out")
    assert [name for name in before if before[name] != after[name]] == ["box/12.png"]
    files[4].unlink()
    assert redone(here) == 1
    hint(photographs[1])
    assert redone(here) == 1
    assert redone(here, "--no-hints") == 10
    assert redone(here) == 10


def test_results_kept_in_spite_of_other_settings_follow_their_hints(here: Run, tmp_path: Path) -> None:
    first, _ = box(tmp_path / "in", 2)
    redone(here)
    hint(first)
    assert redone(here, "--settings-changed", "keep", "--saturation", "0.5") == 1


def test_the_journal_says_by_which_hints_a_result_was_made(here: Run, tmp_path: Path) -> None:
    first, _ = box(tmp_path / "in", 2)
    hint(first)
    redone(here)
    lines = journal(tmp_path / "out")
    assert len(str(lines["00.png"]["hints_sha256"])) == 64
    assert lines["01.png"]["hints_sha256"] == ""


def test_a_photograph_in_colour_with_hints_is_not_copied_again(here: Run, tmp_path: Path) -> None:
    (photograph,) = box(tmp_path / "in", 1)
    here("colorize", photograph, "-o", tmp_path / "in" / "colour.png")
    hint(tmp_path / "in" / "colour.png")
    redone(here)
    done = here("colorize", "-r", "in", "-o", "out", "--json")
    assert done.stdout.count(b'"status": "skipped"') == 2


def test_wrong_hints_are_one_failed_photograph(here: Run, tmp_path: Path) -> None:
    first, second, _ = box(tmp_path / "in", 3)
    hint(first).write_text("{")
    hint(second, "48,0=red")
    done = here("colorize", "-r", "in", "-o", "out")
    assert done.returncode == 3
    message = done.stderr.decode()
    assert "00.png.hints.json: it holds no hints" in message
    assert "01.png: the hint 48,0=#ff0000 lies outside" in message
    assert sorted(results(tmp_path / "out")) == ["02.png"]


def test_lists_and_names_find_them_too(here: Run, tmp_path: Path) -> None:
    (photograph,) = box(tmp_path / "in", 1)
    hint(photograph)
    redone(here)
    (tmp_path / "list").write_text("in/00.png\n")
    here("colorize", "--files-from", "list", "-o", "listed")
    here("colorize", "in/00.png", "-o", "named.png")
    wanted = (tmp_path / "out" / "00.png").read_bytes()
    assert (tmp_path / "listed" / "in" / "00.png").read_bytes() == wanted
    assert (tmp_path / "named.png").read_bytes() == wanted


def test_tar_archives_carry_them(here: Run, tmp_path: Path) -> None:
    photographs = box(tmp_path / "in", 3)
    hint(photographs[1])
    redone(here)
    with tarfile.open(tmp_path / "box.tar", "w") as tar:
        for path in sorted((tmp_path / "in").iterdir()):
            tar.add(path, path.name)
    assert here("colorize", "box.tar", "-o", "unpacked").returncode == 0
    assert results(tmp_path / "unpacked" / "box") == results(tmp_path / "out")
    for _ in range(2):
        assert here("colorize", "box.tar", "--shards", "-o", "packed").returncode == 0
    with tarfile.open(tmp_path / "packed" / "box.tar") as tar:
        assert tar.getnames() == ["00.png", "01.png", "01.png.hints.json", "02.png"]
        packed = tar.extractfile("01.png")
        assert packed is not None
        assert packed.read() == (tmp_path / "out" / "01.png").read_bytes()


def test_servers_give_the_same_bytes(here: Run, bucket: Bucket, tmp_path: Path) -> None:
    photographs = box(tmp_path / "in", 2)
    hint(photographs[0])
    redone(here)
    bucket.put_tree("in", tmp_path / "in")
    assert here("colorize", "-r", bucket.url("in"), "-o", bucket.url("out")).returncode == 0
    assert bucket.results("out") == results(tmp_path / "out")


def test_variants_are_done_once_for_a_seed(here: Run, seeing_model: Path, tmp_path: Path) -> None:
    box(tmp_path / "in", 2)
    wanted = ("--variants", "2", "--model", str(seeing_model))
    assert redone(here, *wanted) == 4
    assert sorted(results(tmp_path / "out")) == ["00.1.png", "00.2.png", "01.1.png", "01.2.png"]
    assert redone(here, *wanted) == 0
    assert redone(here, *wanted, "--seed", "1") == 4


def test_a_seed_without_variants_changes_nothing(here: Run, tmp_path: Path) -> None:
    box(tmp_path / "in", 2)
    assert redone(here) == 2
    assert redone(here, "--seed", "1") == 0


@pytest.mark.parametrize("options", [(), ("--saturation", "1.3"), ("--variants", "2")])
def test_certainty_costs_no_further_look_and_changes_no_byte(
    here: Run, seeing_model: Path, tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = Model.ask
    monkeypatch.setattr(Model, "ask", lambda *given: asked.append(given) or ask(*given))
    hint(box(tmp_path / "in", 2)[0])
    command = ("colorize", "in", "--model", seeing_model, *options)
    assert here(*command, "-o", "plain").returncode == 0
    needed = len(asked)
    assert here(*command, "-o", "out", "--certainty", "sure/").returncode == 0
    assert len(asked) == 2 * needed
    assert results(tmp_path / "out") == results(tmp_path / "plain")
    assert sorted(results(tmp_path / "sure")) == ["00.certainty.png", "01.certainty.png"]
