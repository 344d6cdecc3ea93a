"""Markdown text in, the same with the boxes, tabs and bullets of other dialects as CommonMark, out.

CommonMark takes the indented content of `!!! note "Title"` and `=== "Tab"` for code, the fences of
`::: tip` for text, and a note of one word, `[^1]: word`, for the address of a link. Each line stays
on its line, so that citations name the lines of the file. No I/O.
"""

import re

INDENT = 4  # of the content, beyond its opening line

_OPENING = re.compile(
    r"(?P<indent> *)(?:(?:!!!|\?\?\?\+?) *(?P<kinds>[\w-]+(?: +[\w-]+)*)?|===[!+]?)"
    r"(?: *\"(?P<title>[^\"]*)\")? *$"
)
_ALERT = re.compile(r"(?P<quote>\s*>\s*)\[!(?P<kind>[A-Za-z]+)\][+-]? *(?P<title>.*)$")
_DIV = re.compile(
    r" {0,3}:{3,}\s*(?:\{(?P<directive>[\w-]*)[^}]*\}|(?P<kind>[\w-]*))\s*(?P<title>.*?)\s*:*\s*$"
)
_DIRECTIVE = re.compile(
    r" {0,3}(?P<sign>`{3,}|~{3,})\s*\{(?P<kind>admonition|attention|caution|danger|error|hint"
    r"|important|note|seealso|tip|warning)\}\s*(?P<title>.*?)\s*$"
)
_BULLET = re.compile(r"( {0,3})[•●▪◦‣]\s+(?=\S)")
_NOTE = re.compile(r" {0,3}\[\^[^\]\s]+\]:")
_FENCE = re.compile(r" *(?P<sign>`{3,}|~{3,})")


def open_containers(text: str) -> str:
    """Return the text with titles as lines of their own and contents moved to the left."""
    opener = _Opener()
    return "\n".join(map(opener.read, text.split("\n")))


class _Opener:
    """Reads a text line by line."""

    def __init__(self) -> None:
        self._indents: list[int] = []  # least ones of the contents of open boxes and tabs
        self._fence = self._box = ""  # that closes the open code block, the open directive

    def read(self, line: str) -> str:
        line = line.expandtabs(INDENT) if self._indents else line
        n_blank = len(line) - len(line.lstrip())
        if line.strip():
            while self._indents and n_blank < self._indents[-1]:
                self._indents.pop()
                self._fence = ""
        inner = line[min(n_blank, INDENT * len(self._indents)) :]
        if self._box and inner.strip() == self._box:
            self._box = ""
            return ""
        if self._fence:
            is_end = inner.strip().startswith(self._fence) and not inner.strip(" `~")
            self._fence = "" if is_end else self._fence
            return inner
        return self._open_fence(inner) or self._open_indented(inner, n_blank) or _open_line(inner)

    def _open_fence(self, line: str) -> str | None:
        """Return a line that opens a directive or a code block; None for any other line."""
        if found := _DIRECTIVE.match(line):
            self._box = found["sign"]
            return _title(found["title"] or found["kind"])
        if found := _FENCE.match(line):
            self._fence = found["sign"]
            return line
        return None

    def _open_indented(self, line: str, n_blank: int) -> str | None:
        """Return the title of a box or tab that a line opens; None for any other line."""
        found = _OPENING.fullmatch(line)
        if not found or not (found["kinds"] or found["title"] is not None):
            return None
        self._indents.append(n_blank + INDENT)
        kind = (found["kinds"] or "").split(" ")[0]
        title = kind if found["title"] is None else found["title"]
        return found["indent"] + _title(title) if title else " "


def _open_line(line: str) -> str:
    """Return another line outside of code as CommonMark."""
    if alert := _ALERT.fullmatch(line):
        return f"{alert['quote']}{_title(alert['title'] or alert['kind'])}"
    if _NOTE.match(line):
        return "\\" + line.lstrip()
    if div := _DIV.fullmatch(line):
        title = div["title"].strip("[]") or div["kind"] or div["directive"]
        return _title(title) if title else ""
    bullet = _BULLET.match(line)
    return f"{bullet[1]}- {line[bullet.end() :]}" if bullet else line


def _title(text: str) -> str:
    """Return a title as a lead-in; a kind such as `warning` or `WARNING` with a capital."""
    text = text.strip()
    if text.isalpha() and (text.islower() or text.isupper()):
        text = text.capitalize()
    return text if text.endswith((":", ".", "?", "!")) else f"{text}:"
