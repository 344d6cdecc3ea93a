"""A report has the figures of its runs, and its pages are safe and self-contained."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest

from ragguide.errors import UsageError
from ragguide.evaluate import drawing
from ragguide.evaluate.pages import escape_markdown, to_html, to_markdown
from ragguide.evaluate.plots import plots_of
from ragguide.evaluate.records import Judged
from ragguide.evaluate.report import Report, report_of
from ragguide.evaluate.wording import run_in_words
from tests.evaluate.made import a_case, a_hit, a_quote, a_run, judged

HOSTILE = '</article><script>alert(1)</script><img src=x onerror="alert(2)">'


def some(**fields: object) -> list[Judged]:
    """Two found, one found late, one not found, one refused, one failed, two unanswerable."""
    first, second = a_hit(9), a_hit(3)
    cases = [
        judged(a_case("a", kind="list", pages=(9,)), first, second, answerability=0.8),
        judged(a_case("b", kind="list", pages=(9,)), first, second, answerability=0.7),
        judged(a_case("c", kind="typo", pages=(3,)), first, second, answerability=0.6),
        judged(
            a_case("d", kind="typo", pages=(5,), answer="Five.", evidence="It is five."),
            first,
            answerability=0.5,
            quotes=(a_quote(9, "It is nine."),),
        ),
        judged(a_case("e", pages=(9,)), first, answerability=0.1, refused=True),
        judged(a_case("f", pages=(9,)), error="the model fell over"),
        judged(a_case("g", kind="unanswerable"), first, answerability=0.4),
        judged(a_case("h", kind="unanswerable"), second, answerability=0.1, refused=True),
    ]
    return [
        msgspec.structs.replace(
            each,
            outcome=msgspec.structs.replace(
                each.outcome, timings_s={"search": 0.01 * number}, **fields
            ),
        )
        for number, each in enumerate(cases, start=1)
    ]


@pytest.fixture(scope="module")
def one() -> Report:
    return report_of([("main", a_run(*some()))])


@pytest.fixture(scope="module")
def two() -> Report:
    worse = [
        msgspec.structs.replace(
            each, outcome=msgspec.structs.replace(each.outcome, hits=each.outcome.hits[::-1])
        )
        for each in some()
    ]
    return report_of([("main", a_run(*some())), ("mine", a_run(*worse))])


class Page(HTMLParser):
    """Tags, addresses and the text outside of styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_style = tag == "style"
        for name, value in attrs:
            if name in ("href", "src", "xlink:href", "data", "action"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.text += data


# ── contents ────────────────────────────────────────────────────────────────────────────────


def test_ranks_scores_and_times_are_those_of_the_run(one: Report) -> None:
    (run,) = one.runs
    assert (run.n_answerable, run.n_unanswerable) == (6, 2)
    assert run.ranks == {1: 3, 2: 1, 0: 2}  # the refused one was found; the failed one was not
    assert run.scores == ((0.8, 0.7, 0.6, 0.5, 0.1), (0.4, 0.1))
    assert run.total_s == (0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.08)
    assert run.first_word_s == ()


def test_failures_are_sorted_by_severity_with_expected_and_found(one: Report) -> None:
    failures = one.runs[0].failures
    assert [(f.case_id, f.fault) for f in failures] == [
        ("f", "error"),
        ("e", "refused"),
        ("g", "answered"),
        ("d", "not found"),
        ("c", "not first"),
    ]
    wrong = failures[3]
    assert (wrong.wanted_pages, wrong.evidence) == ((5,), ("It is five.",))
    (found,) = wrong.found
    assert (found.place, found.section, found.is_gold) == ("p. 9", "Part > Page 9", False)
    assert found.text == "Text guide/p0009-01."
    assert [each.is_gold for each in failures[4].found] == [False, True]


def test_the_risk_curve_starts_with_the_most_certain(one: Report) -> None:
    run = one.runs[0]
    assert run.risk_by == "risk@0.8"
    coverage, risk = zip(*run.risk_curve, strict=True)
    assert coverage == pytest.approx([n / 8 for n in (1, 2, 3, 4, 5, 6, 8)])  # two tie at the end
    assert risk == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 2 / 5, 3 / 6, 4 / 8])


def test_second_run_is_compared_with_the_first(two: Report) -> None:
    (found,) = two.comparisons
    assert (found.first, found.second, found.n_shared) == ("main", "mine", 8)
    assert {flip.case_id for flip in found.flips} == {"a", "b", "c"}


def test_the_json_report_can_be_read_back(one: Report) -> None:
    text = msgspec.json.encode(one)
    assert msgspec.json.decode(text)["runs"][0]["ranks"] == {"1": 3, "2": 1, "0": 2}
    assert b"NaN" not in text


