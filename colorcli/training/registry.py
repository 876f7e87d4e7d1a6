"""Packages whose files are the registration of what they hold."""

import pkgutil
from importlib.util import find_spec


def names_in(package: str) -> list[str]:
    """What the files of a package register, sorted (`inception_unet.py` is `inception-unet`).

    The package is not imported: those of training bring Keras.
    """
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(folders))
