"""Markdown text in, the same with the boxes and tabs of MkDocs and GitHub opened out. No I/O.

CommonMark takes the indented content of `!!! note "Title"` and `=== "Tab"` for code, and a note of
one word, `[^1]: word`, for the address of a link. Each line stays on its line, so that citations
name the lines of the file.
"""

import re

import msgspec

INDENT = 4  # of the content, beyond its opening line

_OPENING = re.compile(
    r"(?P<indent> *)(?:(?:!!!|\?\?\?\+?) *(?P<kinds>[\w-]+(?: +[\w-]+)*)?|===[!+]?)"
    r"(?: *\"(?P<title>[^\"]*)\")? *$"
)
_ALERT = re.compile(r"(?P<quote>\s*>\s*)\[!(?P<kind>[A-Za-z]+)\][+-]? *(?P<title>.*)$")
_NOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
_FENCE = re.compile(r" *(?P<sign>`{3,}|~{3,})")


class _Open(msgspec.Struct, frozen=True):
    """A box or tab whose content has not ended yet."""

    indent: int  # least indentation of its content in the file


def open_containers(text: str) -> str:
    """Return the text with titles as lines of their own and contents moved to the left."""
    lines: list[str] = []
    open_: list[_Open] = []
    fence = ""  # that closes the open code block
    for raw in text.split("\n"):
        line = raw.expandtabs(INDENT) if open_ else raw
        n_blank = len(line) - len(line.lstrip())
        if line.strip():
            while open_ and n_blank < open_[-1].indent:
                open_.pop()
                fence = ""
        inner = line[min(n_blank, INDENT * len(open_)) :]
        if fence:
            fence = "" if inner.strip().startswith(fence) and not inner.strip(" `~") else fence
            lines.append(inner)
        elif found := _FENCE.match(inner):
            fence = found["sign"]
            lines.append(inner)
        else:
            lines.append(_open_line(inner, n_blank, open_))
    return "\n".join(lines)


def _open_line(line: str, n_blank: int, open_: list[_Open]) -> str:
    """Return a line outside of code as it is read; open the box or tab that it begins."""
    if alert := _ALERT.fullmatch(line):
        return f"{alert['quote']}{_title(alert['title'] or alert['kind'])}"
    if _NOTE.match(line):
        return "\\" + line.lstrip()
    found = _OPENING.fullmatch(line)
    if not found or not (found["kinds"] or found["title"] is not None):
        return line
    open_.append(_Open(n_blank + INDENT))
    kind = (found["kinds"] or "").split(" ")[0]
    title = kind if found["title"] is None else found["title"]
    return found["indent"] + _title(title) if title else ""


def _title(text: str) -> str:
    """Return a title as a lead-in; a kind such as `warning` or `WARNING` with a capital."""
    text = text.strip()
    if text.isalpha() and (text.islower() or text.isupper()):
        text = text.capitalize()
    return text if text.endswith((":", ".", "?", "!")) else f"{text}:"