# ── the page ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("which", ["one", "two"])
def test_page_loads_nothing_and_runs_nothing(which: str, request: pytest.FixtureRequest) -> None:
    html = to_html(request.getfixturevalue(which))
    page = Page(html)
    assert {"script", "link", "iframe", "img", "object"}.isdisjoint(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert page.handlers == []
    assert "@import" not in html
    assert "url(http" not in html


def test_anchors_lead_somewhere_and_ids_are_unique(two: Report) -> None:
    html = to_html(two)
    assert "matplotlib" not in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    used = re.findall(r'(?:href="#|url\(#|aria-labelledby="|aria-describedby=")([^")]+)', html)
    assert set(used) <= set(ids)


def test_plots_have_a_title_and_a_caption(two: Report) -> None:
    plots = plots_of(two)
    assert [plot.id for plot in plots] == ["ranks", "kinds", "risk", "scores", "times"]
    assert plots[0].caption == (
        "main: of 6 questions with a gold passage, 3 have it first and 4 have it at any rank. "
        "mine: of 6 questions with a gold passage, 2 have it first and 4 have it at any rank."
    )
    html = to_html(two)
    for plot in plots:
        root = ElementTree.fromstring(plot.svg.replace("<svg ", '<svg xmlns="x" ', 1))
        assert root.attrib["aria-hidden"] == "true"
        assert f'<h3 id="{plot.id}-title">{plot.title}</h3>' in html
        assert not re.search(r"#0[1-4]0[1-4]0[1-4]|#0a0a0\d|font-family", plot.svg)
        assert "var(--series-" in plot.svg


def test_drawing_again_gives_the_same_bytes(one: Report) -> None:
    assert plots_of(one) == plots_of(one)


def test_tables_have_captions_and_headers(one: Report) -> None:
    html = to_html(one)
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert tables
    assert all("<caption>" in table and "scope=" in table for table in tables)


def test_text_of_questions_and_passages_is_escaped() -> None:
    case = a_case("x", kind=HOSTILE, pages=(5,), answer=HOSTILE, evidence=HOSTILE)
    hostile = msgspec.structs.replace(case, question=HOSTILE)
    hit = a_hit(9)
    run = a_run(judged(hostile, hit, quotes=(a_quote(9, HOSTILE),)), mode="quotes")
    for passage in run.passages:
        run.passages[passage] = msgspec.structs.replace(
            run.passages[passage], text=HOSTILE, section=(HOSTILE,)
        )
    html = to_html(report_of([("main", run)]))
    page = Page(html)
    assert {"script", "img"}.isdisjoint(page.tags)
    assert page.text.count("alert(1)") >= 6  # all of them are shown, as characters
    broken = judged(hostile, error=HOSTILE)
    assert "script" not in Page(to_html(report_of([("main", a_run(broken))]))).tags


def test_more_runs_than_colours_are_rejected() -> None:
    runs = [(f"r{n}", a_run(*some())) for n in range(7)]
    report = Report(
        created="2026-01-01T00:00:00+00:00",
        ragguide_version="0",
        runs=(report_of(runs[:1]).runs[0],) * 7,
        comparisons=(),
    )
    with pytest.raises(UsageError, match="can plot at most 6 runs, not 7"):
        to_html(report)


def test_missing_matplotlib_is_one_line_with_the_install_command(
    one: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"pip install 'ragguide\[report\]', or use"):
        to_html(one)
    assert "## Figures" in to_markdown(one)


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────


def test_markdown_has_figures_differences_and_failures(two: Report) -> None:
    text = to_markdown(two)
    assert "| hit@1 | 6 | 0.500 | 0.188 to 0.812 |" in text
    assert "## mine against main" in text
    assert "| worse | a: What of a? | rank 1 | rank 2 |" in text
    assert "**Refused, although the guide has the answer: 1**" in text
    assert "  - expected: page 5 · “It is five.”" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(row.endswith("|") for row in rows)


def test_a_wrong_verdict_is_shown_with_the_expected_one() -> None:
    case = judged(a_case("x", pages=(9,), verdict="no"), a_hit(9), answer="Yes, it is. [1]")
    report = report_of([("main", a_run(case, mode="answers"))])
    text = to_markdown(report)
    assert "Answers give 0 of 1 right verdicts on yes/no questions." in text
    assert "**Wrong verdict or statement: 1**" in text
    assert "  - expected verdict: no\n" in text
    assert "Verdict: no" in to_html(report)


def test_markdown_escapes_hostile_text() -> None:
    assert escape_markdown("a|b\n# <b>*c*") == r"a\|b \# \<b\>\*c\*"


def test_one_question_is_not_called_questions() -> None:
    assert run_in_words(1, 0, {1: 1}, ()) == (
        "The run asked 1 question that the guide answers. "
        "Of 1 question with a known gold passage, 1 has it first and 1 among the first five."
    )
    assert run_in_words(2, 0, {1: 2}, ()).endswith("2 have it first and 2 among the first five.")
