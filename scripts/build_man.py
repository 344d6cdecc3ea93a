"""The help of all commands in, man pages out: ragguide.1, ragguide-query.1 and so on.

    python scripts/build_man.py ~/.local/share/man/man1
    man ragguide-query

With SOURCE_DATE_EPOCH the pages have its date, so two builds give the same bytes.
"""

import argparse
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragguide import __version__
from ragguide.cli.app import app

VALUES = {"INT RANGE": "N", "INT": "N", "STR": "TEXT"}  # names of types, as people read them


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for words, command in commands(app, ("ragguide",)):
        (folder / f"{'-'.join(words)}.1").write_text(page(words, command), "utf-8")


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield a command and all below it, each with its words."""
    yield words, command
    for name, found in below(command):
        yield from commands(found, (*words, name))


def below(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield the commands of a group, without hidden ones, by name."""
    for name, found in getattr(group, "commands", {}).items():
        if not found.hidden:
            yield name, found


def page(words: tuple[str, ...], command: Any) -> str:
    """Return a man page in the macros of man(7)."""
    day = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    summary, *paragraphs = [" ".join(part.split()) for part in command.help.split("\n\n")]
    name = "-".join(words)
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [(metavar(each), each.help or "") for each in shown if is_argument(each)]
    options = [(flags(each), each.help or "") for each in shown if not is_argument(each)]
    subcommands = [
        (f"{name}-{word}(1)", found.help.split("\n\n")[0]) for word, found in below(command)
    ]
    takes = ["COMMAND", "[ARGS]..."] if subcommands else [term for term, _ in arguments]
    lines = [
        f'.TH "{name.upper()}" 1 {time.strftime("%Y-%m-%d", day)} "ragguide {__version__}"',
        ".SH NAME",
        rf"{escaped(name)} \- {escaped(summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        rf".B {escaped(' '.join(words))}",
        escaped(" ".join(("[OPTIONS]", *takes))),
        ".SH DESCRIPTION",
        *(line for part in (summary, *paragraphs) for line in (".PP", escaped(part))),
        *listed("ARGUMENTS", arguments),
        *listed("OPTIONS", options),
        *listed("COMMANDS", subcommands),
    ]
    if len(words) > 1:
        lines += [".SH SEE ALSO", rf".BR {escaped('-'.join(words[:-1]))} (1)"]
    return "\n".join(lines) + "\n"


def is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def flags(parameter: Any) -> str:
    """`-i, --index TEXT`."""
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.is_flag or parameter.count:
        return names
    kind = parameter.type.name.upper()
    return f"{names} {parameter.metavar or VALUES.get(kind, kind)}"


def listed(heading: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield f".SH {heading}"
    for term, text in rows:
        yield from (".TP", f".B {escaped(term)}", escaped(" ".join(text.split())))


def escaped(text: str) -> str:
    """Text for roff: ASCII, hyphens that can be copied, no line that begins with a macro."""
    plain = re.sub(r"`([^`]*)`", r"\1", text).replace("\\", "\\e").replace("-", "\\-")
    shown = re.sub(r"[^\x00-\x7f]", lambda letter: f"\\[u{ord(letter[0]):04X}]", plain)
    return f"\\&{shown}" if shown[:1] in (".", "'") else shown


if __name__ == "__main__":
    main()
