"""Names that the shell completes as the value of an option; what knows them is imported only then."""


def architectures() -> list[str]:
    from colorcli.training.registry import names_in

    return names_in("colorcli.training.architectures")


def objectives() -> list[str]:
    from colorcli.training.registry import names_in

    return names_in("colorcli.training.objectives")


def models() -> list[str]:
    from colorcli.inference.model import list_models

    return [path.stem for path in list_models()]


def formats() -> list[str]:
    from colorcli.images.formats import FORMATS

    return [image_format.name for image_format in FORMATS]


def devices() -> list[str]:
    from colorcli.inference.device import PROVIDERS

    return ["auto", *PROVIDERS]
