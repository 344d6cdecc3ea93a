"""The package in, docs/api.md out: signatures, fields and docstrings of what Python programs use.

python scripts/list_api.py            # write the page
python scripts/list_api.py --check    # exit code 1 if the page is out of date

A field's content is the comment beside it in the source.
"""

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import msgspec
from generated_page import write_or_check

import ragguide
from ragguide.chat import Chat

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
INTRODUCTION = """# Python reference

What do the names that `ragguide` exports take, return and contain?

[Python](python.md) shows how to use them. All but `Chat`, which is in `ragguide.chat`, are imported
from `ragguide`. This page is generated from the source by `python scripts/list_api.py`.
"""


def page() -> str:
    """Return the text of docs/api.md."""
    found = {"Guide": ragguide.Guide, "Chat": Chat}
    found |= {name: getattr(ragguide, name) for name in ragguide.__all__ if name != "__version__"}
    return "\n".join([INTRODUCTION, *("\n".join(section(*each)) for each in found.items())])


def section(name: str, value: object) -> Iterator[str]:
    """Yield the lines about a name."""
    yield f"## {name}\n"
    if not inspect.isclass(value):
        yield from signature(name, value)
    yield from described(value)
    if name == "Settings":
        yield "[Settings](settings.md) lists them.\n"
    elif inspect.isclass(value) and issubclass(value, msgspec.Struct):
        yield from fields(value)
    elif inspect.isclass(value) and not issubclass(value, Exception):
        for method, function in vars(value).items():
            if not method.startswith("_"):
                yield f"### {name}.{method}\n"
                yield from signature(method, getattr(function, "__func__", function))
                yield from described(getattr(value, method))


def signature(name: str, function: object) -> Iterator[str]:
    """Yield the lines of a signature, one argument a line if it is long."""
    if not inspect.isfunction(function):
        return  # a property has no arguments
    found = inspect.signature(function)
    shown = []
    for key, each in found.parameters.items():
        if each.kind is each.KEYWORD_ONLY and not any(text.startswith("*") for text in shown):
            shown.append("*")
        if key not in ("self", "cls"):
            shown.append(str(each))
    result = inspect.formatannotation(found.return_annotation)
    line = f"{name}({', '.join(shown)}) -> {result}"
    if len(line) > 100:
        line = f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f") -> {result}"
    yield f"```text\n{tidy(line)}\n```\n"


def tidy(text: str) -> str:
    """Types as people write them: without quotes and module names."""
    text = re.sub(r"'([\w.\[\], |]+)'", r"\1", text)
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z]\w)", "", text)


def fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Yield a table of the fields, with the comments of the source."""
    comments = {
        match[1]: match[2]
        for base in reversed(kind.__mro__)
        if base.__module__.startswith("ragguide")
        for match in re.finditer(r"^    (\w+): .*?  # (.+)$", inspect.getsource(base), re.MULTILINE)
    }
    yield "| field | type | content |\n|---|---|---|"
    for field in msgspec.structs.fields(kind):
        shown = tidy(inspect.formatannotation(field.type)).replace("|", "\\|")
        yield f"| `{field.name}` | `{shown}` | {comments.get(field.name, '')} |".replace(
            "  |", " |"
        )
    yield ""


def described(value: object) -> Iterator[str]:
    """Yield the docstring; its sections, such as "Raises:", as lists."""
    text = inspect.getdoc(value) or ""
    for heading in ("Args", "Returns", "Raises", "Yields"):
        text = re.sub(
            rf"^{heading}:\n((?:    .*\n?)+)",
            lambda part: f"{part[0].split(':')[0]}:\n\n{listed(part[1])}\n",
            text,
            flags=re.MULTILINE,
        )
    yield f"{text.rstrip()}\n"


def listed(block: str) -> str:
    """Lines `name: text` of a docstring as a list."""
    rows = re.sub(r"\n\s{4,}(?=\S)", " ", textwrap.dedent(block).strip("\n")).split("\n")
    return "\n".join(f"- {row.strip()}" for row in rows if row.strip())


if __name__ == "__main__":
    write_or_check(PAGE, page, __doc__)
