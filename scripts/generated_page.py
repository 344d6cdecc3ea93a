"""The text of a generated page in, its file out; `--check` compares them and writes nothing."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def write_or_check(path: Path, text: Callable[[], str], description: str | None) -> None:
    """Do what the options of a script `list_….py` say."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        path.write_text(text(), "utf-8")
    elif path.read_text("utf-8") != text():
        sys.exit(f"{path} is out of date. Run: python scripts/{Path(sys.argv[0]).name}")
