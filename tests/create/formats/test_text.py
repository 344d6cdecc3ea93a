"""Reading plain text, Markdown, HTML and CSV files."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragguide.create.body import Body
from ragguide.create.formats import SUFFIXES, read_document
from ragguide.errors import InputError
from ragguide.types import Document
from tests.create.test_body import assert_valid


def read(folder: Path, name: str, content: str | bytes) -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    document = read_document(path)
    assert_valid_document(document)
    return document


def assert_valid_document(document: Document) -> None:
    assert_valid(
        Body(
            document.text,
            document.blocks,
            document.sections,
            document.page_starts,
            document.page_labels,
        )
    )


def blocks_of(document: Document) -> list[tuple[str, int | None, str]]:
    return [(b.kind, b.line, document.text[b.start : b.end]) for b in document.blocks]


def sections_of(document: Document) -> list[tuple[tuple[str, ...], str]]:
    return [(s.path, document.text[s.start : s.end]) for s in document.sections]


# ── plain text ──────────────────────────────────────────────────────────────────────────────────

TEXT = """\
My Title
========

This text goes on until the margin of the paper breaks it,
then ends.
Name: Ann
City: Rome

INTRODUCTION

1. Scope

Text of the scope.

- item one
  goes on
* item two
3) item three

* * *

Parts
-----

1. Open the box

2. Close the box

2.1 Details

Text.

