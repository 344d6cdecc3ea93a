"""The page at `/`, in a real browser: types, asks, clicks, and sees the quote highlighted."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ragguide import Guide, load_settings
from ragguide.fields import MOST_NEAREST, MOST_STATEMENTS
from ragguide.serve import page as page_module
from ragguide.serve.door import DoorRules
from tests.fakes import FakeGenerator
from tests.serve.browsing import (  # noqa: F401, a fixture
    PHONE,
    ask,
    browser,
    contrast,
    marked,
    visiting,
)
from tests.serve.serving import (
    EndlessGenerator,
    make_services,
    running,
    use_generator,
    wait_until,
)
from tests.serve.test_safety import TOKEN, Asker

pytestmark = pytest.mark.model
SIZE, LEFT = 11, 72
KILN = ("The large kiln of the pottery holds 12", "trays of porcelain and reaches 1,280 degrees.")
PIECES = (  # as some programs print: in pieces, without the spaces
    ("The", "large kiln", "of", "the pottery", "holds", "12"),
    ("trays of", "porcelain", "and", "reaches 1,280", "degrees."),
)
TAG = "<img src=x onerror=\"document.title='owned'\">"
HOLDS = "How many trays does the large kiln hold?"


def write_odd_pdf(path: Path) -> None:
    """Print two pages; on the second, words are in pieces and columns come one after the other."""
    canvas = Canvas(str(path), invariant=1)
    canvas.setTitle("Pottery")
    canvas.setFont("Helvetica", SIZE)
    canvas.drawString(LEFT, 700, "The wheel of the pottery stands by the window.")
    canvas.showPage()
    canvas.setFont("Helvetica", SIZE)
    for line, pieces, y in zip(KILN, PIECES, (700, 686), strict=True):
        at = 0
        for piece in pieces:
            at = line.index(piece, at)
            canvas.drawString(LEFT + stringWidth(line[:at], "Helvetica", SIZE), y, piece)
            at += len(piece)
    canvas.drawString(LEFT, 600, "The small kiln is used for tests on Fridays.")
    canvas.showPage()
    canvas.save()


@pytest.fixture(scope="module")
def pottery(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """An index of a PDF and a text; its files may be changed."""
    folder = tmp_path_factory.mktemp("pottery")
    write_odd_pdf(folder / "pottery.pdf")
    (folder / "glazes.md").write_text(
        f"# Glazes\n\nThe cobalt glaze dries for 9 hours. Write `{TAG}` to show the glaze.\n"
        "The tin glaze is white.\n",
        "utf-8",
    )
    options = load_settings({"indexes_dir": folder / "indexes"})
    Guide.ingest(folder / "pottery.pdf", folder / "glazes.md", settings=options)
    return Guide.open(settings=options)


@pytest.fixture(scope="module")
def address(pottery: Guide) -> Iterator[str]:
    with running(make_services(pottery, quotes_only=True)) as (address, _):
        yield address


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:  # noqa: F811
    with visiting(browser, address) as page:
        yield page


def test_a_mark_of_an_answer_opens_its_page_with_the_quote_highlighted(
    browser: Browser,  # noqa: F811
    pottery: Guide,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_generator(pottery, FakeGenerator("The large kiln holds 12 trays."), monkeypatch)
    with running(make_services(pottery)) as (address, _), visiting(browser, address) as tab:
        check_mark(tab)


def check_mark(tab: Page) -> None:
    box = ask(tab, "How does the large kiln hold the porcelain?")
    expect(box.locator(".text")).to_contain_text("12 trays")
    box.locator(".text button.mark").first.click()
    assert marked(tab) == "".join("".join(KILN).split())
    expect(tab.locator("#page-number")).to_have_text("Page 2 of 2")
    expect(tab.locator("#viewer-title")).to_be_focused()
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator("#page-number")).to_have_text("Page 1 of 2")
    expect(tab.locator("#viewer-status")).to_have_text("")
    expect(tab.locator("#paper")).to_contain_text("The wheel of the pottery")
    assert tab.locator("#paper mark").count() == 0


def test_the_highlight_is_on_the_printed_words(tab: Page) -> None:
    box = ask(tab, HOLDS)
    box.get_by_role("button", name="pottery, p. 2").first.click()
    marked(tab)
    boxes: list[list[float]] = tab.evaluate(
        """() => {
            const sheet = document.querySelector(".sheet").getBoundingClientRect();
            const scale = 595.28 / sheet.width; // to points of an A4 page
            return [...document.querySelectorAll("#paper mark")].map((mark) => {
                const box = mark.getBoundingClientRect();
                return [box.left - sheet.left, box.right - sheet.left, sheet.bottom - box.bottom,
                        sheet.bottom - box.top].map((pixels) => pixels * scale);
            });
        }"""
    )
    for line, baseline in zip(KILN, (700, 686), strict=True):
        own = [each for each in boxes if each[2] < baseline + SIZE / 3 < each[3]]
        assert min(each[0] for each in own) == pytest.approx(LEFT, abs=3)
        right = LEFT + stringWidth(line, "Helvetica", SIZE)
        assert max(each[1] for each in own) == pytest.approx(right, abs=3)


def test_a_text_is_shown_with_the_quote_and_never_read_as_html(tab: Page) -> None:
    box = ask(tab, "How long does the cobalt glaze dry?")
    box.get_by_role("button", name="glazes").first.click()
    assert marked(tab) == "Thecobaltglazedriesfor9hours."
    expect(tab.locator("#paper")).to_contain_text(TAG)
    expect(ask(tab, f"Which glaze has the tag {TAG}?")).not_to_be_empty()
    expect(tab.locator("h2.question").last).to_contain_text(TAG)
    assert tab.locator("img").count() == 0
    assert tab.title() == "ragguide"


def test_the_browser_itself_refuses_html_and_inline_scripts(
    browser: Browser,  # noqa: F811
    address: str,
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    for code in (
        "document.body.innerHTML = '<b>bold</b>'",
        "document.createElement('script').textContent = 'alert(1)'",
    ):
        caught = page.evaluate(
            f"() => {{ try {{ {code}; return '' }} catch (error) {{ return error.name }} }}"
        )
        assert caught == "TypeError"
    context.close()
    _, headers, content = Asker(address)("/")
    assert "script-src 'self' 'wasm-unsafe-eval';" in headers["content-security-policy"]
    assert b"<script>" not in content
    assert not re.search(rb"\son\w+=|style=|https?://", content)


def test_a_changed_pdf_is_shown_as_its_indexed_text(tab: Page, pottery: Guide) -> None:
    file = Path(next(each.path for each in pottery.manifest.sources if each.path.endswith(".pdf")))
    content = file.read_bytes()
    file.write_bytes(content + b"%")
    try:
        ask(tab, HOLDS).get_by_role("button", name="pottery, p. 2").first.click()
        expect(tab.locator("#viewer-status")).to_have_text(
            "The PDF has changed since it was indexed. This is its indexed text. "
            "The quote is highlighted."
        )
        expect(tab.locator("#paper mark")).to_have_text(" ".join(KILN))
    finally:
        file.write_bytes(content)


def test_filters_restrict_the_search_and_can_be_cleared(tab: Page) -> None:
    tab.locator("summary").click()
    tab.get_by_label("glazes").check()
    expect(tab.locator("#options-line")).to_have_text(": glazes")
    ask(tab, HOLDS)
    places = tab.locator("#exchanges button.place strong")
    assert all(text.startswith("glazes") for text in places.all_text_contents())
    tab.get_by_role("button", name="Clear filters").click()
    tab.get_by_label("from").fill("2")
    tab.get_by_label("Quotes only").check()
    expect(tab.locator("#options-line")).to_have_text(": pages 2–end, quotes only")
    box = ask(tab, HOLDS)
    assert box.locator("strong").first.text_content() == "pottery, p. 2"
    tab.get_by_label("from").fill("90")
    expect(ask_in_vain(tab, HOLDS)).to_contain_text("no passage matches the filter")
    expect(tab.get_by_label("Question", exact=True)).to_have_value(HOLDS)


def ask_in_vain(page: Page, question: str) -> Any:
    ask(page, question)
    return page.get_by_role("alert")


def test_a_conversation_goes_on_and_survives_a_reload(tab: Page) -> None:
    tab.locator("summary").click()
    tab.get_by_label("Quotes only").check()
    ask(tab, HOLDS)
    box = ask(tab, "and what does it reach?")
    expect(box.locator(".note")).to_contain_text("Read as")
    expect(box).to_contain_text("1,280 degrees")
    tab.reload()
    expect(tab.locator("h2.question")).to_have_text([HOLDS, "and what does it reach?"])
    tab.locator(".answer").last.get_by_role("button", name="pottery, p. 2").first.click()
    assert marked(tab)
    tab.keyboard.press("Escape")
    expect(tab.locator("#viewer")).to_be_hidden()
    question = tab.get_by_label("Question", exact=True)
    question.focus()
    tab.keyboard.press("ArrowUp")
    expect(question).to_have_value("and what does it reach?")
    tab.get_by_role("button", name="New conversation").click()
    expect(tab.locator("h2.question")).to_have_count(0)
    tab.reload()
    expect(tab.get_by_text("This server answers from 2 documents.")).to_be_visible()


def test_a_refusal_offers_the_nearest_sections(tab: Page) -> None:
    box = ask(tab, "Which sauce goes with herring?")
    expect(box.locator(".refusal")).to_contain_text("The guide does not say")
    box.get_by_role("button").first.click()
    expect(tab.locator("#paper")).not_to_be_empty()
    expect(tab.locator("#viewer-status")).to_have_text("")


def test_an_answer_can_be_stopped(
    browser: Browser,  # noqa: F811
    pottery: Guide,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = EndlessGenerator()
    use_generator(pottery, generator, monkeypatch)
    service = make_services(pottery)
    with running(service) as (address, _), visiting(browser, address) as page:
        page.get_by_label("Question", exact=True).fill("How does the large kiln hold porcelain?")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#status")).to_have_text("Quotes found. Writing the answer …")
        expect(page.locator(".answer .quotes li")).not_to_have_count(0)  # before the answer
        page.keyboard.press("Escape")
        expect(page.get_by_role("alert")).to_have_text("Stopped.")
        wait_until(lambda: service.desk.answers.n_pending == 0)
        expect(page.get_by_role("button", name="Ask")).to_be_visible()


def test_the_page_asks_for_a_token_and_keeps_it_for_the_tab(
    browser: Browser,  # noqa: F811
    pottery: Guide,
) -> None:
    rules = DoorRules(tokens={TOKEN: frozenset()})
    service = make_services(pottery, quotes_only=True)
    with running(service, rules) as (address, _), visiting(browser, address) as page:
        assert Asker(address)("/documents")[0] == 401
        for token, line in (("wrong-wrong-wrong", "can give you one"), (TOKEN, "does not accept")):
            expect(page.locator("#token-line")).to_contain_text(line)
            page.get_by_role("textbox", name="Token").fill(token)
            page.keyboard.press("Enter")
        box = ask(page, HOLDS)
        page.reload()
        expect(page.get_by_role("dialog")).to_be_hidden()
        box.get_by_role("button", name="pottery, p. 2").first.click()
        assert marked(page).startswith("Thelargekiln")
        expect(page.locator("#whole")).to_be_hidden()
        stored = page.evaluate("() => [localStorage.length, document.cookie]")
        assert stored == [0, ""]


def test_a_phone_shows_all_and_keyboards_reach_it(
    browser: Browser,  # noqa: F811
    address: str,
) -> None:
    with visiting(browser, address, **PHONE) as page:
        box = ask(page, HOLDS)
        place = box.get_by_role("button", name="pottery, p. 2").first
        place.click()
        marked(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        shown = page.locator("#viewer").bounding_box()
        assert shown == {"x": 0, "y": 0, "width": 390, "height": 844}
        assert page.evaluate("() => document.querySelector('#talk').inert")
        first = page.locator("#paper mark").first.bounding_box()
        assert first is not None
        assert 0 < first["x"] < 390
        page.keyboard.press("Escape")
        expect(place).to_be_focused()
        page.keyboard.press("/")
        expect(page.get_by_label("Question", exact=True)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_and_controls_have_names(
    scheme: Any,
    browser: Browser,  # noqa: F811
    address: str,
) -> None:
    with visiting(browser, address, color_scheme=scheme) as page:
        assert page.get_by_role("button", name={"light": "Dark", "dark": "Light"}[scheme]).count()
        welcome = ("h1", "#welcome p", ".keys", "#send", "summary", "#theme")
        assert {each: contrast(page, each) for each in welcome if contrast(page, each) < 4.5} == {}
        box = ask(page, HOLDS)
        box.get_by_role("button", name="pottery, p. 2").first.click()
        marked(page)
        answer = (".question", ".answer .mark", ".place", ".place strong", "#viewer-status")
        assert {each: contrast(page, each) for each in answer if contrast(page, each) < 4.5} == {}
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, textarea, a")]
                .filter((each) => !(each.ariaLabel || each.textContent.trim() ||
                                    [...(each.labels ?? [])].some((label) => label.textContent)))
                .map((each) => each.outerHTML)"""
        )
        assert nameless == []
        page.locator("#theme").click()
        page.reload()
        other = {"light": "dark", "dark": "light"}[scheme]
        expect(page.locator("html")).to_have_attribute("data-theme", other)


