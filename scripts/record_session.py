"""Commands in, an SVG of the terminal session out, from a real run of each. Needs tmux.

    python scripts/record_session.py docs/session.svg 'ragguide query "…"' 'ragguide search "…"'

The commands run in a terminal of 100 columns, and the picture shows what is on its screen when each
has ended. It loads no fonts from elsewhere.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 100, 60
TMUX = ("tmux", "-L", f"ragguide-{os.getpid()}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("svg", type=Path)
    parser.add_argument("commands", nargs="+")
    args = parser.parse_args()
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for command in args.commands:
            console.print(Text.assemble(("$ ", "bold green"), command))
            console.print(Text.from_ansi(screen_after(command)), "\n")
    svg = console.export_svg(title="ragguide", unique_id="session")
    args.svg.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), "utf-8")


def screen_after(command: str) -> str:
    """Return the screen of a terminal in which a command has run, with its colours."""
    words = shlex.join([sys.executable, "-m", *shlex.split(command)])
    size = ("-x", str(COLUMNS), "-y", str(LINES))
    tmux("new-session", "-d", *size, f"{words} 2> {os.devnull}; tmux wait-for -S done; sleep 60")
    try:
        tmux("wait-for", "done")
        time.sleep(0.5)  # until tmux has drawn the last line
        return tmux("capture-pane", "-p", "-e").rstrip()
    finally:
        tmux("kill-server")


def tmux(*words: str) -> str:
    done = subprocess.run([*TMUX, *words], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
