"""Licences of packages, as their metadata states them in several ways, and of models."""

from importlib.metadata import Distribution

import pytest

from ragguide.doctor.licences import licence_of, licences
from ragguide.models.catalogue import CATALOGUE


class Package(Distribution):
    def __init__(self, *fields: str) -> None:
        self._text = "\n".join(("Metadata-Version: 2.4", "Name: made", "Version: 1", *fields))

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> object:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        (["License-Expression: MIT", "License: other"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License", "License: x"], "BSD License"),
        (["Classifier: License :: OSI Approved", "License: Apache-2.0"], "Apache-2.0"),
        (["License: UNKNOWN"], "unknown"),
        ([f"License: {'long text ' * 20}"], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_plainest_statement_counts(fields: list[str], licence: str) -> None:
    assert licence_of(Package(*fields)) == licence


def test_packages_that_are_needed_and_all_models_are_listed_once() -> None:
    found = licences()
    named = {each.name.lower(): each for each in found}
    assert len(named) == len(found)
    assert named["ragguide"].licence == "Apache-2.0"
    assert named["pypdf"].kind == "package"
    assert named["mdurl"].version  # needed by markdown-it-py, which ragguide needs
    assert {each.name for each in found if each.kind == "model"} >= set(CATALOGUE)
    assert "unknown" not in {each.licence for each in found if each.kind == "model"}
