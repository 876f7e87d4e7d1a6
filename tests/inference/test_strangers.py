"""Models of other projects: asked as their authors' code asks them, recognised, described, refused."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image
from strangers import ddcolor, deoldify, eccv16, siggraph17, write_stranger

from colorcli.color import lab
from colorcli.colorizer import Colorizer
from colorcli.errors import ModelError, UsageError
from colorcli.evaluate.photographs import grey_of
from colorcli.inference.description import Description
from colorcli.inference.model import Model
from colorcli.inference.ports import Ports, fitted
from colorcli.look import Look

PHOTOGRAPHS = sorted((Path(__file__).parents[1] / "photographs").glob("*.jpg"))
TEN = [(path, False) for path in PHOTOGRAPHS] + [(path, True) for path in PHOTOGRAPHS[:3]]
MEAN, DEVIATION = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def run(model: Path, question: np.ndarray) -> np.ndarray:
    """The answer (h, w, C) to an image (h, w, C)."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": question.transpose(2, 0, 1)[None].astype(np.float32)})[0][0].transpose(
        1, 2, 0
    )


def ddcolors_way(model: Path, grey: np.ndarray) -> np.ndarray:
    """Stretched to 512 x 512 by OpenCV, L taken, made grey RGB in 0..1; the answer is ab."""
    rgb = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.float32) / 255
    light = cv2.cvtColor(cv2.resize(rgb, (512, 512)), cv2.COLOR_RGB2Lab)
    light[..., 1:] = 0
    return run(model, cv2.cvtColor(light, cv2.COLOR_Lab2RGB))


def zhangs_way(model: Path, grey: np.ndarray) -> np.ndarray:
    """Stretched to 256 x 256 by Pillow's bicubic, L taken; the answer is ab."""
    small = np.asarray(Image.fromarray(grey).convert("RGB").resize((256, 256), Image.Resampling.BICUBIC))
    return run(model, cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[..., :1])


def deoldifys_way(model: Path, grey: np.ndarray) -> np.ndarray:
    """Stretched to a square of 35 * 16 by Pillow's bilinear, normalised; the answer is RGB in 8 bits."""
    square = Image.fromarray(grey).resize((560, 560), Image.Resampling.BILINEAR).convert("LA").convert("RGB")
    answer = run(model, (np.asarray(square, np.float32) / 255 - MEAN) / DEVIATION)
    rgb = (np.clip(answer * DEVIATION + MEAN, 0, 1) * 255).astype(np.uint8)
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[..., 1:]


@pytest.mark.parametrize(
    ("photograph", "on_its_side"), TEN, ids=[f"{path.stem}{'-on-its-side' * turned}" for path, turned in TEN]
)
@pytest.mark.parametrize(
    ("build", "authors_way"),
    [(ddcolor, ddcolors_way), (siggraph17, zhangs_way), (eccv16, zhangs_way), (deoldify, deoldifys_way)],
    ids=["ddcolor", "siggraph17", "eccv16", "deoldify"],
)
def test_colour_is_that_of_the_authors_own_steps(
    tmp_path: Path,
    build: Callable[[Path], Path],
    authors_way: Callable[[Path, np.ndarray], np.ndarray],
    photograph: Path,
    on_its_side: bool,
) -> None:
    model = build(tmp_path)
    grey = grey_of(cv2.imread(str(photograph))[..., ::-1])
    if on_its_side:
        grey = np.ascontiguousarray(grey.T)
    theirs = authors_way(model, grey)
    colorizer = Colorizer(model, "cpu")
    ours = colorizer.model.predict(colorizer.working_lightness(grey)[None, ..., None])[0]
    assert np.hypot(*np.moveaxis(theirs, -1, 0)).mean() > 2  # there is colour to differ
    assert np.hypot(*np.moveaxis(ours - theirs, -1, 0)).mean() < 0.5


def asked(path: Path, ports: Ports) -> Colorizer:
    """A model whose ports somebody described."""
    return Colorizer(path, "cpu", described=Description("described", "other", "", "", "", ports))