THE END
"""


def test_text_blocks_are_found_by_layout(tmp_path: Path) -> None:
    document = read(tmp_path, "notes.txt", TEXT)
    assert blocks_of(document) == [
        ("heading", 1, "My Title"),
        ("paragraph", 4, "This text goes on until the margin of the paper breaks it, then ends."),
        ("paragraph", 6, "Name: Ann"),
        ("paragraph", 7, "City: Rome"),
        ("heading", 9, "INTRODUCTION"),
        ("heading", 11, "1. Scope"),
        ("paragraph", 13, "Text of the scope."),
        ("item", 15, "• item one goes on"),
        ("item", 17, "• item two"),
        ("item", 18, "3) item three"),
        ("heading", 22, "Parts"),
        ("item", 25, "1. Open the box"),
        ("item", 27, "2. Close the box"),
        ("heading", 29, "2.1 Details"),
        ("paragraph", 31, "Text."),
        ("paragraph", 33, "THE END"),
    ]
    assert [section.path for section in document.sections] == [
        ("My Title",),
        ("INTRODUCTION",),
        ("INTRODUCTION", "Scope"),
        ("INTRODUCTION", "Parts"),
        ("INTRODUCTION", "Parts", "2.1 Details"),
    ]
    assert (document.name, document.title, document.unit) == ("notes", "My Title", "text")
    assert (document.page_starts, document.page_labels) == ((0,), ("1",))
    assert document.path == str((tmp_path / "notes.txt").resolve())
    assert document.unreadable == {}


def test_numbered_lines_between_blank_lines_are_a_list(tmp_path: Path) -> None:
    document = read(tmp_path, "a.txt", "1. Open\n\n2. Close\n\n3. Done\n\nThat is all.\n")
    assert [kind for kind, _, _ in blocks_of(document)] == ["item", "item", "item", "paragraph"]


@pytest.mark.parametrize(
    "data",
    [
        "Zürich – 5 €\r\n\r\nx".encode(),
        "\ufeffZürich – 5 €\n\nx".encode(),
        "\ufeffZürich – 5 €\r\rx".encode("utf-16-le"),
        "\ufeffZürich – 5 €\n\nx".encode("utf-16-be"),
        "\ufeffZürich – 5 €\n\nx".encode("utf-32-le"),
        "Zürich – 5 €\n\nx".encode("utf-16-le"),
        "Zürich – 5 €\n\nx".encode("cp1252"),
    ],
)
def test_encodings_are_detected(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, "a.txt", data).text == "Zürich – 5 €\nx"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Музей открыт ежедневно с десяти часов утра.", "koi8-r"),
        ("Привет, мир", "koi8-r"),
        ("Музей открыт ежедневно с десяти часов утра.", "cp1251"),
        ("Музей открыт ежедневно с десяти часов утра.", "cp866"),
        ("Бібліотека працює щодня, крім неділі.", "koi8-u"),
        ("Το μουσείο είναι ανοιχτό κάθε μέρα εκτός Δευτέρας.", "cp1253"),
        ("図書館は午前九時に開きます。本は二週間借りられます。", "cp932"),
        ("図書館は午前九時に開きます。本は二週間借りられます。", "euc_jp"),
        ("図書館は午前九時に開きます。本は二週間借りられます。", "iso2022_jp"),
        ("图书馆每天早上九点开门。每次可以借三本书。", "gb18030"),
        ("圖書館每天早上九點開門。每次可以借三本書。", "big5"),
        ("도서관은 매일 아침 아홉 시에 문을 엽니다.", "cp949"),
        ("Książki można wypożyczyć, żadna opłata nie jest pobierana.", "cp1250"),
        ("Książki można wypożyczyć, żadna opłata nie jest pobierana.", "iso8859-2"),
        ("Knihovna je otevřena každý den kromě neděle.", "cp1250"),
        ("Crpka se ne smije uključiti bez vode.", "cp1250"),
        ("Az idő gyűjtemény része. Kérjük, ne érintse meg a gépet.", "iso8859-2"),
        ("Müze her gün saat onda açılır. Güneş doğar.", "iso8859-9"),
        ("Muzejs ir atvērts katru dienu. Sūkni nedrīkst mazgāt.", "cp1257"),
        ("Le musée est ouvert dès dix heures, même l'été.", "mac-roman"),
        ("Die Pumpe läuft täglich. Größe: 4 m.", "cp850"),
        ("Музеј је отворен сваког дана од десет часова.", "iso8859-5"),
        ("המוזיאון פתוח בכל יום מלבד יום שני.", "cp1255"),
        ("المتحف مفتوح كل يوم ما عدا يوم الاثنين.", "cp1256"),
        ("พิพิธภัณฑ์เปิดทุกวันยกเว้นวันจันทร์", "cp874"),
        ("Музей открыт ежедневно.", "utf-16-le"),
        ("Rødgrød med fløde, 4 € for señor Ångström", "cp1252"),
        ("The naïve reader – 5 °C ± 0.5 µm, ½ inch", "cp1252"),
    ],
)
def test_the_encoding_is_the_one_that_gives_words(tmp_path: Path, text: str, encoding: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_a_file_of_unclear_encoding_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(range(0x80, 0x100)) * 2)
    with pytest.raises(InputError, match=r"a\.txt is not UTF-8.* Save it as UTF-8"):
        read_document(path)


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("windows-1251", "cp1251", "Ключ"),
        ("gb2312", "gbk", "锅炉"),
        ("utf-8", "cp1252", "Über große Höhen"),
        ("rot13", "cp1252", "Über große Höhen"),
        ("idna", "cp1252", "Über große Höhen"),
    ],
)
def test_a_page_is_read_as_it_declares(
    tmp_path: Path, declared: str, encoding: str, text: str
) -> None:
    html = f"<meta charset={declared}><p>{text}</p>"
    assert read(tmp_path, "a.html", html.encode(encoding)).text == text


def test_a_stray_byte_does_not_change_the_encoding(tmp_path: Path) -> None:
    data = "Größe und Länge, übermäßig schön".encode() + b" \xff"
    assert read(tmp_path, "a.txt", data).text == "Größe und Länge, übermäßig schön \ufffd"


def test_invalid_bytes_do_not_affect_other_characters(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"Gr\xfc\xdfe \x81 B\xe4r").text == "Grüße \ufffd Bär"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    content=st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                'a|A b.|1. C|- d|===|---|# e|## f|```|> g|    h|| i | j |;|| - | - ||1,2|x;y|"|'
                "<p>|<table>|<tr>|<td>k|<th>l|</table>|<li>m|<ul>|</ul>|<pre>|</pre>|<dl>|<dt>n|"
                "<dd>o|</dl>|<h1>p|</h1>|<nav>|</nav>|<main>|</main>|<![x[|&amp;|<br>|</p>|".split(
                    "|"
                )
            ),
            max_size=30,
        ).map("\n".join),
    ),
    suffix=st.sampled_from([".txt", ".md", ".html", ".csv", ".tsv"]),
)
def test_any_text_gives_blocks_that_cover_it(tmp_path: Path, content: str, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_text(content, "utf-8", errors="replace")
    try:
        document = read_document(path)
    except InputError as exc:
        assert "has no text" in str(exc) or "0" in str(exc)  # noqa: PT017
    else:
        assert_valid_document(document)


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────

MARKDOWN = """\
---
title: "The *guide*"
tags: [a, b]
---
intro

