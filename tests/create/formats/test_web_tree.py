"""The walk through HTML: its elements and texts, and the line of each text."""

import re

import pytest
from turbohtml import Element

from ragguide.create.formats.web_tree import is_left_out, walk


class Recorder:
    """Records the tags and texts of a walk."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.lines: dict[str, int] = {}  # word → its line
        self.tag_lines: dict[str, int] = {}

    def enter(self, element: Element, line: int) -> bool:
        self.seen.append(f"<{element.tag}>")
        self.tag_lines[element.tag] = line
        return not is_left_out(element)

    def leave(self, element: Element) -> None:
        self.seen.append(f"</{element.tag}>")

    def add_text(self, text: str, line: int, parent: str) -> None:
        if text.strip():
            self.seen.append(f"{parent}: {text.strip()}")
        for word in re.finditer(r"\w+", text):
            self.lines[word[0]] = line + text.count("\n", 0, word.start())


def walked(html: str) -> Recorder:
    recorder = Recorder()
    walk(html, recorder)
    return recorder


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p>a<p>b", ["<p>", "p: a", "</p>", "<p>", "p: b", "</p>"]),
        ("<!doctype html><html><body>a", ["body: a"]),
        ("a<!-- b --><?c d?>e", ["body: a", "body: e"]),
        ("<p>a<script>b<p>c</script>d", ["<p>", "p: a", "<script>", "p: d", "</p>"]),
        ("<noscript><p>a</noscript>b", ["<noscript>", "body: b"]),
        ("<td>a<td>b", ["<td>", "td: a", "</td>", "<td>", "td: b", "</td>"]),
        ("<p>a</p>b<td>c", ["<p>", "p: a", "</p>", "body: bc"]),
    ],
)
def test_walk_visits_the_tree_that_a_browser_builds(html: str, seen: list[str]) -> None:
    assert walked(html).seen == seen


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("a\nb <p>\nc\n</p>\n\nd", {"a": 1, "b": 2, "c": 3, "d": 6}),
        ("<!doctype html>\n\n<html>\n<body>\na", {"a": 5}),
        ("<p\n class='x\n'\n>a<b\n>b</b\n> c", {"a": 4, "b": 5, "c": 6}),
        ("a<!-- 1\n2 -->b<script>\n\n</script>c<br\n>d", {"a": 1, "b": 2, "c": 4, "d": 5}),
        ("<pre>\n\na\n</pre><pre>b\nc</pre>", {"a": 3, "b": 4, "c": 5}),
        ("<b>a\n<p>b\n<p>c</b>\nd", {"a": 1, "b": 2, "c": 3, "d": 4}),
        ("<?a b\nc?>\nd", {"d": 3}),
        ("<svg>\n<title>x</title>\n</svg>a\n&amp;\nb", {"a": 3, "b": 5}),
    ],
)
def test_each_text_has_its_line(html: str, lines: dict[str, int]) -> None:
    assert walked(html).lines == lines


def test_a_tag_has_the_line_where_it_starts() -> None:
    assert walked("\n<table>\n<tr\n id=x><td>a").tag_lines == {
        "table": 2,
        "tbody": 3,  # the page has no such tag
        "tr": 3,
        "td": 4,
    }