@pytest.mark.parametrize(
    ("lines", "texts", "found"),
    [
        (["The ﬁrst café"], ["the fi", "rst ", "cafe\u0301 is"], ["the fi", "rst ", "cafe\u0301"]),
        (
            ["a soft\u00adware pro-", "gram runs"],
            ["(a software program", "runs)"],
            ["a software program", "runs)"],
        ),
        (["Price: 12 EUR"], ["Weight", "12 EUR", "Price:", "9 EUR"], ["12 EUR", "Price:"]),
        (["北京大学"], ["北", "京大", "学校"], ["北", "京大", "学"]),
        (["six"], ["6"], []),
        (["… — …"], ["… — …"], []),
    ],
)
def test_a_quote_is_found_however_its_text_is_cut(
    lines: list[str],
    texts: list[str],
    found: list[str],
    tab: Page,
) -> None:
    spans = tab.evaluate(
        """async ([lines, texts]) => {
            const { findQuote } = await import("/page/place.js");
            return findQuote(lines, texts);
        }""",
        [lines, texts],
    )
    marked = [
        texts[n].encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")
        for n, start, end in spans
    ]
    assert sorted(marked) == sorted(found)


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def test_the_files_need_no_token_and_are_kept_by_the_browser(pottery: Guide) -> None:
    with running(make_services(pottery), DoorRules(tokens={TOKEN: frozenset()})) as (address, _):
        ask = Asker(address)
        for path, kind in {
            "/": "text/html; charset=utf-8",
            "/page/main.js": "text/javascript; charset=utf-8",
            "/page/limits.js": "text/javascript; charset=utf-8",
            "/page/pdf.worker.min.mjs": "text/javascript; charset=utf-8",
            "/page/wasm/openjpeg.wasm": "application/wasm",
            "/page/cmaps/78-EUC-H.bcmap": "application/octet-stream",
        }.items():
            status, headers, content = ask(path)
            assert (status, headers["content-type"]) == (200, kind)
            assert content
            status, _, content = ask(path, If_None_Match=headers["etag"])
            assert (status, content) == (304, b"")
        for path in ("/page/../query", "/page/%2e%2e/page.py", "/page//etc/passwd", "/page/x"):
            assert ask(path)[0] == 404
        assert ask("/page", {})[0] == 401


def test_the_page_shows_as_much_as_the_terminal(tab: Page) -> None:
    limits = tab.evaluate("async () => ({ ...(await import('/page/limits.js')) })")
    assert limits == {"MOST_NEAREST": MOST_NEAREST, "MOST_STATEMENTS": MOST_STATEMENTS}


def test_pdfjs_is_as_its_package_has_it() -> None:
    folder = Path(page_module.__file__).parent / "pdfjs"
    sums = dict(
        reversed(line.split("  "))
        for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    )
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert files == sums
