"""Networks that compare photographs somewhat as eyes do, run from files that `colorcli weights` makes."""

from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from colorcli.color.lab import Floats
from colorcli.errors import ColorcliError, ModelError
from colorcli.evaluate.metrics import Pixels
from colorcli.inference.device import Device, open_session
from colorcli.pretrained.weights import INCEPTION, INCEPTION_AVERAGE, LPIPS


class Inception:
    """The features that FID compares."""

    def __init__(self, path: Path, device: str = "auto", threads: int = 0) -> None:
        self.session = _open(path, (INCEPTION, INCEPTION_AVERAGE), device, threads)
        self.network = self.session.get_modelmeta().custom_metadata_map["network"]

    def features(self, photograph: Pixels) -> Floats:
        """(2048,) of one photograph."""
        result: Floats = self.session.run(["features"], {"images": photograph[None]})[0][0]
        return result


@dataclass(frozen=True)
class Comparison:
    """Two photographs as the LPIPS network sees them."""

    distance: float  # 0 for equal photographs of the same size; about 0.7 for unrelated ones
    first: Floats  # features, averaged over the places
    second: Floats


class Lpips:
    """The learned perceptual distance."""

    def __init__(self, path: Path, device: str = "auto", threads: int = 0) -> None:
        self.session = _open(path, (LPIPS,), device, threads)

    def compare(self, first: Pixels, second: Pixels) -> Comparison:
        distance, features = self.session.run(
            ["distance", "features"], {"first": first[None], "second": second[None]}
        )
        return Comparison(float(distance[0]), *features)


def _open(path: Path, networks: tuple[str, ...], device: str, threads: int) -> ort.InferenceSession:
    hint = f"make one: `colorcli weights {networks[0].partition('-')[0]} --help`"
    wanted = Device.parse(device)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}", hint) from error
    try:
        session, _ = open_session(content, wanted, threads)
    except ColorcliError:
        raise
    except Exception as error:  # ONNX Runtime has a dozen classes of errors and no common base
        raise ModelError(f"{path}: not a readable ONNX file", hint) from error
    found = session.get_modelmeta().custom_metadata_map.get("network", "some other file")
    if found not in networks:
        raise ModelError(f"{path}: is {found}, not {networks[0]}", hint)
    return session
