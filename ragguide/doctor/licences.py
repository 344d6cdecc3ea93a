"""The installed packages and the known models in, their licences out."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Literal

import msgspec

from ragguide.models.catalogue import CATALOGUE, EMBEDDERS, RANKER

_UNKNOWN = "unknown"
_NAME = re.compile(r"[\w.-]+")
_LONGEST = 60  # characters; a longer `License` field is the licence's own text


class Licence(msgspec.Struct, frozen=True):
    """What may be done with a package or model, as its author states it."""

    kind: Literal["package", "model"]
    name: str
    version: str  # empty for models, whose files are pinned by checksums
    licence: str


def licences() -> list[Licence]:
    """Return ragguide, all installed packages that it needs, and the models it knows by name."""
    models = [
        *(Licence("model", spec.name, "", spec.license) for spec in EMBEDDERS.values()),
        Licence("model", RANKER.name, "", RANKER.license),
        *(Licence("model", spec.name, "", spec.license) for spec in CATALOGUE.values()),
    ]
    packages = sorted(_needed("ragguide", {}).values(), key=lambda each: each.name.lower())
    return [*packages, *models]


def _needed(name: str, found: dict[str, Licence]) -> dict[str, Licence]:
    """Add a package and what it needs, also by extras as far as they are installed."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key not in found:
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # of an extra, or for another system
            return found
        found[key] = Licence("package", installed.name, installed.version, licence_of(installed))
        for requirement in installed.requires or ():
            is_extra = "extra ==" in requirement
            if (match := _NAME.match(requirement)) and (key == "ragguide" or not is_extra):
                _needed(match[0], found)
    return found


def licence_of(package: Distribution) -> str:
    """Return a package's licence: its SPDX expression, its classifiers or its `License` field."""
    return next(_stated(package), _UNKNOWN)


def _stated(package: Distribution) -> Iterator[str]:
    yield from _values(package, "License-Expression")
    trove = [each for each in _values(package, "Classifier") if each.startswith("License ::")]
    names = [name for each in trove if (name := each.rpartition(" :: ")[2]) != "OSI Approved"]
    if names:
        yield ", ".join(names)
    for field in _values(package, "License"):
        if field != "UNKNOWN" and "\n" not in field and len(field) <= _LONGEST:
            yield field


def _values(package: Distribution, field: str) -> list[str]:
    return [text.strip() for text in package.metadata.get_all(field) or () if text.strip()]
