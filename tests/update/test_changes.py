"""Documents before and after, and what is told of the difference."""

from ragguide.types import Block, Document, Section
from ragguide.update.changes import Changes, SectionChange, find_changes
from ragguide.update.numbers import number_changes


def document(*sections: tuple[str, str]) -> Document:
    """Sections, "Chapter > Title" and text, a page each."""
    text, blocks, spans, starts = "", [], [], []
    for titles, body in sections:
        path = tuple(titles.split(" > ")) if titles else ()
        start = len(text)
        starts.append(start)
        for kind, piece in (("heading", path[-1] if path else ""), ("paragraph", body)):
            if piece:
                blocks.append(Block(kind=kind, start=len(text), end=len(text) + len(piece)))
                text += piece + "\n"
        spans.append(Section(path=path, start=start, end=len(text)))
    return Document(
        name="guide",
        path="/guide.pdf",
        title="A guide",
        sha256="0" * 64,
        text=text,
        page_starts=tuple(starts),
        page_labels=tuple(str(page) for page in range(1, len(starts) + 1)),
        blocks=tuple(blocks),
        sections=tuple(spans),
        unreadable={},
    )


BEFORE = (
    ("1 Start", "Begin here with 3 steps."),
    ("2 Costs", "Spot saves 90 % of the price, and Savings Plans 72 %."),
    ("2 Costs > 2.1 Limits", "A job runs for 28 days."),
    ("3 End", "That is all."),
)


def changes(*after: tuple[str, str], before: tuple[tuple[str, str], ...] = BEFORE) -> Changes:
    return find_changes([(document(*before), document(*after))], added=(), removed=())


def titles(some: tuple[SectionChange, ...]) -> list[str]:
    return [" > ".join(each.titles) for each in some]


def test_the_same_text_on_other_pages_is_no_change() -> None:
    new = ("0 Preface", "Read me.")
    found = changes(new, *BEFORE)
    assert titles(found.added) == ["0 Preface"]
    assert found.removed == found.rewritten == found.retitled == ()
    assert changes(*BEFORE).is_empty


def test_a_rewritten_section_lists_its_pages_and_numbers() -> None:
    after = list(BEFORE)
    after[1] = ("2 Costs", "Spot saves up to 95 % of the price, and Savings Plans 72 %.")
    (found,) = changes(("0 Preface", "Read me."), *after).rewritten
    assert (found.titles, found.place, found.place_before) == (("2 Costs",), "p. 3", "p. 2")
    assert (found.pages, found.pages_before) == ((3, 3), (2, 2))
    (number,) = found.numbers
    assert (number.before, number.after) == ("90", "95")
    assert number.context == "Spot saves up to 95 % of the price,"


def test_a_removed_section_has_its_old_place() -> None:
    (found,) = changes(*BEFORE[:3]).removed
    assert (found.titles, found.place, found.place_before) == (("3 End",), "", "p. 4")
    assert (found.pages, found.pages_before) == (None, (4, 4))


def test_a_section_of_the_same_text_under_another_title_is_retitled() -> None:
    after = (*BEFORE[:3], ("4 Finish", "That is all."))
    found = changes(*after)
    assert [(each.titles_before, each.titles) for each in found.retitled] == [
        (("3 End",), ("4 Finish",))
    ]
    assert found.added == found.removed == found.rewritten == ()


def test_a_section_that_counts_on_is_compared_by_its_title() -> None:
    after = (
        BEFORE[0], ("2 Regions", "There are 30."), ("3 Costs", "Spot saves 91 %."),
        ("3 Costs > 3.1 Limits", "A job runs for 5 days."), ("4 End", "That is all."),
    )  # fmt: skip
    found = changes(*after)
    assert titles(found.added) == ["2 Regions"]
    assert [each.titles_before for each in found.rewritten] == [
        ("2 Costs",), ("2 Costs", "2.1 Limits"),
    ]  # fmt: skip
    assert [(n.before, n.after) for n in found.rewritten[1].numbers] == [("28", "5")]
    assert titles(found.retitled) == ["4 End"]


def test_sections_of_the_same_titles_are_paired_by_their_text() -> None:
    before = (("A > Notes", "One."), ("A > Notes", "Two."), ("A > Notes", "Three."))
    found = changes(before[1], before[2], before=before)
    assert titles(found.removed) == ["A > Notes"]
    assert found.removed[0].pages_before == (1, 1)
    assert not found.rewritten


def test_a_document_without_headings_is_one_section() -> None:
    found = changes(
        ("", "The crane lifts 45 tonnes."), before=(("", "The crane lifts 40 tonnes."),)
    )
    assert [(each.titles, len(each.numbers)) for each in found.rewritten] == [((), 1)]


def test_documents_are_listed_by_name() -> None:
    found = find_changes([], added=["new"], removed=["old"])
    assert (found.documents_added, found.documents_removed) == (("new",), ("old",))
    assert not found.is_empty


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def differ(before: str, after: str) -> list[tuple[str | None, str | None]]:
    found = number_changes(before.split("\n"), after.split("\n"))
    return [(each.before, each.after) for each in found]


def test_numbers_are_paired_by_the_words_around_them() -> None:
    assert differ("From 3 to 9 hours, 2 jobs.", "From 4 to 9 hours, 5 jobs.") == [
        ("3", "4"), ("2", "5"),
    ]  # fmt: skip


def test_a_number_that_came_or_went_has_one_side() -> None:
    assert differ("Wait for an hour.", "Wait for 1 hour.") == [(None, "1")]
    assert differ("Wait for 1 hour.", "Wait.") == [("1", None)]


def test_a_number_with_other_words_around_it_is_the_same() -> None:
    assert differ("It costs $0.90 an hour.", "The price is $0.90 each hour.") == []
    assert differ("A limit of 1,024 (GB)", "A limit of 1024 GB.") == []
    assert differ("0,5", "05") == [("0,5", "05")]


def test_of_texts_too_long_to_align_the_numbers_alone_are_compared() -> None:
    before = " ".join(f"word{letter}" for letter in "abcdefgh" * 300) + " 7 9"
    after = " ".join(f"other{letter}" for letter in "abcdefgh" * 300) + " 8 9"
    assert differ(before, after) == [("7", "8")]
