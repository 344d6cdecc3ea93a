"""`ragguide doctor`: what this machine and these settings can do, on one screen."""

import sys
from typing import TYPE_CHECKING

import typer

from ragguide.cli.options import AsJson, Device, IndexesDir, IndexName
from ragguide.cli.render import print_json
from ragguide.config import Settings, load_settings
from ragguide.errors import SettingsError

if TYPE_CHECKING:
    from ragguide.doctor import Check

EXIT_PROBLEM = 3
_MARKS = {"ok": "ok  ", "note": "note", "problem": "FAIL"}


def doctor(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Tell what this machine and these settings can do, and what mends each fault.

    Changes and fetches nothing. Exit code 3: something that is configured cannot work.
    """
    import logging

    from ragguide.doctor import examine, problem

    logging.getLogger("ragguide").addHandler(logging.NullHandler())  # it is told below
    flags = {"index": index, "indexes_dir": indexes_dir, "device": device}
    checks = []
    try:
        settings = load_settings(flags)
    except SettingsError as exc:
        checks.append(problem("settings", str(exc)))
        settings = Settings()  # the others are told as they would be without
    checks += examine(settings)
    problems = [check for check in checks if check.state == "problem"]
    if as_json:
        print_json({"works": not problems, "checks": checks})
    else:
        _show(checks)
    if problems:
        raise typer.Exit(EXIT_PROBLEM)


def _show(checks: "list[Check]") -> None:
    for check in checks:
        print(f"{_MARKS[check.state]} {check.name:<12} {check.told}", flush=True)
        if check.mend:
            print(f"     {'':<12} {check.mend}.")
    n_problems = sum(check.state == "problem" for check in checks)
    if n_problems:
        print(f"{n_problems} of what is configured cannot work.", file=sys.stderr)