# Main *title* {#top}

A [link](http://example.org) and ![a picture](i.png) with `code`
and <b>tags</b> &amp; more.

- one
  goes on
  1. nested

     second paragraph
- two

> quoted

Sub
---

| Name | Price \\| EUR |
|------|:-----------:|
| Ann  | 3 |
| Bob  |   |

```python
def f():

    return 1
```

<details><summary>More</summary>
<p>hidden <i>away</i></p>
</details>

    indented code

[ref]: http://example.org
"""


def test_markdown_is_read_as_commonmark_with_tables(tmp_path: Path) -> None:
    document = read(tmp_path, "guide.md", MARKDOWN)
    assert blocks_of(document) == [
        ("paragraph", 5, "intro"),
        ("heading", 7, "Main title"),
        ("paragraph", 9, "A link and a picture with code and tags & more."),
        ("item", 12, "• one goes on"),
        ("item", 14, "1. nested"),
        ("paragraph", 16, "second paragraph"),
        ("item", 17, "• two"),
        ("paragraph", 19, "quoted"),
        ("heading", 21, "Sub"),
        ("row", 26, "Name: Ann; Price | EUR: 3"),
        ("row", 27, "Name: Bob"),
        ("code", 30, "def f():\n\n    return 1"),
        ("paragraph", 35, "More"),
        ("paragraph", 36, "hidden away"),
        ("code", 39, "indented code"),
    ]
    assert [section.path for section in document.sections] == [
        (),
        ("Main title",),
        ("Main title", "Sub"),
    ]
    assert document.title == "The *guide*"
    rows = [block for block in document.blocks if block.kind == "row"]
    assert {block.header for block in rows} == {"Name | Price | EUR"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("up to 10<sup>8</sup> beads", "up to 10⁸ beads"),
        ("up to 10^8^ beads of CO~2~", "up to 10⁸ beads of CO2"),
        ("2<sup>n</sup> cells on the 21<sup>st</sup>", "2^n cells on the 21st"),
        ("costs ~~55~~ 60 kroner", "costs 60 kroner"),
        ("costs <del>55</del> 60 <s>old</s>kroner", "costs 60 kroner"),
        (
            "Kilns[^a] cool.\n\n[^a]: Slowly.\n[^b]: Not `x^2^`.",
            "Kilns cool.\nNote: Slowly.\nNote: Not x^2^.",
        ),
        ("> [!CAUTION]\n> It bites.", "Caution: It bites."),
        (
            "::: tip\nRest it.\n:::\n\n:::note[Old vats]\nScrub.\n:::",
            "Tip: Rest it.\nOld vats: Scrub.",
        ),
        (":::{hint}\nStir.\n:::\n\n::: {.box}\nx\n:::", "Hint: Stir.\nx"),
        ("```{warning} Hot\nIt burns.\n```\nEnd.", "Hot: It burns.\nEnd."),
        ("Dye^[From roots.] is ==red==. {: .big }", "Dye (From roots.) is red."),
        (
            "• Soak it. Wait.\n• Wring it,\n  then dry it.",
            "• Soak it. Wait.\n• Wring it, then dry it.",
        ),
        ("x<sup>2n+1</sup> of 31<sup>a</sup> vats", "x^(2n+1) of 31^a vats"),
    ],
)
def test_markdown_notes_and_raised_text_stay_apart(tmp_path: Path, source: str, text: str) -> None:
    assert read(tmp_path, "a.md", source).text == text


def test_boxes_and_tabs_are_text_with_their_titles(tmp_path: Path) -> None:
    source = """\
Ways to dye:

!!! warning "Hot vats"

    Wear gloves.

    === "Wool"

        Rinse it.

        ```sh
        !!! not a box
        dye --wool
        ```

??? tip
    Use rain.
=== "Silk"
    Steam it.

Done.

    real code
"""
    assert blocks_of(read(tmp_path, "a.md", source)) == [
        ("paragraph", 1, "Ways to dye:"),
        ("paragraph", 3, "Hot vats:"),
        ("paragraph", 5, "Wear gloves."),
        ("paragraph", 7, "Wool:"),
        ("paragraph", 9, "Rinse it."),
        ("code", 12, "!!! not a box\ndye --wool"),
        ("paragraph", 16, "Tip: Use rain. Silk: Steam it."),
        ("paragraph", 21, "Done."),
        ("code", 23, "real code"),
    ]


def test_links_of_templates_keep_their_text_only(tmp_path: Path) -> None:
    source = (
        'Ask [the desk]({% page "/help/#desk" %}) or [call]({{ site.phone }}/now). Use {% raw %}.'
    )
    document = read(tmp_path, "a.md", source)
    assert document.text == "Ask the desk or call. Use {% raw %}."


def test_an_empty_line_divides_blocks_of_code(tmp_path: Path) -> None:
    source = "```\nlight --kiln\n\nwait 5\n```\n\n~~~\nHEAT = 90\n~~~\n"
    document = read(tmp_path, "a.md", source)
    assert document.text == "light --kiln\n\nwait 5\n\nHEAT = 90"
    assert [block.kind for block in document.blocks] == ["code", "code"]


def test_code_blocks_have_the_line_numbers_of_the_file(tmp_path: Path) -> None:
    lines = MARKDOWN.splitlines()
    document = read(tmp_path, "guide.md", MARKDOWN)
    for block in document.blocks:
        first = document.text[block.start : block.end].splitlines()[0]
        assert block.line is not None
        if block.kind == "code":
            assert lines[block.line - 1].strip() == first


def test_the_first_heading_is_the_title_without_front_matter(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", "text\n\n## Two\n\n# One\n").title == "One"
    assert read(tmp_path, "b.md", "only text").title == "b"
    assert read(tmp_path, "c.md", "---\n\ntext\n\n---\n").text == "text"


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────

HTML = """\
<!doctype html><html><head><title>My &amp; page</title>
<style>p{}</style><script>var x = "<p>no</p>"</script></head>
<body><header><h1>Site</h1></header><nav><ul><li>Home<li>About</ul></nav>
<main><h1>Guide<a class="headerlink" href="#x">¶</a></h1>
<p>First <b>para</b>graph&nbsp;with &lt;tags&gt;<br>and a break.
<p>Second, left open
<ul><li>One<ul><li>Nested<li>More</ul></li><li><p>Two</p><p>of two</p></ul>
<ol start="3"><li>Three<li>Four</ol>
<h2>Table</h2>
<table><caption>Prices</caption>
<thead><tr><th rowspan=2>Name<th rowspan=2>Price<th colspan=2>Size</tr><tr><th>W<th>H</thead>
<tr><td rowspan=2>Ann</td><td>3</td><td>1<td>2</tr>
<tr><td>4</td><td></td><td>5</td></tr></table>
<pre>
def f():
    return &quot;x&quot;
</pre>
<dl><dt>Alpha<dt>Beta<dd>Greek<dd>Letters<dt>Gamma<dd><p>Third</p><dl><dt>In<dd>side</dl></dl>
<aside>A note.</aside><div hidden>secret</div><span style="display: none">too</span>
</main><footer>foot</footer></body></html>
"""


def test_html_is_read_without_navigation(tmp_path: Path) -> None:
    document = read(tmp_path, "page.html", HTML)
    assert blocks_of(document) == [
        ("heading", 4, "Guide"),
        ("paragraph", 5, "First paragraph with <tags> and a break."),
        ("paragraph", 6, "Second, left open"),
        ("item", 7, "• One"),
        ("item", 7, "• Nested"),
        ("item", 7, "• More"),
        ("item", 7, "• Two"),
        ("paragraph", 7, "of two"),
        ("item", 8, "3. Three"),
        ("item", 8, "4. Four"),
        ("heading", 9, "Table"),
        ("paragraph", 10, "Prices"),
        ("row", 12, "Name: Ann; Price: 3; Size W: 1; Size H: 2"),
        ("row", 13, "Name: Ann; Price: 4; Size H: 5"),
        ("code", 15, 'def f():\n    return "x"'),
        ("item", 18, "• Alpha, Beta: Greek"),
        ("item", 18, "• Alpha, Beta: Letters"),
        ("item", 18, "• Gamma: Third"),
        ("item", 18, "• In: side"),
        ("paragraph", 19, "A note."),
    ]
    assert [section.path for section in document.sections] == [("Guide",), ("Guide", "Table")]
    assert document.title == "My & page"
    assert document.blocks[12].header == "Name | Price | Size W | Size H"


def test_a_page_without_main_keeps_its_header_but_not_navigation(tmp_path: Path) -> None:
    html = "<header><h1>T</h1><nav>n</nav></header>a<aside>s</aside><div role=navigation>r</div>b"
    assert read(tmp_path, "a.htm", html).text == "T\na\nb"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Up to 10<sup>8</sup> beads, 4 m<sup>2</sup>.", "Up to 10⁸ beads, 4 m²."),
        ("<p>Fires 55<sup><a href=#n>2</a></sup> pots.", "Fires 55 pots."),
        ("<p>Fires 55<sup>2</sup> pots.<p>2 If dry.", "Fires 55 pots.\n2 If dry."),
        ("<p>Fires 55<sup>2</sup> pots.", "Fires 55² pots."),
        ("<p>The 1<sup>st</sup> is 2<sup>n</sup>.", "The 1st is 2^n."),
        ("<p>Costs <del>55</del> <ins>60</ins>.<s><p>Gone.</s>", "Costs 60."),
        ("<p>A <span style='text-decoration: line-through'>55</span> 60.", "A 60."),
        (
            "<style>.old, i.x{text-decoration:line-through}</style><p>A <b class=old>5</b> 6.",
            "A 6.",
        ),
        ("<style>i{color:red}@media print{i{text-decoration:line-through}}</style><i>5</i>", "5"),
        ("<style>i:hover{text-decoration:line-through}</style><p>A <i>5</i>", "A 5"),
        (
            "<style>i{text-decoration:line-through} i.x{text-decoration:none}</style>"
            "<p>A <i class=x>5</i> <i>6</i> <i style='text-decoration: none'>7</i>",
            "A 5 7",
        ),
        ("<p>Up to 10<span style='vertical-align:super'>8</span> beads.", "Up to 10⁸ beads."),
        (
            "<style>.p{vertical-align:super}</style><p>Has 10<i class=p>8</i> beads.",
            "Has 10⁸ beads.",
        ),
        ("<p>Fires 55<a href=#n style='vertical-align: super'>2</a> pots.", "Fires 55 pots."),
        ("<p>Choose <button>Fire</button> twice.", "Choose Fire twice."),
        ("<label>Vat</label> <input value='V 7'>", "Vat V 7"),
        ("<p>A<input type=hidden value=x><input type=password value=y>", "A"),
        ("<p>Press <input type=button value=Go> now.", "Press Go now."),
        ("Dye <select><option>red<option selected>blue</select>", "Dye blue"),
        ("<textarea>Stir well.</textarea>", "Stir well."),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x^2"),
        ("<p>Text.</p><button>Menu</button><pre>x <button>Copy</button></pre>", "Text.\nx"),
    ],
)
def test_raised_struck_and_button_text_of_a_page(tmp_path: Path, html: str, text: str) -> None:
    assert read(tmp_path, "a.html", html).text == text


def test_embedded_contents_of_a_page_are_reported(tmp_path: Path) -> None:
    html = "<p>Text.</p><object data=vats.pdf>x</object><iframe src='about:blank'></iframe>"
    document = read(tmp_path, "a.html", html)
    assert document.text == "Text."
    assert document.omitted == (
        "embedded content (vats.pdf). Save it as a file of its own to include it.",
    )


def test_a_table_without_header_cells_is_read_by_its_content(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells)

    def text(*rows: str) -> str:
        return read(tmp_path, "a.html", f"<table>{''.join(rows)}</table>").text

    assert text(row("Name", "Bob"), row("Age", "31"), row("City", "Rome")) == (
        "Name: Bob\nAge: 31\nCity: Rome"
    )
    assert text(row("Name", "Age"), row("Ann", "31"), row("Bob", "40")) == (
        "Name: Ann; Age: 31\nName: Bob; Age: 40"
    )
    assert text(row("a", "b", "c"), row("d", "e", "f")) == "a: d; b: e; c: f"
    assert text(row("1", "b", "c"), row("2", "e", "f")) == "1 | b | c\n2 | e | f"
    assert text(row("<h2>Head</h2>text", "<p>one<p>two")) == "Head\ntext\none\ntwo"
    assert text("<tr><th>Age<td>31", "<tr><th>City<td>Rome") == "Age: 31\nCity: Rome"


def test_terms_without_a_definition_are_paragraphs(tmp_path: Path) -> None:
    html = "<dl>\n<dt>A\n<dt>B\n</dl>\n\n<p>text"
    assert blocks_of(read(tmp_path, "a.html", html)) == [
        ("paragraph", 2, "A, B"),
        ("paragraph", 6, "text"),
    ]


def test_a_stray_end_tag_in_a_cell_does_not_close_the_cell(tmp_path: Path) -> None:
    html = "<div><table><tr><th>A<th>B<tr><td>1</div><td>2</p></table></div>"
    assert read(tmp_path, "a.html", html).text == "A: 1; B: 2"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<![if !x]>b<![endif]><![CDATA[c]]>d</p>", "abd"),
        ("<p>a<!-- b --><!---->c", "ac"),
        ("a</b></p></div>b", "a\nb"),
        ("<ul><li>a</ul><li>b", "• a\n• b"),
        ("<h1>A<p>b", "A\nb"),
        ("<h1><div>A</div><div>B</div></h1>c", "A B\nc"),
        ("<dd>a<dt>b", "a\nb"),
        ("<td>a<tr>b", "a\nb"),
        ("<dl><dt>a</dl>b", "a\nb"),
        ("<ol start=99999999999999><li value=x>a</ol>", "1. a"),
        ("&#xD800;&#0;&bogus;x", "\ufffd\ufffd&bogus;x"),
        ("<p>a" + "<div>" * 5000 + "deep", "a\ndeep"),
        ("<table><tr><td>" * 500 + "deep", "deep"),
        ("<svg><title>no</title></svg>x", "x"),
        ("<p>a<!-- never closed <p>b", "a"),
        ("<table>a<tr><td>1<td>2</table>", "a\n1: 2"),
        ("<p>a <b>b<p>c</b> d", "a b\nc d"),
        ("<h2><dt>a</h2>b", "a\nb"),
        ("<tr><td>a<td>b", "a\nb"),
        ("<img alt=a><img alt=b aria-hidden=true>", "a"),
    ],
)
def test_broken_html_is_read(tmp_path: Path, html: str, text: str) -> None:
    assert read(tmp_path, "a.html", html).text == text


def test_the_declared_encoding_of_a_page_is_used(tmp_path: Path) -> None:
    html = '<meta charset="iso-8859-5"><p>Мир'
    assert read(tmp_path, "a.html", html.encode("iso-8859-5")).text == "Мир"
    assert read(tmp_path, "a.html", b'<meta charset="no-such"><p>\xfc').text == "ü"


def test_spans_that_claim_millions_of_cells_are_ignored(tmp_path: Path) -> None:
    html = "<table>" + "<tr><td colspan=65000 rowspan=65000>a<td>b" * 50 + "</table>"
    assert read(tmp_path, "a.html", html).text == "a | b\n" + "\n".join(["a: b"] * 49)


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────


def test_csv_rows_have_their_column_names(tmp_path: Path) -> None:
    data = 'Name;Price;Note\r\n"Ann; B";3,5;"two\r\nlines"\r\n\r\nBob;4;\r\n'
    document = read(tmp_path, "prices.csv", data)
    assert blocks_of(document) == [
        ("row", 2, "Name: Ann; B; Price: 3,5; Note: two lines"),
        ("row", 4, "Name: Bob; Price: 4"),
    ]
    assert {block.header for block in document.blocks} == {"Name | Price | Note"}
    assert sections_of(document) == [((), document.text)]
    assert (document.unit, document.page_starts) == ("sheet", (0,))
    assert document.page_labels == ("prices.csv",)
    assert document.title == "prices"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("a,b\n1,2\n", "a: 1; b: 2"),
        ("a\tb\n1,5\t2,5\n", "a: 1,5; b: 2,5"),
        ("a|b\n1|2\n", "a: 1; b: 2"),
        ("name, city\nAnn, Rome\n", "name: Ann; city: Rome"),
        ("1,Ann,2.5\n2,Bob,3.5\n", "1 | Ann | 2.5\n2 | Bob | 3.5"),
        ("region,2023,2024\nN,1,2\n", "region: N; 2023: 1; 2024: 2"),
        ("one\ntwo\n", "one\ntwo"),
        ("a,b\n", "a: b"),
        ("Report of May\n\na,b\n1,2\n3,4\n", "Report of May\na: 1; b: 2\na: 3; b: 4"),
        ("a,b\n1,2,3\n", "a: 1; b: 2; 3"),
    ],
)
def test_the_delimiter_is_detected(tmp_path: Path, data: str, text: str) -> None:
    assert read(tmp_path, "a.csv", data).text == text


def test_a_very_wide_csv_keeps_every_cell(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(2000)]
    data = ",".join(names) + "\n" + ",".join(f"v{i}" for i in range(2000))
    document = read(tmp_path, "a.csv", data)
    assert document.text == "; ".join(f"c{i}: v{i}" for i in range(2000))


def test_an_unclosed_quotation_mark_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"a\.csv is damaged: field larger.*unclosed quotation mark\."
    ):
        read(tmp_path, "a.csv", 'a,b\n1,"' + "x" * 200_000)


# ── what cannot be read ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_missing_and_empty_files_are_reported(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with pytest.raises(InputError, match=r"a\.\w+ does not exist\. Check the path\."):
        read_document(path)
    path.touch()
    with pytest.raises(InputError, match=r"a\.\w+ is empty \(0 bytes\)\. Download it again\."):
        read_document(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"a\.\w+ is a folder\."):
        read_document(path)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.txt", b" \n\n", "has no text"),
        ("a.md", b"[x]: y\n", "has no text"),
        ("a.html", b"<script>x</script>", "has no text"),
        ("a.csv", b",,\n", "has no text"),
        ("a.txt", b"%PDF-1.7\n", "is not text: it is a PDF"),
        ("a.md", b"PK\x03\x04zip", "is not text: it is a zip file"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is not text: it is an old Office document"),
        ("a.html", b"ab\0\0\0cd\0ef", "is not text: it contains null bytes"),
        ("a.doc", b"x", r"no supported format \(\.doc\)\. Save it as \.docx first"),
        ("a.exe", b"x", r"no supported format \(\.exe\)\. Supported formats: \.pdf \.csv"),
        ("a", b"x", "no suffix"),
    ],
)
def test_unsupported_content_is_rejected(
    tmp_path: Path, name: str, data: bytes, fault: str
) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        read(tmp_path, name, data)
    assert "\n" not in str(caught.value)


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    assert read(tmp_path, "A.TXT", "text").text == "text"
