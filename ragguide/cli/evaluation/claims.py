"""`ragguide eval claims`: check claims against their evidence and count the errors."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import IndexesDir, StoreUrl
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.fields import json_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragguide.evaluate.claims import Errors


def claims(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help='JSON lines: {"evidence": ["…"], "claim": "…"}; - reads stdin.',
            show_default=False,
        ),
    ],
    index: Annotated[
        str | None,
        typer.Option(
            "--index",
            "-i",
            help="Weigh words by their rarity in this index; without it, all weigh the same.",
            show_default=False,
        ),
    ] = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="Print the error counts as JSON, too.")
    ] = False,
) -> None:
    """Check claims against their evidence, as ragguide checks its own answers.

    Prints one line of JSON for each pair, with `supported` and `reason`. If pairs say whether the
    claim is `"supported"`, counts both kinds of errors on stderr.
    """
    from ragguide.evaluate.claims import count_errors, judge, read_pairs
    from ragguide.evaluate.formats.source import plain_bytes, read_bytes
    from ragguide.index.keywords import terms_of

    is_stdin = str(pairs) == "-"
    data = plain_bytes(sys.stdin.buffer.read()) if is_stdin else read_bytes(pairs)
    read = read_pairs("stdin" if is_stdin else str(pairs), data)
    rarity = _rarity(index, indexes_dir, store) if index else {}
    judged = []
    for each in judge(read, terms_of, rarity):
        print_json(each)
        judged.append(each)
    errors = count_errors(judged)
    if as_json and errors:
        print(json_line({"errors": errors}), file=sys.stderr)
    elif errors:
        _print_errors(errors)


def _rarity(index: str, indexes_dir: Path | None, store: str | None) -> "Mapping[str, float]":
    from ragguide.index.open import open_index

    return open_index(
        load_settings({"index": index, "indexes_dir": indexes_dir, "store": store})
    ).engine.rarity


def _print_errors(errors: "Sequence[Errors]") -> None:
    width = max(len(each.kind) for each in errors)
    print(f"{'':<{width}}  true, refused  false, marked", file=sys.stderr)
    for each in errors:
        refused = f"{each.n_refused} of {each.n_true}"
        marked = f"{each.n_marked} of {each.n_false}"
        print(f"{each.kind:<{width}}  {refused:>13}  {marked:>13}", file=sys.stderr)
