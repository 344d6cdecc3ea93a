"""`ragguide index verify`: an index in, the faults of its files out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from ragguide.cli.exit_codes import EXIT_FAULT
from ragguide.cli.index.options import IndexArgument
from ragguide.cli.options import AsJson, IndexesDir, StoreUrl
from ragguide.cli.render import counted, print_json, size_of
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.index.verify import CheckedGeneration


def verify_command(
    name: IndexArgument = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Verify the checksums and the consistency of all generations.

    Exit code 3: a file is missing, damaged or inconsistent.
    """
    from ragguide.index.calibration import check_calibration
    from ragguide.index.stores.choose import store_of
    from ragguide.index.verify import verify

    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "store": store})
    found = verify(store_of(settings), [check_calibration])
    if as_json:
        print_json(found)
    else:
        for each in found.generations:
            print("\n".join(_generation_lines(each)))
        print("".join(f"{fault}\n" for fault in found.faults), end="")
    if found.n_faults:
        raise typer.Exit(EXIT_FAULT)


def _generation_lines(checked: "CheckedGeneration") -> Iterator[str]:
    mark = "*" if checked.is_in_use else " "
    result = counted(len(checked.faults), "fault") if checked.faults else "ok"
    size = size_of(checked.size_bytes)
    yield f"{mark} {checked.generation:06d}  {counted(checked.n_files, 'file')}, {size}  {result}"
    for fault in checked.faults:
        yield f"    {fault}"
