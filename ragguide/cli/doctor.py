"""`ragguide doctor`: settings in, a report on this installation out."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.exit_codes import EXIT_FAULT
from ragguide.cli.options import AsJson, Device, IndexesDir, IndexName, StoreUrl
from ragguide.cli.render import counted, print_json
from ragguide.config import Settings, load_settings
from ragguide.errors import SettingsError

if TYPE_CHECKING:
    from ragguide.doctor import Check

_MARKS = {"ok": "ok  ", "note": "note", "problem": "FAIL"}


def doctor(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    device: Device = None,
    show_licences: Annotated[
        bool,
        typer.Option(
            "--licences", help="List the licences of packages and models, and check nothing."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check this installation, and suggest a fix for each fault.

    Changes and downloads nothing. Exit code 3: something in your configuration does not work.
    """
    if show_licences:
        _show_licences(as_json=as_json)
        return
    import logging

    from ragguide.doctor import examine, problem

    # The report has these messages.
    logging.getLogger("ragguide").handlers = [logging.NullHandler()]
    flags = {"index": index, "indexes_dir": indexes_dir, "store": store, "device": device}
    checks = []
    try:
        settings = load_settings(flags)
    except SettingsError as exc:
        checks.append(problem("settings", str(exc)))
        settings = Settings()  # check the rest with the default settings
    checks += examine(settings)
    problems = [check for check in checks if check.state == "problem"]
    if as_json:
        print_json({"works": not problems, "checks": checks})
    else:
        _show(checks)
    if problems:
        raise typer.Exit(EXIT_FAULT)


def _show_licences(*, as_json: bool) -> None:
    from ragguide.doctor.licences import licences

    for each in licences():
        if as_json:
            print_json(each)
        else:
            name = f"{each.name} {each.version}".strip()
            print(f"{each.kind:<8} {name:<40} {each.licence}")


def _show(checks: "list[Check]") -> None:
    for check in checks:
        print(f"{_MARKS[check.state]} {check.name:<12} {check.finding}", flush=True)
        if check.fix:
            print(f"     {'':<12} {check.fix}.")
    n_problems = sum(check.state == "problem" for check in checks)
    if n_problems:
        print(f"{counted(n_problems, 'problem')} found", file=sys.stderr)
