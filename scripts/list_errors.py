"""The package's source in, docs/errors.md out: every error message and what to do about it.

    python scripts/list_errors.py            # write the page
    python scripts/list_errors.py --check    # exit code 1 if the page is out of date

A value that a message contains is shown as `…`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from generated_page import write_or_check

from ragguide import errors
from ragguide.errors import RagguideError

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "ragguide"
PAGE = ROOT / "docs" / "errors.md"

INTRODUCTION = """# Errors

What does an error message mean, and what do you do about it?

An error is one line on stderr: what failed, why, and what to type. The process ends with the
exit code of its section below; [Scripts](scripts.md#exit-codes) lists all codes. `-vv` adds the
traceback. Values in a message are shown as `…`.

This page is generated from the source by `python scripts/list_errors.py`.
"""
FIXES = {  # what helps with every error of a kind; most messages say more
    "UsageError": "Correct the command: `--help` after it lists its options.",
    "InputError": "Correct or leave out the named file; the others are read.",
    "SettingsError": "Correct the named setting: `ragguide config show` names its origin.",
    "IndexMissing": "Create the index with `ragguide ingest`, or name the folder where it is.",
    "IndexCorrupt": "Go back with `ragguide index rollback`, or run `ragguide ingest --rebuild`.",
    "IndexMismatch": "Run `ragguide ingest --rebuild`, or use the index's embedder and version.",
    "BundleRefused": "Do not use the file. Export the index again, and copy it to this machine.",
    "IndexLocked": "Wait for the other process, or leave out `--no-wait` to wait for it here.",
    "RecallTooLow": "Leave `--index-type` at `auto`, or lower `--target-recall`.",
    "StorageError": "Free some space, or correct the permissions of the named folder.",
    "WorkersDown": "Run the same command again: finished embeddings are cached.",
    "OutputError": "Free some space where stdout is written to.",
    "GateNotMet": "Read the report that the message names; the old index stays in use.",
    "ModelError": "Run `ragguide doctor`; `ragguide query --quotes` works without a generator.",
    "DeviceMissing": "Use `--device cpu`; `ragguide doctor` checks the GPU.",
    "ContextFull": "Shorten the question, or lower `--context-tokens`.",
}


def page() -> str:
    """Return the text of docs/errors.md."""
    modules = [ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))]
    texts = {name: text for module in modules for name, text in constants(module)}
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        for name, message in messages(module, texts):
            found[name].add(message)
    sections = [INTRODUCTION]
    for name, fix in FIXES.items():
        kind = getattr(errors, name)
        assert issubclass(kind, RagguideError)
        rows = "".join(f"- {message}\n" for message in sorted(found.pop(name, ())))
        sections.append(f"## {name}: exit code {kind.exit_code}\n\n{fix}\n\n{rows}".rstrip() + "\n")
    assert not found, f"FIXES lacks {', '.join(found)}"
    return "\n".join(sections)


def constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the texts that a module gives names, such as REBUILD."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if (
                name.isupper()  # not `__version__`, which each release changes
            ):
                yield name, text


def messages(tree: ast.Module, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the error classes that a module raises, with those messages that have words."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[argument, *_]) if name in FIXES:
                for each in returned(argument, tree):
                    message = tidy(text_of(each, texts))
                    if len(re.findall(r"[a-z]{2,}", message)) > 1:
                        yield name, message


def returned(argument: ast.expr, tree: ast.Module) -> list[ast.expr]:
    """The expression, or what a function of the same module that it calls may return."""
    match argument:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    ends = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
                    return [each.value for each in ends if each.value is not None]
    return [argument]


def text_of(node: ast.expr, texts: dict[str, str]) -> str:
    """The text of an expression, with `…` for each part that only a running program knows."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(value, texts) for value in values)
        case ast.FormattedValue(value=ast.Name(id=name)) | ast.Name(id=name) if name in texts:
            return texts[name]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left, texts) + text_of(right, texts)
    return "…"


def tidy(message: str) -> str:
    """One line of Markdown."""
    while "……" in message:
        message = message.replace("……", "…")
    parts = message.split("`")  # every other part is code, where nothing is escaped
    parts[::2] = [re.sub(r"([<*\[\]])", r"\\\1", part) for part in parts[::2]]
    return " ".join("`".join(parts).split())


if __name__ == "__main__":
    write_or_check(PAGE, page, __doc__)