def test_ab_in_other_units(tmp_path: Path) -> None:
    """The same network for L in 0..100 and ab in hundredths."""
    path = siggraph17(tmp_path)
    grey = grey_of(cv2.imread(str(PHOTOGRAPHS[0])))
    plain = Colorizer(path, "cpu").colorize(grey)
    small = asked(path, Ports(layout="nchw", size=256, scale=0.01)).colorize(grey)
    assert lab.split(small)[1].std() < 0.2 * lab.split(plain)[1].std()
    np.testing.assert_allclose(lab.lightness(plain), lab.lightness(grey), atol=0.5)


@pytest.mark.parametrize(
    "ports",
    [
        Ports(layout="nchw", input="rgb", size=256),
        Ports(layout="nchw", output="rgb", size=256),
        Ports(input="rgb", size=256),
    ],
    ids=str,
)
def test_ports_that_do_not_fit_name_the_options(tmp_path: Path, ports: Ports) -> None:
    path = siggraph17(tmp_path)
    with pytest.raises(ModelError, match=r"256x|not 3 channels|it takes") as caught:
        asked(path, ports).colorize(np.zeros((20, 20), np.uint8))
    assert "--input-" in caught.value.hint


def test_what_is_not_known_is_told_with_what_was_found(tmp_path: Path) -> None:
    path = write_stranger(tmp_path / "odd.onnx", [1, 5, 64, 64], 2, 1)
    with pytest.raises(ModelError, match=r"odd\.onnx.*input input \[1, 5, 64, 64\]") as caught:
        Model.open(path, "cpu")
    assert "--input-kind" in caught.value.hint


def test_a_fixed_size_is_the_files_and_no_other(tmp_path: Path) -> None:
    colorizer = Colorizer(ddcolor(tmp_path, size=96), "cpu")
    wide = np.full((50, 400), 90, np.uint8)
    assert colorizer.working_lightness(wide).shape == (96, 96)
    with pytest.raises(UsageError, match="96 pixels a side, and not at 128"):
        colorizer.colorize(wide, Look(render_size=128))


def test_a_free_size_is_a_square_of_multiples_of_16(tmp_path: Path) -> None:
    colorizer = Colorizer(deoldify(tmp_path), "cpu")
    wide = np.full((50, 400), 90, np.uint8)
    assert colorizer.working_lightness(wide).shape == (560, 560)
    assert colorizer.working_lightness(wide, Look(render_size=100)).shape == (96, 96)


def test_photographs_in_one_call_are_answered_each(tmp_path: Path) -> None:
    model = Model.open(siggraph17(tmp_path), "cpu")
    several = np.random.default_rng(0).uniform(0, 100, (3, 256, 256, 1)).astype(np.float32)
    together = model.predict(several)
    assert together.shape == (3, 256, 256, 2)
    np.testing.assert_allclose(together[2], model.predict(several[2:])[0])


def test_a_description_survives_its_file(tmp_path: Path) -> None:
    path = siggraph17(tmp_path)
    ports = fitted(Ports(layout="nchw", high=1.5, size=256), ort.InferenceSession(path))
    described = Description('a "b" é', "other", "CC BY-NC 4.0\nsee there", "", "ab" * 32, ports)
    path.with_suffix(".toml").write_text(described.to_toml(), "utf-8")
    assert Description.beside(path) == described


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[ports]", "[prts]"),
        ('"nchw"', '"chwn"'),
        ("size = 256", "size = 0"),
        ("size = 256", "size = true"),
        ("high = 100.0", 'high = "white"'),
        ("high = 100.0", "high = inf"),
        ("kind =", "kind"),
        ("fixed = true", "fixed = true\nheight = 3"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = siggraph17(tmp_path)
    ports = fitted(Ports(layout="nchw", size=256), ort.InferenceSession(path))
    text = Description("x", "other", "", "", "", ports).to_toml()
    assert old in text
    path.with_suffix(".toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ModelError, match=r"siggraph17\.toml: not a description"):
        Model.open(path, "cpu")
